package scope_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestHandlesOfAbandonedTasksAreToldLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sunk told
		var discarded []int
		s := scope.New(context.Background(), "s", scope.WithSink(&sunk), scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		stop := make(chan struct{})
		failing := scope.Go(context.Background(), s, func(context.Context) (int, error) { <-stop; return 0, errBoom })
		value := scope.Go(context.Background(), s, func(context.Context) (int, error) { <-stop; return 7, nil },
			scope.Discard(func(v int) { discarded = append(discarded, v) }))
		read := scope.Go(context.Background(), s, func(context.Context) (int, error) { <-stop; return 0, errCrash })
		got := make(chan error, 1)
		go func() {
			_, err := read.Wait(context.Background())
			got <- err
		}()
		var stuck *scope.StuckError
		if err := s.Close(); !errors.As(err, &stuck) {
			t.Errorf("Close() = %v, want a StuckError", err)
		}
		close(stop)
		synctest.Wait()
		if errs := sunk.all(); len(errs) != 1 || !errors.Is(errs[0], errBoom) {
			t.Errorf("the sink was told %v, want boom once", errs)
		}
		if len(discarded) != 1 || discarded[0] != 7 {
			t.Errorf("discarded %v, want the 7", discarded)
		}
		if err := <-got; !errors.Is(err, errCrash) {
			t.Errorf("Wait() = %v, want %v", err, errCrash)
		}
		if _, err := value.Wait(context.Background()); !errors.Is(err, scope.ErrDiscarded) {
			t.Errorf("Wait() after the discard = %v, want %v", err, scope.ErrDiscarded)
		}
		if _, err := failing.Wait(context.Background()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() after the sink = %v, want %v", err, errBoom)
		}
	})
}

func TestHandleOfAnAbandonedTaskEndsWhateverIsToldOfIt(t *testing.T) {
	ways := map[string]func(){"returns": func() {}, "blocks": func() { time.Sleep(time.Hour) }, "leaves": runtime.Goexit}
	for name, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: sec}),
				scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
					if errors.Is(e, errBoom) {
						way()
					}
				})))
			stuck := failAfter(5*sec, errBoom)
			failed := scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, stuck(ctx) })
			value := scope.Go(context.Background(), s, func(context.Context) (int, error) { time.Sleep(5 * sec); return 7, nil },
				scope.Discard(func(int) { way() }))
			if err := s.Close(); err == nil {
				t.Errorf("%s: Close() = nil, want a StuckError", name)
			}
			time.Sleep(5 * sec)
			if _, err := failed.Wait(within(t, sec)); !errors.Is(err, errBoom) {
				t.Errorf("sink %s: Wait() = %v, want %v", name, err, errBoom)
			}
			if _, err := value.Wait(within(t, sec)); !errors.Is(err, scope.ErrDiscarded) {
				t.Errorf("Discard %s: Wait() = %v, want %v", name, err, scope.ErrDiscarded)
			}
			time.Sleep(time.Hour)
			if st := s.Statistics(); st.Running != 0 || st.Ledger.Pending() != 0 {
				t.Errorf("%s: Statistics() = %+v, want nothing running or pending", name, st)
			}
		})
	}
}

func TestFirstFailureOfAnAbandonedTaskIsToldOnce(t *testing.T) {
	starts := map[string]func(s *scope.Scope, fn func(context.Context) error){
		"Go":      func(s *scope.Scope, fn func(context.Context) error) { mustGo(t, s, fn) },
		"service": func(s *scope.Scope, fn func(context.Context) error) { mustGo(t, s, fn, scope.Service()) },
		"handle": func(s *scope.Scope, fn func(context.Context) error) {
			h := scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) })
			t.Cleanup(func() { runtime.KeepAlive(h) })
		},
	}
	for name, start := range starts {
		for _, waits := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				sink := new(told)
				s := scope.New(context.Background(), "s", scope.FailFast(), scope.WithSink(sink),
					scope.WithTimeouts(scope.Timeouts{Cancel: sec}))
				start(s, func(context.Context) error { time.Sleep(5 * sec); return errBoom })
				waited := make(chan error, 1)
				if waits {
					go func() { waited <- s.Wait(context.Background()) }()
					synctest.Wait()
				}
				if err := s.Close(); err == nil {
					t.Errorf("%s: Close() = nil, want a StuckError", name)
				}
				time.Sleep(10 * sec)
				got := sink.all()
				if waits && name != "service" { // for which Wait does not wait
					if err := <-waited; !errors.Is(err, errBoom) || len(got) != 0 {
						t.Errorf("%s: Wait() = %v, the sink was told %v, want %v and nothing", name, err, got, errBoom)
					}
				} else if len(got) != 1 || !errors.Is(got[0], errBoom) || got[0].Secondary {
					t.Errorf("%s: the sink was told %v, want %v once, not secondary", name, got, errBoom)
				}
				if l := s.Ledger(); l.Pending() != 0 {
					t.Errorf("%s: the ledger is %+v, %d pending", name, l, l.Pending())
				}
			})
		}
	}
}

func TestScopeIsNotAbandonedIfAllHasEndedByItsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(context.Background(), "top")
		s := top.Child("s", scope.WithTimeouts(scope.Timeouts{Cancel: sec, Release: time.Minute}))
		mustGo(t, s, func(context.Context) error { time.Sleep(2 * sec); return nil })
		s.Defer("slow", func(context.Context) error { time.Sleep(5 * sec); return nil })
		if err := s.Close(); err == nil {
			t.Error("Close() = nil, want a StuckError")
		}
		if slices.Contains(scope.Abandoned(), s) {
			t.Error("Abandoned() has a scope of which nothing runs")
		}
		wantCounts(t, "top", top.Statistics(), scope.Statistics{Started: 1, Succeeded: 1})
		mustClose(t, top)
	})
}

type resource struct{ closed bool }

func (r *resource) Close() error { r.closed = true; return nil }

func TestValueThatWasClosedIsNotHandedOut(t *testing.T) {
	s := scope.New(t.Context(), "s")
	r := new(resource)
	h := scope.Go(t.Context(), s, func(context.Context) (*resource, error) { return r, nil })
	mustClose(t, s)
	if v, err := h.Wait(t.Context()); v != nil || !errors.Is(err, scope.ErrDiscarded) || !r.closed {
		t.Errorf("Wait() = %v, %v, closed %v, want nil, %v, true", v, err, r.closed, scope.ErrDiscarded)
	}
}

func TestStuckErrorBlamesTheBodyOnlyIfItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		err := scope.Run(context.Background(), "run", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, deaf(stop))
			s.Cancel(nil)
			return nil
		}, scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		var stuck *scope.StuckError
		if !errors.As(err, &stuck) || stuck.Body || len(stuck.Tasks) != 1 {
			t.Errorf("Run() = %v, want the one task stuck and not the body", err)
		}
		close(stop)
	})
}

func TestBodyThatLooksAtDrainingGetsTheTimeToDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flushed := false
		start := time.Now()
		err := scope.Run(context.Background(), "server", func(ctx context.Context, s *scope.Scope) error {
			time.AfterFunc(time.Second, func() { _ = s.Shutdown(context.Background()) })
			<-scope.Draining(ctx)
			time.Sleep(2 * time.Second)
			return s.Do(ctx, func(ctx context.Context) error { flushed = true; return ctx.Err() })
		})
		var c *scope.Cancelled
		if !flushed || !errors.As(err, &c) || c.By != "Shutdown" {
			t.Errorf("Run() = %v, flushed %v, want the cause and true", err, flushed)
		}
		if passed := time.Since(start); passed != 3*time.Second {
			t.Errorf("took %v, want 3s", passed)
		}
	})
}

func TestFailureThatDoReturnedComesOnce(t *testing.T) {
	err := scope.Run(t.Context(), "r", func(ctx context.Context, s *scope.Scope) error {
		return s.Do(ctx, func(context.Context) error { return errBoom })
	}, scope.FailFast())
	if !errors.Is(err, errBoom) || strings.Count(err.Error(), "boom") != 1 {
		t.Errorf("Run() = %q, want boom once", err)
	}
}

func TestNilOptionPanicsBeforeATaskIsCounted(t *testing.T) {
	s := scope.New(t.Context(), "s")
	fn := func(context.Context) error { return nil }
	for name, call := range map[string]func(){
		"Go":    func() { _ = s.Go(t.Context(), fn, nil) },
		"TryGo": func() { s.TryGo(t.Context(), fn, nil) },
		"Do":    func() { _ = s.Do(t.Context(), fn, nil) },
		"Spawn": func() { _ = scope.Spawn(s.Context(), fn, nil) },
		"typed": func() { scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, nil }, nil) },
	} {
		if got := panicOf(call); got != "scope: a TaskOption is nil" {
			t.Errorf("%s: panic %v, want the name of the argument", name, got)
		}
	}
	if got := panicOf(func() { s.Child("c", nil) }); got != "scope: an Option is nil" {
		t.Errorf("Child: panic %v, want the name of the argument", got)
	}
	mustClose(t, s)
}

func TestScopeOpenedOnAClosedOneNamesTheClosedOne(t *testing.T) {
	s := scope.New(t.Context(), "c")
	mustClose(t, s)
	var c *scope.Cancelled
	if child := s.Child("k"); !errors.As(context.Cause(child.Context()), &c) || c.Path != "/c" {
		t.Errorf("cause = %v, want the closing of /c", context.Cause(child.Context()))
	}
}

// It runs on the real scheduler: tasks that were abandoned end while their scope
// leaves its counts to its parent.
func TestTaskThatEndsWhileItsScopeLeavesTheTreeIsCountedOnce(t *testing.T) {
	top := scope.New(context.Background(), "top")
	started := int64(0)
	for range rounds(50) {
		s := top.Child("s", scope.WithTimeouts(scope.Timeouts{Release: time.Minute}))
		stop := make(chan struct{})
		for range 200 {
			mustGo(t, s, deaf(stop))
		}
		s.Defer("stop", func(context.Context) error { close(stop); return nil })
		if err := s.Close(); err == nil {
			t.Error("Close() = nil, want a StuckError")
		}
		for slices.Contains(scope.Abandoned(), s) { // until its last task has taken it off
			runtime.Gosched()
		}
		started += 200
		wantCounts(t, "top", top.Statistics(), scope.Statistics{Started: started, Succeeded: started})
		if t.Failed() {
			break
		}
	}
	mustClose(t, top)
}
