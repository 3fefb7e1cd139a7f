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

// pair opens a scope for the sink to live in and one below that has the sink.
func pair(t *testing.T, next *told, f func(top *scope.Scope, next scope.ErrorSink) scope.ErrorSink) (top, leaf *scope.Scope) {
	t.Helper()
	top = scope.New(t.Context(), "top", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1, Release: -1}))
	return top, top.Child("leaf", scope.WithSink(f(top, next)))
}

func limit2(top *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
	return sink.Limit(top, 2, 10*time.Second, next)
}

func TestLimitTellsWhatItHeldBackWhenTheWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, limit2)
		time.Sleep(time.Second)
		report(leaf, 1, 2) // opens a window until 11s
		time.Sleep(3 * time.Second)
		report(leaf, 3, 5)
		time.Sleep(20 * time.Second)
		report(leaf, 6, 8) // until 34s
		time.Sleep(10*time.Second - 1)
		report(leaf, 9, 9)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		time.Sleep(16 * time.Second)
		report(leaf, 10, 12) // until 60s
		time.Sleep(30 * time.Second)
		report(leaf, 13, 14) // until 90s, nothing held back
		time.Sleep(time.Hour)
		mustClose(t, top)
		next.want(t, "next",
			"1s /top/leaf: e1",
			"1s /top/leaf: e2",
			"11s /top: sink: 3 errors held back, from: /top/leaf: e3; to: /top/leaf: e5",
			"24s /top/leaf: e6",
			"24s /top/leaf: e7",
			"34s /top: sink: 2 errors held back, from: /top/leaf: e8; to: /top/leaf: e9",
			"50s /top/leaf: e10",
			"50s /top/leaf: e11",
			"1m0s /top: sink: 1 error held back: /top/leaf: e12",
			"1m20s /top/leaf: e13",
			"1m20s /top/leaf: e14",
		)
	})
}

// TestErrorAtTheInstantTheWindowEndsOpensTheNext has an error and the timer
// race for the end of a window.
func TestErrorAtTheInstantTheWindowEndsOpensTheNext(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			next := newTold()
			top, leaf := pair(t, next, limit2)
			report(leaf, 1, 3)
			time.Sleep(10 * time.Second)
			report(leaf, 4, 7)
			time.Sleep(time.Hour)
			mustClose(t, top)
			next.wantSorted(t, "next",
				"0s /top/leaf: e1",
				"0s /top/leaf: e2",
				"10s /top: sink: 1 error held back: /top/leaf: e3",
				"10s /top/leaf: e4",
				"10s /top/leaf: e5",
				"20s /top: sink: 2 errors held back, from: /top/leaf: e6; to: /top/leaf: e7",
			)
		})
	}
}

func TestSuppressedUnwrapsToFirstAndLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, limit2)
		report(leaf, 1, 2)
		leaf.Report(t.Context(), errBoom)
		leaf.Report(t.Context(), errCrash)
		mustClose(t, top)
		s, ok := errors.AsType[*sink.Suppressed](next.all()[2])
		if !ok || s.N != 2 || !errors.Is(s, errBoom) || !errors.Is(s, errCrash) {
			t.Errorf("next was told %v, want a *Suppressed of both errors", next.all()[2])
		}
	})
}

func TestLimitHoldsNothingBackWhenItsScopeHasClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, limit2)
		report(leaf, 1, 3)
		mustGo(t, leaf, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second)
			return errBoom // after the end of the context, and held back too
		})
		synctest.Wait()
		mustClose(t, top)
		next.want(t, "next",
			"0s /top/leaf: e1",
			"0s /top/leaf: e2",
			"3s /top: sink: 2 errors held back, from: /top/leaf: e3; to: /top/leaf: boom",
		)
		time.Sleep(time.Hour) // no timer is left
		if n := len(next.all()); n != 3 {
			t.Errorf("next was told of %d errors, want 3", n)
		}
	})
}

func TestLimitTellsWithTheNextErrorWhileItsScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, limit2)
		report(leaf, 1, 3)
		for _, d := range []time.Duration{9 * time.Second, 15 * time.Second, 30 * time.Second} {
			mustGo(t, leaf, func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(d)
				return errors.New(d.String())
			})
		}
		synctest.Wait()
		mustClose(t, top)
		next.want(t, "next",
			"0s /top/leaf: e1",
			"0s /top/leaf: e2",
			"15s /top: sink: 2 errors held back, from: /top/leaf: e3; to: /top/leaf: 9s",
			"15s /top/leaf: 15s",
			"30s /top/leaf: 30s",
		)
	})
}

// TestLimitDoesNotNeedASlotOfItsScope has a scope at its limit for good.
func TestLimitDoesNotNeedASlotOfItsScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top := scope.New(t.Context(), "top", scope.WithLimit(1))
		leaf := top.Child("leaf", scope.WithSink(limit2(top, next)))
		mustGo(t, top, func(ctx context.Context) error { <-ctx.Done(); return nil })
		report(leaf, 1, 3)
		time.Sleep(time.Minute)
		next.want(t, "next",
			"0s /top/leaf: e1",
			"0s /top/leaf: e2",
			"10s /top: sink: 1 error held back: /top/leaf: e3",
		)
		mustClose(t, top)
	})
}

// TestCloseWaitsForWhatIsBeingTold closes while next is slow to take what was
// held back.
func TestCloseWaitsForWhatIsBeingTold(t *testing.T) {
	for name, f := range map[string]func(*scope.Scope, scope.ErrorSink) scope.ErrorSink{
		"Limit": func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
			return sink.Limit(s, 1, 10*time.Second, next)
		},
		"Group": func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink { return sink.Group(s, 10*time.Second, next) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				next := newTold()
				top := scope.New(t.Context(), "top")
				s := f(top, scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
					if errors.As(e, new(*sink.Suppressed)) || errors.As(e, new(*sink.Grouped)) {
						time.Sleep(5 * time.Second)
						next.HandleError(ctx, e)
					}
				}))
				leaf := top.Child("leaf", scope.WithSink(s))
				report(leaf, 1, 2)
				time.Sleep(11 * time.Second)
				mustClose(t, top)
				if now := time.Since(next.start); now != 15*time.Second || len(next.all()) != 1 {
					t.Errorf("closed after %v, with %d told, want 15s and 1", now, len(next.all()))
				}
			})
		})
	}
}
