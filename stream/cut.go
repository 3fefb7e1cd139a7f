package stream

import (
	"context"
	"reflect"
)

// canEnd reports whether ctx needs to be looked at. Asking Done for nil would
// find more contexts that never end, but has those that do end make a channel
// for which nobody waits.
func canEnd(ctx context.Context) bool { return ctx != context.Background() }

// yieldCause yields the last event of a run that was cut.
func yieldCause[T any](ctx context.Context, yield func(T, error) bool) {
	var zero T
	yield(zero, context.Cause(ctx))
}

// IsCut reports whether err, which came from a run or a function under ctx,
// says no more than that ctx has ended: ctx has ended, and every leaf of err is
// its error or its cause. An error that has something else to tell, joined to
// the cut, is not the cut and must not be lost with it. It is for operators,
// which must neither swallow the cut nor take it for a failure. An error whose
// methods panic, as those of a nil pointer may, is not the cut.
func IsCut(ctx context.Context, err error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	ended := ctx.Err()
	return ended != nil && err != nil && cutTree(err, ended, context.Cause(ctx))
}

func cutTree(err, ended, cause error) bool {
	if same(err, cause) || same(err, ended) {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return cutTree(inner, ended, cause)
		}
	case interface{ Unwrap() []error }:
		inner := e.Unwrap()
		for _, err := range inner {
			if !cutTree(err, ended, cause) {
				return false
			}
		}
		return len(inner) > 0
	}
	leaf, ok := err.(interface{ Is(target error) bool })
	return ok && (leaf.Is(ended) || leaf.Is(cause))
}

// same reports whether a and b are one error. Those that cannot be compared,
// such as a slice of errors, are one if they are alike: a cause must be known
// again whatever its type.
func same(a, b error) bool {
	if reflect.ValueOf(a).Comparable() {
		return a == b //nolint:errorlint // the tree is walked by the caller
	}
	return reflect.DeepEqual(a, b)
}
