package stream

import (
	"context"
	"fmt"
)

// Collect runs s and returns its values. It stops at the first error and
// returns it with the values so far; the cause of a cut run is such an error.
// Memory grows with the number of values.
func (s Stream[T]) Collect(ctx context.Context) ([]T, error) {
	var values []T
	var failure error
	s(ctx, func(v T, err error) bool {
		if err != nil {
			failure = err
			return false
		}
		values = append(values, v)
		return true
	})
	return values, failure
}

// CollectAll runs s to its end, whatever fails, and returns all values. The
// first k errors are returned in a [*JoinedError], which counts the rest; if
// the run was cut, the cause is kept besides. The error is nil if there was
// none. CollectAll panics if k is negative. Memory grows with the number of
// values and with k.
func (s Stream[T]) CollectAll(ctx context.Context, k int) ([]T, error) {
	if k < 0 {
		panic(fmt.Sprintf("stream: CollectAll: k is %d, want at least 0", k))
	}
	var values []T
	failures := errorLog{keep: k}
	s(ctx, func(v T, err error) bool {
		if err != nil {
			failures.add(err)
		} else {
			values = append(values, v)
		}
		return true
	})
	return values, failures.joined(ctx)
}

// Partition is [Stream.CollectAll] into two slices: the values for which pred
// says true, and the others. It panics if k is negative or pred is nil.
func (s Stream[T]) Partition(ctx context.Context, k int, pred func(T) bool) (yes, no []T, err error) {
	switch {
	case k < 0:
		panic(fmt.Sprintf("stream: Partition: k is %d, want at least 0", k))
	case pred == nil:
		panic("stream: Partition: pred is nil")
	}
	failures := errorLog{keep: k}
	s(ctx, func(v T, err error) bool {
		switch {
		case err != nil:
			failures.add(err)
		case pred(v):
			yes = append(yes, v)
		default:
			no = append(no, v)
		}
		return true
	})
	return yes, no, failures.joined(ctx)
}

// An errorLog keeps the first errors it is given and counts the rest.
type errorLog struct {
	keep   int
	errs   []error
	more   int
	latest error // of those counted
}

func (l *errorLog) add(err error) {
	if len(l.errs) < l.keep {
		l.errs = append(l.errs, err)
		return
	}
	l.more++
	l.latest = err
}

// joined returns what the log holds once the run under ctx has returned, nil
// if that is nothing. The cause of a cut is the last event, so it is the latest
// error if it was not kept.
func (l *errorLog) joined(ctx context.Context) error {
	if len(l.errs)+l.more == 0 {
		return nil
	}
	if l.more > 0 && IsCut(ctx, l.latest) {
		l.errs = append(l.errs, l.latest)
		l.more--
	}
	return &JoinedError{Errs: l.errs, More: l.more}
}
