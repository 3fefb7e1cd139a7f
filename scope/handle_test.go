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
	"github.com/rxscope/rxscope/stream"
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

func TestFailureThatAReaderWaitsForIsNotToldToTheSink(t *testing.T) {
	for name, opts := range map[string][]scope.Option{"Continue": nil, "FailFast": {scope.FailFast()}} {
		t.Run(name, func(t *testing.T) {
			for range 100 { // who comes first must not be a matter of luck
				synctest.Test(t, func(t *testing.T) {
					sink := new(told)
					over := scope.New(t.Context(), "over", scope.WithSink(sink))
					s := over.Child("s", opts...)
					task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
						<-ctx.Done()
						return 0, errBoom
					})
					go func() {
						if _, err := task.Wait(context.Background()); !errors.Is(err, errBoom) {
							t.Errorf("Wait() = %v, want %v", err, errBoom)
						}
					}()
					synctest.Wait()
					mustClose(t, over)
					sink.want(t)
				})
				if t.Failed() {
					return
				}
			}
		})
	}
}

func TestFailureThatAReaderGaveUpOnIsToldOnce(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			s := scope.New(t.Context(), "s", scope.WithSink(sink))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // in the instant of the failure
			defer cancel()
			task := scope.Go(t.Context(), s, ends(time.Second, 0, errBoom))
			read := false
			go func() {
				_, err := task.Wait(ctx)
				read = errors.Is(err, errBoom)
			}()
			time.Sleep(time.Minute)
			synctest.Wait()
			mustClose(t, s)
			if n := len(sink.all()); (n == 1) == read {
				t.Errorf("read: %v, told to the sink %d times, want one of the two", read, n)
			}
		})
	}
}

func TestValueThatAReaderWaitsForIsNotDiscarded(t *testing.T) {
	for range 100 { // who comes first must not be a matter of luck
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "s")
			conn := new(closer)
			task := scope.Go(t.Context(), s, func(ctx context.Context) (*closer, error) {
				<-ctx.Done()
				return conn, nil
			})
			go func() {
				if v, err := task.Wait(context.Background()); v != conn || err != nil {
					t.Errorf("Wait() = %v, %v, want the connection", v, err)
				}
			}()
			synctest.Wait()
			mustClose(t, s)
			synctest.Wait()
			if n := conn.n.Load(); n != 0 {
				t.Error("a connection that was handed over was closed")
			}
		})
		if t.Failed() {
			return
		}
	}
}

func TestTaskIsAStreamOfItsResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		value := scope.Go(t.Context(), s, func(context.Context) (int, error) { time.Sleep(time.Second); return 7, nil })
		failure := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errBoom })
		short, cancel := context.WithTimeoutCause(t.Context(), time.Second/2, errCrash)
		defer cancel()
		var got []string
		for _, st := range []stream.Stream[int]{value.Stream(), value.Stream(), failure.Stream()} {
			for _, ctx := range []context.Context{short, t.Context()} {
				for v, err := range st.All(ctx) {
					got = append(got, fmt.Sprint(v, err))
				}
			}
		}
		want := []string{"0 " + errCrash.Error(), "7 <nil>", "0 " + errCrash.Error(), "7 <nil>", "0 " + errCrash.Error(), "0 /s: boom"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		mustClose(t, s)
	})
}
