package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// BackOffOnError slows down a source that fails: after each error it waits as
// long as the back-off says before the source is asked for the next event. The
// error itself passes at once. Errors in a row share one [scope.BackOff], and a
// value ends the row; backOff makes one for each, those of
// github.com/cenkalti/backoff/v5 among them. If the back-off says a negative
// duration, the error is marked by [stream.Fatal] and the stream ends with it.
//
// The wait ends with the context, and with nothing else: a scope that drains
// waits for it, so keep it below the time to drain. It is a timer, and no
// goroutine. Once the context has ended there is none, and errors pass.
// BackOffOnError panics if src or backOff is nil, a run if backOff returns nil.
//
// ReactiveX: none; there a source that has failed is over.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/BackOffOnError.svg
func BackOffOnError[T any](src stream.Stream[T], backOff func() scope.BackOff) stream.Stream[T] {
	mustBe("BackOffOnError", "src", src != nil)
	mustBe("BackOffOnError", "backOff", backOff != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		var back scope.BackOff // of the row, nil before its first error
		src(ctx, func(v T, err error) bool {
			if err == nil {
				back = nil
				return yield(v, nil)
			}
			if ctx.Err() != nil {
				return yield(v, err)
			}
			if back == nil {
				back = newBackOff("BackOffOnError", backOff)
			}
			d := back.NextBackOff()
			if d < 0 {
				yield(v, stream.Fatal(err))
				return false
			}
			if !yield(v, err) {
				return false
			}
			sleep(ctx, d, nil)
			return true
		})
	}
}

// newBackOff returns what f makes.
func newBackOff(op string, f func() scope.BackOff) scope.BackOff {
	back := f()
	if back == nil {
		panic("operators: " + op + ": the function given for a back-off returned nil")
	}
	return back
}

// sleep waits for d, and reports whether it did so undisturbed: the end of ctx
// and a message on wake, which may be nil, disturb it.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
	}
	select { // of two that are ready the one above takes either
	case <-wake:
		return false
	default:
		return ctx.Err() == nil
	}
}
