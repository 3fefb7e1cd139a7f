package stream

import "fmt"

// An Overflow says what happens when a subscriber of a [Subject] is slow: when
// more than N events wait for it. N must be at least 1. Whatever is dropped is
// told as a [*Lagged] error event in its place.
type Overflow struct {
	Policy Policy
	N      int
}

// A Policy is what happens to events that a slow subscriber has no room for.
type Policy uint8

const (
	// Block makes publishers wait.
	Block Policy = iota
	// DropOldest drops those that have waited longest. With an N of 1 the
	// subscriber sees the latest event.
	DropOldest
	// DropNewest drops those that come.
	DropNewest
	// Fail ends the subscription with a [*Lagged], marked by [Fatal].
	Fail
)

// defaultBound is the N of those who do not say.
const defaultBound = 64

func overflowOf(op string, all []Overflow) Overflow {
	switch {
	case len(all) > 1:
		panic(fmt.Sprintf("stream: %s: %d overflows, want one at most", op, len(all)))
	case len(all) == 0:
		return Overflow{Block, defaultBound}
	}
	o := all[0]
	if o.N < 1 || o.Policy > Fail {
		panic(fmt.Sprintf("stream: %s: overflow is %+v, want a policy and an N of at least 1", op, o))
	}
	return o
}
