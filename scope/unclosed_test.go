package scope_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// mustStay runs the collector for a while, and checks that s is still told
// nothing.
func (s *told) mustStay(t *testing.T, why string) {
	t.Helper()
	for range 5 {
		runtime.GC()
		runtime.Gosched()
	}
	if all := s.all(); len(all) > 0 {
		t.Errorf("%s, and yet the sink was told %v", why, all)
	}
}

func TestForgottenScopeIsReportedOnceAndLeavesTheTree(t *testing.T) {
	sink := new(told)
	top := scope.New(t.Context(), "top", scope.WithSink(sink), scope.WithSites())
	other := top.Child("w")
	var site string
	func() {
		site = line(1)
		s := top.Child("w")
		mustGo(t, s, succeed)
		_ = s.Do(context.Background(), fail)
		mustWait(t, s)
	}()
	collectUntil(t, "the forgotten scope told", func() bool { return len(sink.all()) > 0 })
	collectUntil(t, "the forgotten scope gone", func() bool { return len(top.Children()) == 1 })
	sink.want(t, "/top/w#2: scope /top/w#2: forgotten without having been closed, opened at "+site)
	unclosed, ok := errors.AsType[*scope.UnclosedError](sink.all()[0])
	if !ok || unclosed.Path != "/top/w#2" || unclosed.Caller != site {
		t.Errorf("the sink was told %v, want an UnclosedError of /top/w#2 at %s", sink.all()[0], site)
	}
	if got := top.Children()[0]; got != other {
		t.Errorf("Children() = %s, want %s", got.Path(), other.Path())
	}
	st := top.Statistics()
	if st.Started != 2 || st.Succeeded != 1 || st.Failed != 1 {
		t.Errorf("Statistics() = %+v, want the tasks of the forgotten scope", st)
	}
	if want := (scope.Ledger{Produced: 2, Delivered: 1, Sunk: 1}); st.Ledger != want {
		t.Errorf("Ledger = %+v, want %+v", st.Ledger, want)
	}
	mustClose(t, top)
	if n := len(sink.all()); n != 1 {
		t.Errorf("%d errors, want 1", n)
	}
}

func TestForgottenRootIsReported(t *testing.T) {
	sink := new(told)
	func() { scope.New(context.Background(), "forgotten", scope.WithSink(sink), scope.WithSites()) }()
	collectUntil(t, "the forgotten root gone", func() bool { return len(sink.all()) == 1 && len(scope.Roots()) == 0 })
}

func TestForgottenScopesBelowEachOtherAreAllReported(t *testing.T) {
	sink := new(told)
	func() {
		s := scope.New(context.Background(), "a", scope.WithSink(sink), scope.WithSites())
		s.Child("b").Child("c")
	}()
	collectUntil(t, "three forgotten scopes gone", func() bool { return len(sink.all()) == 3 && len(scope.Roots()) == 0 })
}

func TestScopeInUseIsNotForgotten(t *testing.T) {
	release := make(chan struct{})
	wait := func(context.Context) error { <-release; return nil }
	tests := map[string]func(top *scope.Scope) (keep any){
		"it is referenced":          func(top *scope.Scope) any { return top.Child("s") },
		"its context is referenced": func(top *scope.Scope) any { return top.Child("s").Context() },
		"a context descends from its own": func(top *scope.Scope) any {
			ctx, cancel := context.WithCancel(top.Child("s").Context())
			return []any{ctx, cancel}
		},
		"a task runs":                 func(top *scope.Scope) any { mustGo(t, top.Child("s"), wait); return nil },
		"a service runs":              func(top *scope.Scope) any { mustGo(t, top.Child("s"), wait, scope.Service()); return nil },
		"a scope below is referenced": func(top *scope.Scope) any { return top.Child("s").Child("below") },
		"it has a release":            func(top *scope.Scope) any { top.Child("s").Defer("r", succeed); return nil },
		"it has acquired": func(top *scope.Scope) any {
			_, err := scope.Acquire(context.Background(), top.Child("s"), "r",
				func(context.Context) (int, error) { return 0, nil }, func(context.Context, int) error { return nil })
			return err
		},
		"a scope below has a release": func(top *scope.Scope) any { top.Child("s").Child("below").Defer("r", succeed); return nil },
		"a handle is unread": func(top *scope.Scope) any {
			return scope.Go(context.Background(), top.Child("s"), func(context.Context) (int, error) { return 0, errBoom })
		},
		"somebody waits for its end": func(top *scope.Scope) any { context.AfterFunc(top.Child("s").Context(), func() {}); return nil },
		"a nested scope runs": func(top *scope.Scope) any {
			mustGo(t, top.Child("s"), func(ctx context.Context) error {
				return scope.Run(ctx, "nested", func(ctx context.Context, _ *scope.Scope) error { return wait(ctx) })
			})
			return nil
		},
		"its body runs": func(top *scope.Scope) any {
			begun := make(chan struct{})
			mustGo(t, top, func(context.Context) error {
				return scope.Run(top.Context(), "s", func(ctx context.Context, _ *scope.Scope) error { close(begun); return wait(ctx) })
			})
			<-begun
			return nil
		},
	}
	for why, open := range tests {
		t.Run(why, func(t *testing.T) {
			release = make(chan struct{})
			sink := new(told)
			top := scope.New(context.Background(), "top", scope.WithSink(sink), scope.WithSites())
			kept := open(top)
			sink.mustStay(t, why)
			if n := len(top.Children()); n != 1 {
				t.Errorf("%d children, want 1", n)
			}
			close(release)
			runtime.KeepAlive(kept)
			_ = top.Close()
		})
	}
}

func TestClosedScopeIsNotReportedWhenCollected(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink), scope.WithSites())
	for range 10 {
		s := top.Child("s")
		mustGo(t, s, succeed)
		mustClose(t, s)
		top.Child("cancelled").Cancel(nil)
	}
	sink.mustStay(t, "all were closed")
	if kids := top.Children(); len(kids) != 0 {
		t.Errorf("%d children, want none", len(kids))
	}
	mustClose(t, top)
}

func TestWithoutSitesTheTreeKeepsScopesAlive(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink))
	func() { top.Child("s") }()
	sink.mustStay(t, "the tree keeps it")
	if n := len(top.Children()); n != 1 {
		t.Errorf("%d children, want 1", n)
	}
	mustClose(t, top)
}

func TestForgettingAScopeEndsItsContextAndTellsThatItDrains(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink), scope.WithSites())
	var done, draining <-chan struct{}
	func() {
		s := top.Child("s")
		done, draining = s.Context().Done(), scope.Draining(s.Context())
	}()
	collectUntil(t, "the context ended", func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	<-draining
	mustClose(t, top)
}

func TestClosingWaitsUntilAForgottenScopeIsTold(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{})
	var n atomic.Int32
	up := new(told) // gets what the sink breaks down over
	root := scope.New(context.Background(), "root", scope.WithSink(up))
	top := root.Child("top", scope.WithSites(), scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {
		close(entered)
		<-release
		n.Add(1)
		runtime.Goexit()
	})))
	func() { top.Child("s") }()
	collectUntil(t, "the sink called", func() bool {
		select {
		case <-entered:
			return true
		default:
			return false
		}
	})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		mustClose(t, top)
		if n.Load() != 1 {
			t.Error("Close() returned before the sink had")
		}
	}()
	for range 100 {
		runtime.Gosched()
	}
	close(release)
	<-closed
	mustClose(t, root)
	if n := len(up.all()); n != 2 {
		t.Errorf("%d errors went up, want 2", n)
	}
}

func TestTasksOfAForgottenScopeAreCountedByWhoeverLooksFirst(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink), scope.WithSites())
	const n = 20
	go func() { // nothing but the collector tells us that it has ended
		s := top.Child("s")
		for range n {
			mustGo(t, s, succeed, scope.Named("n"))
		}
	}()
	collectUntil(t, "the tasks counted and the scope gone", func() bool {
		sn := top.Snapshot()
		return sn.Statistics.Succeeded == n && sn.Children == nil
	})
	mustClose(t, top)
}

func TestForgottenScopesUnderChurnAreEachToldOnce(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink), scope.WithSites())
	const each = 50
	var forgetting sync.WaitGroup
	for range 4 {
		forgetting.Go(func() {
			for range each {
				s := top.Child("s")
				mustGo(t, s, succeed)
				mustWait(t, s)
				mustClose(t, top.Child("closed"))
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		var last int64
		for {
			select {
			case <-stop:
				return
			default:
			}
			runtime.GC()
			st := top.Statistics()
			if st.Started < last {
				t.Errorf("Started = %d after %d", st.Started, last)
				return
			}
			last = st.Started
		}
	}()
	forgetting.Wait()
	collectUntil(t, "all forgotten scopes gone", func() bool { return len(top.Children()) == 0 })
	close(stop)
	<-stopped
	if n := len(sink.all()); n != 4*each {
		t.Errorf("%d errors, want %d", n, 4*each)
	}
	mustClose(t, top)
	if st := top.Statistics(); st.Started != 4*each {
		t.Errorf("Statistics() = %+v, want %d started", st, 4*each)
	}
}

func TestParentClosesScopesThatNobodyHoldsInOrder(t *testing.T) {
	for range rounds(20) {
		top := scope.New(context.Background(), "top", scope.WithSites(), scope.Sequential(), quiet)
		var ended atomic.Int32
		for i := range int32(10) {
			context.AfterFunc(top.Child("s").Context(), func() {})
			s := top.Child("deep").Child("er")
			mustGo(t, s, untilEnd)
			s.Defer("r", func(context.Context) error {
				if got := ended.Add(1); got != 10-i {
					t.Errorf("release %d runs as number %d", i, got)
				}
				return nil
			})
		}
		go runtime.GC()
		mustClose(t, top)
		if ended.Load() != 10 {
			t.Errorf("%d releases ran, want 10", ended.Load())
		}
	}
}
