package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// wantStuck checks the text of a StuckError and that its stacks show where.
func wantStuck(t *testing.T, err error, text, where string) {
	t.Helper()
	stuck, ok := errors.AsType[*scope.StuckError](err)
	if !ok || stuck.Error() != text {
		t.Errorf("error = %v, want %s", err, text)
		return
	}
	stacks := fmt.Sprint(stuck.Stacks)
	if !strings.Contains(stacks, where) {
		t.Errorf("the stacks do not show %s: %s", where, stacks)
	}
	if strings.Contains(stacks, "goroutinesNow") {
		t.Errorf("the stacks show who took them: %s", stacks)
	}
}

func TestStuckSinkOfUnreadResultsIsBoundAndNamed(t *testing.T) {
	stop := make(chan struct{})
	hangs := func() { <-stop }
	kinds := map[string]struct {
		sink scope.ErrorSink
		task func(context.Context) (int, error)
		opt  scope.TaskOption
	}{
		"sink":    {scope.SinkFunc(func(context.Context, *scope.TaskError) { hangs() }), func(context.Context) (int, error) { return 0, errBoom }, scope.Named("x")},
		"discard": {new(told), func(context.Context) (int, error) { return 7, nil }, scope.Discard(func(int) { hangs() })},
	}
	triggers := map[string]struct {
		times  scope.Timeouts
		close  func(t *testing.T, s *scope.Scope) error
		within string
	}{
		"Close":                {scope.Timeouts{Release: sec}, func(_ *testing.T, s *scope.Scope) error { return s.Close() }, "1.1s"},
		"Shutdown, bound":      {scope.Timeouts{Release: -1}, func(t *testing.T, s *scope.Scope) error { return s.Shutdown(within(t, 2*sec)) }, "2.2s"},
		"Shutdown, not bound":  {scope.Timeouts{Release: 3 * sec}, func(_ *testing.T, s *scope.Scope) error { return s.Shutdown(context.Background()) }, "3.1s"},
		"Cancel and no time":   {scope.Timeouts{}, func(_ *testing.T, s *scope.Scope) error { s.Cancel(nil); return s.Close() }, "100ms"},
		"Close of a parent":    {scope.Timeouts{Release: sec}, func(_ *testing.T, s *scope.Scope) error { return s.Parent().Close() }, "1.1s"},
		"Shutdown of a parent": {scope.Timeouts{Release: -1}, func(t *testing.T, s *scope.Scope) error { return s.Parent().Shutdown(within(t, sec)) }, "1.2s"},
	}
	for kind, k := range kinds {
		for trigger, tr := range triggers {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				stop = make(chan struct{})
				root := scope.New(context.Background(), "root")
				s := root.Child("s", scope.WithSink(k.sink), scope.WithTimeouts(tr.times))
				s.Defer("db", func(context.Context) error { d.note("released"); return nil })
				h := scope.Go(context.Background(), s, k.task, k.opt)
				<-h.Done()
				err := tr.close(t, s)
				wantStuck(t, err, "scope /root/s: stuck: the sink of unread results running for "+tr.within, "TestStuckSinkOfUnreadResultsIsBoundAndNamed")
				d.want(t, tr.within+" released")
				runtime.KeepAlive(h)
				close(stop)
				mustClose(t, root)
			})
			if t.Failed() {
				t.Fatal(kind, ", ", trigger)
			}
		}
	}
}

func TestUnreadResultsAreAllToldThoughSinksLeaveByGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sunk told
		s := scope.New(context.Background(), "s", scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
			sunk.HandleError(ctx, e)
			runtime.Goexit()
		})))
		handles := make([]*scope.Task[int], 3)
		for i := range handles {
			handles[i] = scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, errBoom })
		}
		synctest.Wait()
		mustClose(t, s)
		if n := len(sunk.all()); n != len(handles) {
			t.Errorf("the sink was told %d errors, want %d", n, len(handles))
		}
		runtime.KeepAlive(handles)
	})
}

func TestStuckSinkOfUnreadResultsOfANestedScopeIsUpToItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: sec}),
			scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { <-stop })))
		mustGo(t, s, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				h := scope.Go(ctx, n, func(context.Context) (int, error) { return 0, errBoom })
				<-h.Done()
				runtime.KeepAlive(h)
				return nil
			})
		}, scope.Named("holder"))
		synctest.Wait()
		wantStuck(t, s.Close(), `scope /s: stuck: task "holder" running for 1s`, "TestStuckSinkOfUnreadResultsOfANestedScopeIsUpToItsTask")
		close(stop)
		synctest.Wait()
	})
}

func TestStuckSinkOfADroppedHandleIsNamed(t *testing.T) {
	stop, called := make(chan struct{}), make(chan struct{})
	s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{}),
		scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { close(called); <-stop })))
	func() {
		h := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, errBoom })
		<-h.Done()
	}()
	collectUntil(t, "the sink is called", func() bool {
		select {
		case <-called:
			return true
		default:
			return false
		}
	})
	wantStuck(t, s.Close(), "scope /s: stuck: the sink of unread results", "TestStuckSinkOfADroppedHandleIsNamed")
	close(stop)
	for len(scope.Abandoned()) > 0 {
		runtime.Gosched()
	}
}

func TestStuckHookIsNamed(t *testing.T) {
	t.Run("ScopeMoved", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stop := make(chan struct{})
			d := newDiary()
			h := &scope.Hooks{
				ScopeMoved: func(context.Context, *scope.Scope, scope.Step) { <-stop },
				ScopeWaits: func(_ context.Context, _ *scope.Scope, w scope.Waiting) { d.note("%v: %v", w.State, w) },
			}
			s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{Drain: 2500 * time.Millisecond, Cancel: sec / 2}))
			wantStuck(t, s.Shutdown(context.Background()), "scope /s: stuck: 1 hook", "TestStuckHookIsNamed")
			d.want(t, "1s draining: waiting for 1 hook, for 1s", "2s draining: waiting for 1 hook, for 2s")
			close(stop)
			synctest.Wait()
		})
	})
	t.Run("ScopeMoved of the close", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stop := make(chan struct{})
			h := &scope.Hooks{ScopeMoved: func(_ context.Context, _ *scope.Scope, step scope.Step) {
				if step.State == scope.StateClosed {
					<-stop
				}
			}}
			s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{Release: sec}))
			wantStuck(t, s.Close(), "scope /s: stuck: 1 hook running for 1.1s", "TestStuckHookIsNamed")
			close(stop)
			synctest.Wait()
		})
	})
	t.Run("ScopeWaits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stop := make(chan struct{})
			d := newDiary()
			waits := 0
			hangs := &scope.Hooks{ScopeWaits: func(context.Context, *scope.Scope, scope.Waiting) { waits++; <-stop }}
			notes := &scope.Hooks{ScopeWaits: func(_ context.Context, _ *scope.Scope, w scope.Waiting) { d.note("%v", w) }}
			s := scope.New(context.Background(), "s", scope.WithHooks(hangs), scope.WithHooks(notes),
				scope.WithTimeouts(scope.Timeouts{Drain: 10 * sec, Cancel: sec}))
			mustGo(t, s, func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil }, scope.Named("x"))
			wantStuck(t, s.Shutdown(within(t, 2500*time.Millisecond)), "scope /s: stuck: 1 hook", "TestStuckHookIsNamed")
			d.want(t, "1s waiting for 1 task (x), for 1s", "2s waiting for 1 hook, for 2s")
			close(stop)
			synctest.Wait()
			if waits != 1 {
				t.Errorf("ScopeWaits was called %d times although it hung, want once", waits)
			}
		})
	})
}

func TestBodyIsWaitedForWhileDrainingOnlyIfItLooksAtTheDrain(t *testing.T) {
	for looks, want := range map[bool][]string{
		true:  {"1s draining: waiting for 1 task (x), the body of Run, for 1s", "2.5s cancelling: waiting for the body of Run, for 1s"},
		false: {"1s draining: waiting for 1 task (x), for 1s", "2.5s cancelling: waiting for the body of Run, for 1s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			h := &scope.Hooks{ScopeWaits: func(_ context.Context, _ *scope.Scope, w scope.Waiting) { d.note("%v: %v", w.State, w) }}
			_ = scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
				if looks {
					scope.Draining(ctx)
				}
				mustGo(t, s, untilEnd, scope.Named("x"))
				go func() { _ = s.Shutdown(context.Background()) }()
				time.Sleep(3 * sec)
				return nil
			}, scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{Drain: 1500 * time.Millisecond, Cancel: 5 * sec}))
			d.want(t, want...)
		})
	}
}

func TestHookInACloseWithoutTimeIsNotStuckBeforeItCanReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &scope.Hooks{ScopeMoved: func(context.Context, *scope.Scope, scope.Step) { time.Sleep(40 * time.Millisecond) }}
		s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{}))
		mustClose(t, s)
	})
}
