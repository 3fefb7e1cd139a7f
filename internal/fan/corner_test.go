package fan_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A list is an error that cannot be compared.
type list []error

func (l list) Error() string { return "a list" }

func TestCauseMayBeOfATypeThatCannotBeCompared(t *testing.T) {
	wait := func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}
	for _, cutter := range []string{"context", "scope"} {
		synctest.Test(t, func(t *testing.T) {
			sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { t.Errorf("the sink was told of %v", e) })
			outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
			ctx, cancel := context.WithCancelCause(outer.Context())
			defer cancel(nil)
			time.AfterFunc(time.Second, func() {
				if cutter == "scope" {
					outer.Cancel(list{errCut})
				} else {
					cancel(list{errCut})
				}
			})
			if _, err := operators.AsCompleted(wait, wait).Collect(ctx); err == nil {
				t.Errorf("cut by the %s: Collect() = nil, want the cause", cutter)
			} else if _, ok := errors.AsType[list](err); !ok {
				t.Errorf("cut by the %s: Collect() = %v, want the cause", cutter, err)
			}
			_, err := race.FailFast(ctx, []scope.Func[int]{wait})
			if _, ok := errors.AsType[list](err); !ok {
				t.Errorf("cut by the %s: FailFast() = %v, want the cause", cutter, err)
			}
			if err := outer.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		})
	}
}

// TestErrorOfASourceThatIsHeldBackReachesTheSink breaks a run whose source is
// about to tell of an error and finds no place for it.
func TestErrorOfASourceThatIsHeldBackReachesTheSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger(t)
		src := func(_ context.Context, yield func(int, error) bool) {
			for v := range 257 { // the first is delivered, the others take all places
				if v == 1 {
					time.Sleep(time.Millisecond) // until it is: who waits for a place is not woken for one
				}
				if !yield(v, nil) {
					t.Errorf("stopped at value %d", v)
				}
			}
			if yield(0, l.failure(0, "source")) {
				t.Error("the error was taken")
			}
		}
		call := func(ctx context.Context, v int) (int, error) {
			if v == 1 { // those behind it are done, and have to wait
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return v, nil
		}
		err := scope.Run(t.Context(), "outer", func(ctx context.Context, _ *scope.Scope) error {
			for range operators.MapOrdered(stream.Stream[int](src), 2, call).All(ctx) {
				time.Sleep(time.Second)
				break
			}
			return nil
		}, scope.WithSink(l))
		if fates := l.fates(); fates["sunk"] != 1 || err != nil {
			t.Errorf("fates %v, Run() = %v, want the error sunk", fates, err)
		}
	})
}
