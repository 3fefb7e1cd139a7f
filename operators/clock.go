package operators

import (
	"context"
	"fmt"
	"time"
)

// after is added to the instant of an alarm: what comes in the same instant
// comes before it.
const after = time.Nanosecond

// longer panics unless d is more than 0.
func longer(op, name string, d time.Duration) {
	if d <= 0 {
		panic(fmt.Sprintf("operators: %s: %s is %v, want more than 0", op, name, d))
	}
}

// A pending is a value that an operator holds and may yet drop.
type pending[T any] struct {
	v  T
	is bool
}

// put holds v. What was held before goes to discard.
func (p *pending[T]) put(ctx context.Context, v T, discard func(context.Context, T)) {
	old := *p
	p.v, p.is = v, true
	if old.is {
		discard(ctx, old.v)
	}
}

// take returns what is held, which then is not any more.
func (p *pending[T]) take() (v T, is bool) {
	v, is = p.v, p.is
	*p = pending[T]{}
	return v, is
}

// drop gives back what is held.
func (p *pending[T]) drop(ctx context.Context, discard func(context.Context, T)) {
	if v, is := p.take(); is {
		discard(ctx, v)
	}
}
