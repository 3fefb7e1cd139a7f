package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

func TestUnreadFailureIsToldWhenTheHandleIsCollected(t *testing.T) {
	sink := new(told)
	s := scope.New(t.Context(), "s", scope.WithSink(sink))
	var kept *scope.Task[int]
	func() {
		scope.Go(t.Context(), s, ends(0, 0, errBoom), scope.Named("dropped"))
		kept = scope.Go(t.Context(), s, ends(0, 0, errBoom), scope.Named("kept"))
		read := scope.Go(t.Context(), s, ends(0, 0, errBoom), scope.Named("read"))
		if _, err := read.Wait(t.Context()); err == nil {
			t.Error("Wait() = nil, want an error")
		}
	}()
	mustWait(t, s)
	collectUntil(t, "the dropped failure told", func() bool { return len(sink.all()) > 0 })
	sink.want(t, `/s task "dropped": boom`)
	runtime.KeepAlive(kept)
	mustClose(t, s)
	sink.want(t, `/s task "dropped": boom`, `/s task "kept": boom`)
}

func TestUnreadValueIsDiscardedWhenTheHandleIsCollected(t *testing.T) {
	sink := new(told)
	s := scope.New(t.Context(), "s", scope.WithSink(sink))
	c := &closer{err: errCrash}
	var n atomic.Int32
	scope.Go(t.Context(), s, ends(0, c, nil))
	scope.Go(t.Context(), s, ends(0, 1, nil), scope.Discard(func(v int) { n.Add(int32(v)) }))
	collectUntil(t, "both discarded", func() bool { return c.n.Load() == 1 && n.Load() == 1 && len(sink.all()) == 1 })
	mustClose(t, s)
	sink.want(t, "/s: crash")
	if c.n.Load() != 1 || n.Load() != 1 {
		t.Errorf("discarded %d and %d times, want once each", c.n.Load(), n.Load())
	}
}

func TestBreakdownWhileACollectedHandleIsToldStopsNoOther(t *testing.T) {
	const rounds = 3
	var n atomic.Int32
	top := new(told)
	root := scope.New(t.Context(), "root", scope.WithSink(top))
	s := root.Child("s", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {
		n.Add(1)
		runtime.Goexit()
	})))
	for i := range int32(rounds) {
		func() { scope.Go(t.Context(), s, ends(0, 0, errBoom)) }()
		collectUntil(t, "the sink was called", func() bool { return n.Load() == i+1 })
	}
	for i := range int32(rounds) {
		func() {
			scope.Go(t.Context(), s, ends(0, 0, nil), scope.Discard(func(int) {
				n.Add(1)
				runtime.Goexit()
			}))
		}()
		collectUntil(t, "the value was discarded", func() bool { return n.Load() >= rounds+2*(i+1) })
	}
	mustClose(t, root)
	if got := len(top.all()); got != 2*rounds+2*rounds {
		t.Errorf("%d errors reached the top, want %d", got, 4*rounds)
	}
}

func TestBlockedSinkHoldsUpNoOtherCollectedHandle(t *testing.T) {
	release := make(chan struct{})
	entered := make(chan struct{}, 1)
	slow := scope.New(t.Context(), "slow", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {
		entered <- struct{}{}
		<-release
	})))
	sink := new(told)
	quick := scope.New(t.Context(), "quick", scope.WithSink(sink))
	func() { scope.Go(t.Context(), slow, ends(0, 0, errBoom)) }()
	collectUntil(t, "the slow sink is called", func() bool { return len(entered) == 1 })
	func() { scope.Go(t.Context(), quick, ends(0, 0, errCrash)) }()
	defer mustClose(t, quick)
	defer mustClose(t, slow)
	defer close(release)
	collectUntil(t, "the quick sink is told", func() bool { return len(sink.all()) == 1 })
}

func TestDroppedHandlesAreAllToldOnceAndTheHeapIsBack(t *testing.T) {
	const n = 100_000
	seen := make([]atomic.Uint32, n)
	var total atomic.Int64
	s := scope.New(t.Context(), "s", scope.WithLimit(64), scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		seen[int(e.Err.(numbered))].Add(1) //nolint:errorlint // the sink of this test knows its errors
		total.Add(1)
	})))
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range n {
		scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, numbered(i) })
	}
	mustWait(t, s)
	collectUntil(t, "all failures told", func() bool { return total.Load() == n })
	mustWait(t, s)
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("the heap has grown by %d KiB, want less than 1 MiB", grown>>10)
	}
	mustClose(t, s)
	for i := range seen {
		if got := seen[i].Load(); got != 1 {
			t.Fatalf("failure %d was told %d times, want once", i, got)
		}
	}
}

// numbered is an error that carries a number.
type numbered int

func (n numbered) Error() string { return fmt.Sprint("failure ", int(n)) }

func TestHandlesDroppedWhileTheScopeClosesAreToldOnce(t *testing.T) {
	const n = 2_000
	for range 10 {
		seen := make([]atomic.Uint32, n)
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			seen[int(e.Err.(numbered))].Add(1) //nolint:errorlint // the sink of this test knows its errors
		})))
		for i := range n {
			scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, numbered(i) })
		}
		mustWait(t, s)
		collecting := make(chan struct{})
		go func() {
			defer close(collecting)
			runtime.GC()
		}()
		mustClose(t, s)
		for i := range seen {
			if got := seen[i].Load(); got != 1 {
				t.Fatalf("failure %d was told %d times when the scope had closed, want once", i, got)
			}
		}
		<-collecting
	}
}

func TestHandlesCollectedWhileTheScopeReleasesAreToldBeforeItCloses(t *testing.T) {
	const n = 50
	for range rounds(20) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
			runtime.GC() // the handles are garbage by now
			for range 100 {
				runtime.Gosched()
			}
			sink.HandleError(ctx, e)
		})))
		mustGo(t, s, untilEnd)
		for i := range n {
			scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
				<-ctx.Done() // so that none is collected before
				return 0, numbered(i)
			})
		}
		mustClose(t, s)
		seen := map[string]bool{}
		for _, e := range sink.all() {
			seen[e.Error()] = true
		}
		if len(sink.all()) != n || len(seen) != n {
			t.Fatalf("%d failures were told, %d of them different, when the scope had closed, want %d", len(sink.all()), len(seen), n)
		}
	}
}

func TestFailureOfAForgottenScopeGoesToTheSinkWhenCollected(t *testing.T) {
	sink := new(told)
	parent := scope.New(t.Context(), "parent", scope.WithSink(sink))
	func() {
		s := parent.Child("forgotten", scope.FailFast())
		mustGo(t, s, func(context.Context) error { return errBoom })
		s.Defer("resource", func(context.Context) error { return errCrash })
	}()
	collectUntil(t, "two errors told", func() bool { return len(sink.all()) == 2 })
	sink.want(t, "/parent/forgotten: boom", `/parent/forgotten: scope: releasing "resource" of /parent/forgotten: crash`)
	mustClose(t, parent)
}

func TestFailureThatWaitToldIsNotToldAgainWhenCollected(t *testing.T) {
	sink := new(told)
	parent := scope.New(t.Context(), "parent", scope.WithSink(sink))
	func() {
		s := parent.Child("forgotten", scope.FailFast())
		mustGo(t, s, func(context.Context) error { return errBoom })
		s.Defer("resource", func(context.Context) error { return errCrash })
		if err := s.Wait(context.Background()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, errBoom)
		}
	}()
	collectUntil(t, "an error told", func() bool { return len(sink.all()) >= 1 })
	sink.want(t, `/parent/forgotten: scope: releasing "resource" of /parent/forgotten: crash`)
	mustClose(t, parent)
}

func TestBreakdownOfTheSinkLosesNoErrorOfAForgottenScope(t *testing.T) {
	top := new(told)
	root := scope.New(t.Context(), "root", scope.WithSink(top))
	middle := root.Child("middle", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { runtime.Goexit() })))
	func() {
		s := middle.Child("forgotten")
		for range 3 {
			s.Defer("resource", func(context.Context) error { return errCrash })
		}
		s.Cancel(nil)
	}()
	collectUntil(t, "three errors and three breakdowns told", func() bool { return len(top.all()) == 6 })
	mustClose(t, root)
}
