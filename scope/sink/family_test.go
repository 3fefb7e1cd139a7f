package sink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

// count returns for how many errors that entered e stands.
func count(e *scope.TaskError) int {
	if s, ok := e.Err.(*sink.Suppressed); ok { //nolint:errorlint // the error itself
		return s.N
	}
	if g, ok := e.Err.(*sink.Grouped); ok { //nolint:errorlint // the error itself
		return g.Count
	}
	return 1
}

// sum returns the number of errors the sink was told of, and of breakdowns.
func (s *told) sum() (errs, breaks int) {
	for _, e := range s.all() {
		if strings.Contains(e.Error(), "in an error sink:") || strings.Contains(e.Error(), "in the error sink:") {
			breaks++
		} else {
			errs += count(e)
		}
	}
	return errs, breaks
}

// storm fails many tasks at once below top, through one sink of the family.
func storm(t *testing.T, top *scope.Scope, s scope.ErrorSink, tasks, each int) {
	mid := top.Child("mid")
	var wg sync.WaitGroup
	for i := range tasks {
		wg.Go(func() {
			leaf := mid.Child(fmt.Sprintf("leaf-%d", i), scope.WithSink(s))
			for range each {
				mustGo(t, leaf, fail(errBoom))
			}
			mustClose(t, leaf)
		})
	}
	wg.Wait()
}

func TestEveryErrorIsToldExactlyOnce(t *testing.T) {
	const tasks, each = 64, 20
	for _, f := range family {
		t.Run(f.name, func(t *testing.T) {
			up, next := newTold(), newTold()
			top := scope.New(t.Context(), "top", scope.WithSink(up))
			storm(t, top, f.make(top, next), tasks, each)
			mustClose(t, top)
			n, nBreaks := next.sum()
			m, mBreaks := up.sum()
			if n+m != tasks*each || nBreaks+mBreaks != 0 {
				t.Errorf("next was told of %d and up of %d errors, want %d in all", n, m, tasks*each)
			}
		})
	}
}

func TestErrorsInABrokenNextGoUpWithTheBreak(t *testing.T) {
	const tasks, each = 8, 5
	for how, next := range map[string]scope.SinkFunc{"panic": panics, "Goexit": exits} {
		for _, f := range family {
			t.Run(f.name+", "+how, func(t *testing.T) {
				up := newTold()
				top := scope.New(t.Context(), "top", scope.WithSink(up))
				var calls counter
				storm(t, top, f.make(top, sink.Tee(&calls, next)), tasks, each)
				mustClose(t, top)
				errs, breaks := up.sum()
				// What overflows goes up without a call.
				if errs != tasks*each || breaks < int(calls.n) {
					t.Errorf("up was told of %d errors and %d breaks, want %d and %d", errs, breaks, tasks*each, calls.n)
				}
			})
		}
	}
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) HandleError(context.Context, *scope.TaskError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// TestSinkOfParentAndChildHandsUpThroughBoth is the recursion in which a sink
// meets itself: its next hands up, and up is the same sink.
func TestSinkOfParentAndChildHandsUpThroughBoth(t *testing.T) {
	for _, f := range family {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newTold()
				top := scope.New(t.Context(), "top", scope.WithSink(up))
				s := f.make(top, sink.Escalate())
				parent := top.Child("parent", scope.WithSink(s))
				child := parent.Child("child", scope.WithSink(s))
				for range 3 {
					mustGo(t, child, fail(errBoom))
					time.Sleep(time.Hour)
				}
				mustClose(t, top)
				if n, breaks := up.sum(); n != 3 || breaks != 0 {
					t.Errorf("up was told of %d errors and %d breaks, want 3 and 0", n, breaks)
				}
			})
		})
	}
}

// TestSinkThatCausesErrorsDoesNotWaitForItself has next report an error of its
// own to the sink it is the next of, once.
func TestSinkThatCausesErrorsDoesNotWaitForItself(t *testing.T) {
	for _, f := range family {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := newTold()
				top := scope.New(t.Context(), "top")
				var leaf *scope.Scope
				s := f.make(top, scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
					rec.HandleError(ctx, e)
					if !errors.Is(e, errCrash) {
						leaf.Report(context.Background(), errCrash) // a context that tells nothing
					}
				}))
				leaf = top.Child("leaf", scope.WithSink(s))
				mustGo(t, leaf, fail(errBoom))
				time.Sleep(time.Hour)
				mustClose(t, top)
				if n, _ := rec.sum(); n != 2 {
					t.Errorf("next was told of %d errors, want 2", n)
				}
			})
		})
	}
}

// TestSinkMaySpawn starts tasks from within next, into the failing scope, a
// child made for it and a closed scope.
func TestSinkMaySpawn(t *testing.T) {
	for _, f := range family {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				top := scope.New(t.Context(), "top")
				closed := top.Child("closed")
				mustClose(t, closed)
				var leaf *scope.Scope
				ran := newTold()
				s := f.make(top, scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
					run := func(ctx context.Context) error { ran.HandleError(ctx, e); return nil }
					if err := leaf.Go(ctx, run); err != nil {
						t.Errorf("Go() = %v, want nil", err)
					}
					child := scope.New(ctx, "child")
					mustGo(t, child, run)
					if err := child.Close(); err != nil {
						t.Errorf("Close() = %v, want nil", err)
					}
					if err := closed.Go(ctx, run); !errors.Is(err, scope.ErrClosed) {
						t.Errorf("Go() into a closed scope = %v, want %v", err, scope.ErrClosed)
					}
				}))
				leaf = top.Child("leaf", scope.WithSink(s))
				mustGo(t, leaf, fail(errBoom))
				time.Sleep(time.Hour)
				mustClose(t, top)
				if n, _ := ran.sum(); n != 2 {
					t.Errorf("%d tasks ran, want 2", n)
				}
			})
		})
	}
}

func TestSinksOfAClosedScopeHandStraightOn(t *testing.T) {
	for _, f := range family {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed := scope.New(t.Context(), "closed")
				mustClose(t, closed)
				early := scope.New(t.Context(), "early")
				next := newTold()
				for _, s := range []scope.ErrorSink{f.make(closed, next), f.make(early, next)} {
					if !errors.Is(context.Cause(closed.Context()), context.Canceled) {
						t.Fatal("the scope is open")
					}
					_ = early.Close()
					user := scope.New(t.Context(), "user", scope.WithSink(s))
					report(user, 1, 3)
					mustClose(t, user)
				}
				next.want(t, "next", "0s /user: e1", "0s /user: e2", "0s /user: e3", "0s /user: e1", "0s /user: e2", "0s /user: e3")
			})
		})
	}
}

func TestMisusePanicsAtConstruction(t *testing.T) {
	s := scope.New(t.Context(), "s")
	defer mustClose(t, s)
	d := sink.Discard()
	pred := func(*scope.TaskError) bool { return true }
	for want, f := range map[string]func(){
		"sink: Tee: sink 1 is nil":                        func() { sink.Tee(d, nil) },
		"sink: Filter: pred is nil":                       func() { sink.Filter(nil, d, d) },
		"sink: Filter: yes is nil":                        func() { sink.Filter(pred, nil, d) },
		"sink: Collect: n is 0, want at least 1":          func() { sink.Collect(0) },
		"sink: Slog: logger is nil":                       func() { sink.Slog(nil, 0) },
		"sink: Limit: s is nil":                           func() { sink.Limit(nil, 1, 1, d) },
		"sink: Limit: next is nil":                        func() { sink.Limit(s, 1, 1, nil) },
		"sink: Limit: n is 0, want at least 1":            func() { sink.Limit(s, 0, 1, d) },
		"sink: Limit: per is 0s, want more than 0":        func() { sink.Limit(s, 1, 0, d) },
		"sink: Group: s is nil":                           func() { sink.Group(nil, 1, d) },
		"sink: Group: next is nil":                        func() { sink.Group(s, 1, nil) },
		"sink: Group: window is 0s, want more than 0":     func() { sink.Group(s, 0, d) },
		"sink: Breaker: s is nil":                         func() { sink.Breaker(nil, 1, 1, d) },
		"sink: Breaker: next is nil":                      func() { sink.Breaker(s, 1, 1, nil) },
		"sink: Breaker: n is -1, want at least 1":         func() { sink.Breaker(s, -1, 1, d) },
		"sink: Breaker: window is -1ns, want more than 0": func() { sink.Breaker(s, 1, -1, d) },
		"sink: Async: s is nil":                           func() { sink.Async(nil, 1, d) },
		"sink: Async: next is nil":                        func() { sink.Async(s, 1, nil) },
		"sink: Async: n is 0, want at least 1":            func() { sink.Async(s, 0, d) },
		"sink: Serialize: next is nil":                    func() { sink.Serialize(nil) },
		"sink: NewErrorStream: n is 0, want at least 1":   func() { sink.NewErrorStream(0) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
	if n := len(s.Children()); n != 0 {
		t.Errorf("misuse left %d scopes behind", n)
	}
}
