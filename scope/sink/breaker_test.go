package sink_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

func TestBreakerCancelsAtTheNthErrorWithinTheWindow(t *testing.T) {
	for name, tt := range map[string]struct {
		after []time.Duration // each since the one before
		trips int             // the error that does, 0: none
	}{
		"at once":                   {[]time.Duration{0, 0, 0}, 3},
		"too few":                   {[]time.Duration{0, 0}, 0},
		"just within":               {[]time.Duration{0, 5 * time.Second, 5*time.Second - 1}, 3},
		"just outside":              {[]time.Duration{0, 5 * time.Second, 5 * time.Second}, 0},
		"the window slides":         {[]time.Duration{0, 9 * time.Second, 5 * time.Second, 4 * time.Second}, 4},
		"and slides, and does not":  {[]time.Duration{0, 9 * time.Second, 5 * time.Second, 5 * time.Second, 6 * time.Second}, 0},
		"once is enough":            {[]time.Duration{0, 0, 0, 0, 0, 0, 0}, 3},
		"around the ring and again": {[]time.Duration{9e9, 9e9, 9e9, 9e9, 9e9, 9e9, 9e9, 1, 1}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				next := sink.Collect(100)
				top := scope.New(t.Context(), "top")
				guarded := top.Child("guarded")
				leaf := top.Child("leaf", scope.WithSink(sink.Breaker(guarded, 3, 10*time.Second, next)))
				for i, d := range tt.after {
					time.Sleep(d)
					report(leaf, i+1, i+1)
					tripped := guarded.Context().Err() != nil
					if want := tt.trips > 0 && i+1 >= tt.trips; tripped != want {
						t.Errorf("after error %d tripped is %v, want %v", i+1, tripped, want)
					}
				}
				if n := len(next.Errors()); n != len(tt.after) {
					t.Errorf("next was told of %d errors, want %d", n, len(tt.after))
				}
				cause, ok := errors.AsType[*sink.Tripped](context.Cause(guarded.Context()))
				if ok != (tt.trips > 0) {
					t.Errorf("Cause() = %v", context.Cause(guarded.Context()))
				}
				if ok && (cause.N != 3 || cause.Window != 10*time.Second || cause.Last != next.Errors()[tt.trips-1] ||
					cause.Unwrap() != error(cause.Last)) { //nolint:errorlint // the error itself
					t.Errorf("Cause() = %+v", *cause)
				}
				mustClose(t, top)
			})
		})
	}
}

func TestBlockingNextDoesNotDelayTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		g := newGate(next)
		top := scope.New(t.Context(), "top")
		guarded := top.Child("guarded")
		leaf := guarded.Child("leaf", scope.WithSink(sink.Breaker(guarded, 2, time.Minute, g)))
		mustGo(t, leaf, fail(errBoom))
		mustGo(t, leaf, fail(errBoom))
		synctest.Wait()
		if leaf.Context().Err() == nil {
			t.Error("two errors have not cancelled the scope")
		}
		close(g.open)
		mustClose(t, top)
		next.want(t, "next", "0s /top/guarded/leaf: boom", "0s /top/guarded/leaf: boom")
	})
}
