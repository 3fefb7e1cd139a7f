package benchmarks

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// The floors must keep the contract that they are the floor of: here that they
// end with their context, and do not take what was cut for complete. That no
// goroutine is left is what TestMain checks.
func TestFloorsEndWithTheirContext(t *testing.T) {
	cause := errors.New("cause")
	id := func(_ context.Context, v int) (int, error) { return v, nil }
	floors := map[string]func(ctx context.Context, stop func()) int{
		"pipeline": func(ctx context.Context, stop func()) int {
			stop()
			return must(handThree(ctx, ints))
		},
		"merge": func(ctx context.Context, stop func()) int {
			stop()
			return mergeHand(ctx, split(ints, 8))
		},
		"map": func(ctx context.Context, stop func()) int {
			return mapRing(ctx, ints, 2, func(ctx context.Context, v int) (int, error) {
				if v == 1000 {
					stop()
				}
				return id(ctx, v)
			})
		},
		"completed": func(ctx context.Context, stop func()) int {
			fns := slices.Repeat([]scope.Func[int]{one}, 1000)
			fns[500] = func(context.Context) (int, error) { stop(); return 1, nil }
			return completedHand(ctx, fns)
		},
	}
	for name, floor := range floors {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if got := floor(ctx, func() { cancel(cause) }); got != -1 {
				t.Errorf("result of a floor that was cut short = %d, want -1", got)
			}
		})
	}
}

func TestFloorsTellErrors(t *testing.T) {
	boom := errors.New("boom")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fail := func(context.Context) (int, error) { return 0, boom }
	if got := completedHand(ctx, []scope.Func[int]{one, fail}); got != -1 {
		t.Errorf("completedHand with a failure = %d, want -1", got)
	}
	if _, err := raceRecord(ctx, []scope.Func[int]{fail, fail}); !errors.Is(err, boom) {
		t.Errorf("raceHand of failures = %v, want %v", err, boom)
	}
	if got, err := raceRecord(ctx, []scope.Func[int]{fail, one}); got != 1 || err != nil {
		t.Errorf("raceHand with one success = %d, %v, want 1, nil", got, err)
	}
}
