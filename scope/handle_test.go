package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// ends returns a function that returns v and err after d, whatever happens to
// its context.
func ends[T any](d time.Duration, v T, err error) scope.Func[T] {
	return func(context.Context) (T, error) {
		time.Sleep(d)
		return v, err
	}
}

func TestHandleReturnsTheValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		task := scope.Go(t.Context(), s, ends(time.Second, 7, nil))
		select {
		case <-task.Done():
			t.Error("Done is closed before the end")
		default:
		}
		for range 2 {
			if v, err := task.Wait(t.Context()); v != 7 || err != nil {
				t.Errorf("Wait() = %v, %v, want 7, nil", v, err)
			}
			<-task.Done()
		}
		mustClose(t, s)
		if v, err := task.Wait(t.Context()); v != 7 || err != nil {
			t.Errorf("Wait() = %v, %v after the close, want 7, nil", v, err)
		}
	})
}

func TestFailureReadFromAHandleGoesNowhereElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		task := scope.Go(t.Context(), s, ends(time.Second, 7, errBoom), scope.Named("x"))
		v, err := task.Wait(t.Context())
		te, ok := errors.AsType[*scope.TaskError](err)
		if v != 0 || !ok || te.Err != errBoom || te.Path != "/s" || te.Task != "x" { //nolint:errorlint // as it is
			t.Errorf("Wait() = %v, %v, want 0 and the *TaskError of %v", v, err, errBoom)
		}
		mustClose(t, s)
		sink.want(t)
	})
}

func TestUnreadFailureIsToldWhenTheScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		task := scope.Go(t.Context(), s, ends(time.Second, 0, errBoom))
		<-task.Done() // is not reading
		mustWait(t, s)
		sink.want(t)
		mustClose(t, s)
		sink.want(t, "/s: boom")
		if _, err := task.Wait(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v after the close, want %v", err, errBoom)
		}
		sink.want(t, "/s: boom")
	})
}

func TestUnreadFailureIsToldAfterTheTasksAndBeforeTheReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {
			d.note("told")
		})))
		s.Defer("resource", func(context.Context) error { d.note("released"); return nil })
		unread := scope.Go(t.Context(), s, ends(time.Second, 0, errBoom))
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			d.note("task ends")
			return nil
		})
		time.Sleep(2 * time.Second)
		mustClose(t, s)
		d.want(t, "3s task ends", "3s told", "3s released")
		runtime.KeepAlive(unread)
	})
}

func TestWaitOnAHandleCutShortLeavesItUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		task := scope.Go(t.Context(), s, ends(2*time.Second, 7, errBoom))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCrash)
		defer cancel()
		v, err := task.Wait(ctx)
		d.note("Wait() = %v, %v", v, err)
		time.Sleep(5 * time.Second)
		mustClose(t, s)
		sink.want(t, "/s: boom")
		// An ended task answers, whatever the context.
		v, err = task.Wait(ctx)
		d.note("Wait() = %v, %v", v, err)
		d.want(t, "1s Wait() = 0, crash", "6s Wait() = 0, /s: boom")
	})
}

func TestHandleOfACancelledTaskReturnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 7, ctx.Err()
		})
		s.Cancel(errBoom)
		v, err := task.Wait(t.Context())
		if cause := context.Cause(s.Context()); v != 0 || err != cause { //nolint:errorlint // the cause itself
			t.Errorf("Wait() = %v, %v, want 0, %v", v, err, cause)
		}
		mustClose(t, s)
		sink.want(t) // a cancelled task is no failure, read or not
	})
}

func TestRefusalIsInTheHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustClose(t, s)
		task := scope.Go(t.Context(), s, func(context.Context) (int, error) {
			t.Error("a refused function ran")
			return 7, nil
		})
		<-task.Done()
		if v, err := task.Wait(t.Context()); v != 0 || !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Wait() = %v, %v, want 0, %v", v, err, scope.ErrClosed)
		}
		sink.want(t)
	})
}

func TestHandleMayBeReadByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		task := scope.Go(t.Context(), s, ends(time.Second, 0, errBoom))
		var n atomic.Int32
		for range 20 {
			go func() {
				<-task.Done()
				if _, err := task.Wait(t.Context()); errors.Is(err, errBoom) {
					n.Add(1)
				}
			}()
		}
		time.Sleep(time.Minute)
		if n.Load() != 20 {
			t.Errorf("%d of 20 readers got the failure", n.Load())
		}
		mustClose(t, s)
		sink.want(t)
	})
}

// A closer counts how often it is closed, and returns err.
type closer struct {
	n   atomic.Int32
	err error
}

func (c *closer) Close() error {
	c.n.Add(1)
	return c.err
}

func TestUnreadValueIsDiscardedWhenTheScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		var got []int
		keep := scope.Discard(func(v int) { got = append(got, v) })
		read := scope.Go(t.Context(), s, ends(0, 1, nil), keep)
		unread := scope.Go(t.Context(), s, ends(0, 2, nil), keep)
		failed := scope.Go(t.Context(), s, ends(0, 3, errBoom), keep)
		if v, err := read.Wait(t.Context()); v != 1 || err != nil {
			t.Errorf("Wait() = %v, %v, want 1, nil", v, err)
		}
		mustWait(t, s)
		if len(got) > 0 {
			t.Errorf("discarded %v before the close", got)
		}
		mustClose(t, s)
		if !slices.Equal(got, []int{2}) {
			t.Errorf("discarded %v, want 2 alone", got)
		}
		sink.want(t, "/s: boom")
		runtime.KeepAlive(unread)
		runtime.KeepAlive(failed)
	})
}

func TestUnreadCloserIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		unread, read, failing, given := new(closer), new(closer), &closer{err: errCrash}, new(closer)
		a := scope.Go(t.Context(), s, ends[io.Closer](0, unread, nil))
		b := scope.Go(t.Context(), s, ends(0, read, nil))
		c := scope.Go(t.Context(), s, ends(0, failing, nil))
		e := scope.Go(t.Context(), s, ends(0, given, nil), scope.Discard(func(*closer) {}))
		f := scope.Go(t.Context(), s, ends[*closer](0, nil, nil))
		g := scope.Go(t.Context(), s, ends[io.Closer](0, nil, nil))
		if _, err := b.Wait(t.Context()); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		mustClose(t, s)
		for name, n := range map[string][2]int32{
			"unread":          {unread.n.Load(), 1},
			"read":            {read.n.Load(), 0},
			"failing":         {failing.n.Load(), 1},
			"given a Discard": {given.n.Load(), 0},
		} {
			if n[0] != n[1] {
				t.Errorf("%s closer was closed %d times, want %d", name, n[0], n[1])
			}
		}
		sink.want(t, "/s: crash")
		for _, h := range []any{a, c, e, f, g} {
			runtime.KeepAlive(h)
		}
	})
}

func TestBreakdownOfDiscardGoesToTheSinkAndStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		n := 0
		handles := []any{
			scope.Go(t.Context(), s, ends(0, 1, nil), scope.Discard(func(int) { n++; panic("oh") })),
			scope.Go(t.Context(), s, ends(0, 2, nil), scope.Discard(func(int) { n++; runtime.Goexit() })),
			scope.Go(t.Context(), s, ends(0, 3, nil), scope.Discard(func(int) { n++; runtime.Goexit() })),
			scope.Go(t.Context(), s, ends(0, 4, nil), scope.Discard(func(int) { n++ })),
		}
		released := false
		s.Defer("resource", func(context.Context) error { released = true; return nil })
		mustWait(t, s)
		mustClose(t, s)
		sink.want(t, "/s: panic: oh", "/s: scope: left by runtime.Goexit", "/s: scope: left by runtime.Goexit")
		if n != 4 || !released {
			t.Errorf("discarded %d of 4, released: %v", n, released)
		}
		runtime.KeepAlive(handles)
	})
}

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
