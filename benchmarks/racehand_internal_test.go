package benchmarks

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// after returns a contender that has v, or err, after d, whatever its context
// says.
func after(d time.Duration, v int, err error) scope.Func[int] {
	return func(context.Context) (int, error) { time.Sleep(d); return v, err }
}

func TestRaceByHandKeepsWhatARacePromises(t *testing.T) {
	var (
		errBoom = errors.New("boom")
		errCut  = errors.New("cut")
		fails   = after(time.Second, 0, errBoom)
		exits   = func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }
		crash   = func(context.Context) (int, error) { panic("oh") }
	)
	for name, tt := range map[string]struct {
		contenders []scope.Func[int]
		cutAfter   time.Duration
		value      int // 0: nobody wins
		lasts      time.Duration
		discarded  int
		errs       []error
	}{
		"the first success wins and the late value is given back": {
			[]scope.Func[int]{fails, after(2*time.Second, 7, nil), after(3*time.Second, 8, nil)}, time.Hour, 7, 3 * time.Second, 8, nil,
		},
		"a panic and a Goexit are failures": {
			[]scope.Func[int]{crash, exits, after(time.Second, 7, nil)}, time.Hour, 7, time.Second, 0, nil,
		},
		"all failures are told": {
			[]scope.Func[int]{fails, exits}, time.Hour, 0, time.Second, 0, []error{errBoom, errExited},
		},
		"a success after the end of the context does not win": {
			[]scope.Func[int]{fails, after(3*time.Second, 7, nil)}, 2 * time.Second, 0, 3 * time.Second, 7, []error{errCut, errBoom},
		},
	} {
		for by, race := range map[string]func(context.Context, []scope.Func[int], func(int)) (handOutcome[int], error){
			"goroutines": raceHand[int], "tasks": raceScoped[int],
		} {
			name := name + ", with " + by
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(tt.cutAfter, func() { cancel(errCut) })
				begun, discarded := time.Now(), 0
				out, err := race(ctx, tt.contenders, func(v int) { discarded += v })
				if got := time.Since(begun); out.value != tt.value || got != tt.lasts || discarded != tt.discarded {
					t.Errorf("%s: %d after %v, discarded %d, want %d after %v, %d", name, out.value, got, discarded, tt.value, tt.lasts, tt.discarded)
				}
				if (err == nil) != (tt.value > 0) || len(out.attempts) != len(tt.contenders) || out.attempts[len(out.attempts)-1].end != tt.lasts {
					t.Errorf("%s: %v, attempts %+v, want each", name, err, out.attempts)
				}
				for _, want := range tt.errs {
					if !errors.Is(err, want) {
						t.Errorf("%s: error %v, want it to be %v", name, err, want)
					}
				}
			})
		}
	}
}
