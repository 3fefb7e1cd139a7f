package sink_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

func TestAsyncHandsUpWhatOverflowsAndKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, next := newTold(), newTold()
		top := scope.New(t.Context(), "top", scope.WithSink(up))
		g := newGate(next)
		leaf := top.Child("leaf", scope.WithSink(sink.Async(top, 3, g)))
		report(leaf, 1, 6) // one in hand, three wait
		up.want(t, "up", "0s /top/leaf: e5", "0s /top/leaf: e6")
		time.Sleep(time.Second)
		close(g.open)
		synctest.Wait()
		report(leaf, 7, 8)
		synctest.Wait()
		mustClose(t, top)
		next.want(t, "next", "1s /top/leaf: e1", "1s /top/leaf: e2", "1s /top/leaf: e3", "1s /top/leaf: e4", "1s /top/leaf: e7", "1s /top/leaf: e8")
	})
}

func slow(next scope.ErrorSink, d time.Duration) scope.ErrorSink {
	return scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
		time.Sleep(d)
		next.HandleError(ctx, e)
	})
}

func TestAsyncTellsItsQueueBeforeTheScopeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top := scope.New(t.Context(), "top")
		s := sink.Async(top, 100, slow(next, time.Second))
		leaf := top.Child("leaf", scope.WithSink(s))
		report(leaf, 1, 3)
		mustClose(t, leaf)
		context.AfterFunc(top.Context(), func() { next.HandleError(t.Context(), &scope.TaskError{Path: "/top", Err: errors.New("ended")}) })
		synctest.Wait()
		mustClose(t, top)
		synctest.Wait()
		next.want(t, "next", "1s /top/leaf: e1", "2s /top/leaf: e2", "3s /top/leaf: e3", "3s /top: ended")
	})
}

func TestAsyncGoesOnWhileItsScopeDrainsAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top := scope.New(t.Context(), "top", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1, Release: -1}))
		s := sink.Async(top, 100, slow(next, 5*time.Second))
		leaf := top.Child("leaf", scope.WithSink(s))
		ends := make(chan time.Duration, 2)
		mustGo(t, leaf, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			scope.Report(ctx, errBoom) // leaf has ended, top drains
			ends <- time.Since(next.start)
			return nil
		})
		late := top.Child("late")
		mustClose(t, late)
		top.Defer("late", func(context.Context) error {
			leaf.Report(context.Background(), errCrash) // top takes no work any more
			ends <- time.Since(next.start)
			return nil
		})
		synctest.Wait()
		mustClose(t, top)
		next.want(t, "next", "6s /top/leaf: boom", "11s /top/leaf: crash")
		if a, b := <-ends, <-ends; a != time.Second || b != 11*time.Second {
			t.Errorf("Report returned after %v and %v, want 1s and 11s", a, b)
		}
	})
}

func TestAsyncDoesNotKeepWaitWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top := scope.New(t.Context(), "top", scope.WithLimit(1))
		leaf := top.Child("leaf", scope.WithSink(sink.Async(top, 1, slow(next, time.Second))))
		mustGo(t, leaf, fail(errBoom))
		for _, s := range []*scope.Scope{leaf, top} {
			if err := s.Wait(t.Context()); err != nil {
				t.Errorf("Wait() = %v, want nil", err)
			}
		}
		if d := time.Since(next.start); d != 0 {
			t.Errorf("Wait() returned after %v, want 0s", d)
		}
		mustClose(t, top)
		next.want(t, "next", "1s /top/leaf: boom")
	})
}

func TestSerializeCallsNextOneAtATime(t *testing.T) {
	top := scope.New(t.Context(), "top")
	var inside, calls atomic.Int32
	s := sink.Serialize(scope.SinkFunc(func(context.Context, *scope.TaskError) {
		if inside.Add(1) != 1 {
			t.Error("two calls at a time")
		}
		runtime.Gosched()
		calls.Add(1)
		inside.Add(-1)
	}))
	storm(t, top, s, 64, 15) // 960 errors: they have room
	mustClose(t, top)
	if n := calls.Load(); n != 960 {
		t.Errorf("next was called %d times, want 960", n)
	}
}

func TestSerializeLeavesErrorsWithTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, next := newTold(), newTold()
		top := scope.New(t.Context(), "top", scope.WithSink(up))
		g := newGate(next)
		leaf := top.Child("leaf", scope.WithSink(sink.Serialize(g)))
		mustGo(t, leaf, fail(errBoom))
		synctest.Wait()
		report(leaf, 1, 1025) // return at once
		up.want(t, "up", "0s /top/leaf: e1025")
		time.Sleep(time.Second)
		close(g.open)
		mustClose(t, top)
		if n := len(next.all()); n != 1025 {
			t.Errorf("next was told of %d errors, want 1025", n)
		}
		for i, e := range next.all() {
			if want := "boom"; i == 0 && e.Err.Error() != want {
				t.Errorf("error 0 is %v, want %s", e, want)
			}
		}
		if last := next.all()[1024].Err.Error(); last != "e1024" {
			t.Errorf("the last is %s, want e1024", last)
		}
	})
}

func TestSerializeTellsTheRestWhenNextBreaks(t *testing.T) {
	for how, breaks := range map[string]scope.SinkFunc{"panic": panics, "Goexit": exits} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up, next := newTold(), newTold()
				top := scope.New(t.Context(), "top", scope.WithSink(up))
				g := newGate(sink.Filter(func(e *scope.TaskError) bool { return errors.Is(e, errBoom) }, breaks, next))
				leaf := top.Child("leaf", scope.WithSink(sink.Serialize(g)))
				mustGo(t, leaf, fail(errBoom))
				synctest.Wait()
				report(leaf, 1, 2)
				leaf.Report(t.Context(), errBoom)
				report(leaf, 3, 3)
				close(g.open)
				mustClose(t, top)
				if got := next.texts(); got != "/top/leaf: e1; /top/leaf: e2; /top/leaf: e3" {
					t.Errorf("next was told %q", got)
				}
				if n, broken := up.sum(); n != 2 || broken != 2 {
					t.Errorf("up was told of %d errors and %d breaks, want 2 and 2", n, broken)
				}
			})
		})
	}
}

// TestFullAndLimitedScopesLoseNothing has Async live in a scope that is at its
// limit and closes under load.
func TestFullAndLimitedScopesLoseNothing(t *testing.T) {
	for range 20 {
		up, next := newTold(), newTold()
		top := scope.New(t.Context(), "top", scope.WithSink(up), scope.WithLimit(1))
		s := sink.Async(top, 2, next)
		entered := &counter{}
		leaf := top.Child("leaf", scope.WithSink(sink.Tee(entered, s)))
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 20 {
					_ = leaf.Go(context.Background(), fail(errBoom))
					_ = top.TryGo(context.Background(), fail(nil))
				}
			})
		}
		runtime.Gosched()
		mustClose(t, top)
		wg.Wait()
		if n := len(next.all()) + len(up.all()); n != entered.n {
			t.Errorf("%d errors were told, want %d", n, entered.n)
		}
	}
}
