package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A BudgetError is what [ErrorBudget] ends a stream with.
type BudgetError struct {
	N      int // errors that are allowed
	Window time.Duration
	Err    error // the one too many
}

// Error says what is known in one text.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("operators: more than %d errors within %v, the last: %v", e.N, e.Window, e.Err)
}

// Unwrap returns the error that was one too many.
func (e *BudgetError) Unwrap() error { return e.Err }

// ErrorBudget lets n errors pass within any time of length window, and ends the
// stream at one more: in its place comes a [*BudgetError], marked by
// [stream.Fatal], and the source is stopped. An error that comes exactly window
// after another is no longer within. With n = 0 the first error ends the
// stream. Values pass and give nothing back. Memory grows up to n times.
//
// The cause of a cut does not count, and once the context has ended all errors
// pass. ErrorBudget panics if src is nil, n < 0 or window <= 0.
//
// ReactiveX: none; there the first error ends a stream.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ErrorBudget.svg
func ErrorBudget[T any](src stream.Stream[T], n int, window time.Duration) stream.Stream[T] {
	mustBe("ErrorBudget", "src", src != nil)
	atLeast("ErrorBudget", "n", n, 0)
	if window <= 0 {
		panic(fmt.Sprintf("operators: ErrorBudget: window is %v, want more than 0", window))
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		var spent fifo[time.Time]
		src(ctx, func(v T, err error) bool {
			if err == nil || ctx.Err() != nil {
				return yield(v, err)
			}
			now := time.Now()
			for spent.len() > 0 && now.Sub(*spent.front()) >= window {
				spent.pop()
			}
			if spent.len() == n {
				yield(v, stream.Fatal(&BudgetError{n, window, err}))
				return false
			}
			spent.push(now)
			return yield(v, err)
		})
	}
}
