package operators

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

var errTimeIsOver = errors.New("operators: TakeFor: time is over")

// TakeFor emits what comes within d of the beginning of the run, and ends then:
// the source runs under a context that ends when d has passed, and the run is
// over when it has returned. That is the end of the stream and not a cut, and
// shows in no event.
//
// A value that comes exactly d after the beginning is too late. A late one,
// which the source had in hand, goes to [Discard]; a late error passes. While
// the consumer holds the run up, nothing is ended. Each value costs a look at
// the clock. TakeFor panics if src is nil or d <= 0.
//
// ReactiveX: takeUntil with a timer, take with a time.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TakeFor.svg
func TakeFor[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("TakeFor", "src", src != nil)
	if d <= 0 {
		panic(fmt.Sprintf("operators: TakeFor: d is %v, want more than 0", d))
	}
	discard := discardOf[T]("TakeFor", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		end := time.Now().Add(d)
		limited, cancel := context.WithTimeoutCause(ctx, d, errTimeIsOver)
		defer cancel()
		out := outlet[T]{ctx: ctx, yield: yield}
		over := false
		src(limited, func(v T, err error) bool {
			switch {
			case err == nil && time.Now().Before(end):
				return out.value(v)
			case err == nil:
				discard(ctx, v)
			case stream.IsCut(limited, err) && errors.Is(context.Cause(limited), errTimeIsOver):
			default:
				return out.fail(err) && time.Now().Before(end)
			}
			over = true
			return false
		})
		if over {
			out.goesOn() // tells of a cut that came meanwhile
		}
	}
}
