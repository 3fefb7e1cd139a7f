package scope_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestReaderThatLeavesEndsTheSetAndLosesNothing(t *testing.T) {
	cut, cancel := context.WithCancelCause(context.Background())
	for name, tt := range map[string]struct {
		leave  func(d *diary) bool // whether to go on
		reason error
	}{
		"break":  {func(*diary) bool { return false }, nil},
		"panic":  {func(*diary) bool { panic("oh") }, nil},
		"Goexit": {func(*diary) bool { runtime.Goexit(); return false }, nil},
		"cut":    {func(*diary) bool { cancel(errCrash); return true }, errCrash},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, values := newDiary(), []io.Closer{}
				s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
				ts := scope.NewTasks[*closer](s, 10, scope.Discard(func(c *closer) { values = append(values, c) }))
				mustAdd(t, ts, ends(0, &closer{}, nil))
				time.Sleep(time.Millisecond)
				mustAdd(t, ts, ends[*closer](0, nil, errBoom))
				mustAdd(t, ts, ends(0, &closer{}, nil))
				synctest.Wait()
				mustAdd(t, ts, func(ctx context.Context) (*closer, error) {
					<-ctx.Done()
					c, ok := context.Cause(ctx).(*scope.Cancelled)                          //nolint:errorlint // as it is
					if !ok || c.By != "Stream" || c.Path != "/s" || c.Reason != tt.reason { //nolint:errorlint // as it is
						t.Errorf("Cause() = %v, want a *Cancelled by Stream with %v", context.Cause(ctx), tt.reason)
					}
					time.Sleep(time.Second)
					return nil, ctx.Err()
				})
				mustAdd(t, ts, func(ctx context.Context) (*closer, error) {
					<-ctx.Done()
					time.Sleep(seconds(2))
					return nil, errCrash
				})
				mustAdd(t, ts, func(ctx context.Context) (*closer, error) {
					<-ctx.Done()
					time.Sleep(seconds(3))
					return &closer{}, nil
				})
				ctx := t.Context()
				if tt.reason != nil {
					ctx = cut
				}
				go func() {
					defer func() {
						_ = recover()
						d.note("left, %d values given back", len(values))
						if err := ts.Go(t.Context(), ends[*closer](0, nil, nil)); !errors.Is(err, scope.ErrClosed) {
							t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
						}
					}()
					for v, err := range ts.Stream().All(ctx) {
						d.note("%v, %v", v != nil, err)
						if err == nil && !tt.leave(d) {
							break
						}
					}
				}()
				synctest.Wait()
				if st := s.State(); st != scope.StateOpen {
					t.Errorf("State() = %v, want open", st)
				}
				time.Sleep(seconds(10))
				mustClose(t, s)
				if l := s.Ledger(); l.Pending() != 0 {
					t.Errorf("Ledger() = %+v, want nothing pending", l)
				}
				want := []string{"1ms true, <nil>", "1ms told /s: boom, attempt 1", "2.001s told /s: crash, attempt 1"}
				if name == "cut" {
					want = append(want, "3.001s false, crash")
				}
				d.want(t, append(want, "3.001s left, 2 values given back")...)
			})
		})
	}
}

func TestSetHasOneReaderAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		ts := scope.NewTasks[int](s, 5)
		mustAdd(t, ts, ends(seconds(1), 1, nil))
		mustAdd(t, ts, func(ctx context.Context) (int, error) {
			_, err := ts.Stream().First(ctx)
			if !errors.Is(err, scope.ErrSelfWait) || !stream.IsFatal(err) {
				t.Errorf("First() = %v in a task of the set, want %v", err, scope.ErrSelfWait)
			}
			return 2, nil
		})
		go noteAll(d, t.Context(), ts)
		synctest.Wait()
		if _, err := ts.Stream().First(t.Context()); !errors.Is(err, scope.ErrSecondReader) || !stream.IsFatal(err) {
			t.Errorf("First() = %v beside a reader, want %v", err, scope.ErrSecondReader)
		}
		time.Sleep(seconds(2))
		ts.Close()
		ts.Close() // does nothing
		synctest.Wait()
		noteAll(d, t.Context(), ts) // there is nothing left
		mustClose(t, s)
		d.want(t, "0s 2, <nil>", "1s 1, <nil>", "2s end", "2s end")
	})
}

func TestUnreadSetIsToldWhenItsScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		ts := scope.NewTasks[*closer](s, 5)
		c := &closer{}
		mustAdd(t, ts, ends[*closer](0, nil, errBoom))
		mustAdd(t, ts, ends(0, c, nil))
		mustAdd(t, ts, func(ctx context.Context) (*closer, error) { return nil, untilEnd(ctx) })
		time.Sleep(time.Second)
		mustClose(t, s)
		if c.n.Load() != 1 {
			t.Errorf("the value was closed %d times, want once", c.n.Load())
		}
		if l := s.Ledger(); l.Pending() != 0 {
			t.Errorf("Ledger() = %+v, want nothing pending", l)
		}
		n := 0
		for v, err := range ts.Stream().All(t.Context()) {
			if n++; v != nil || !errors.Is(err, context.Canceled) || stream.IsFatal(err) != (n == 2) {
				t.Errorf("event %d: %v, %v, want the end of the scope", n, v, err)
			}
		}
		d.want(t, "1s told /s: boom, attempt 1")
	})
}

func TestForgottenSetIsToldWhenCollected(t *testing.T) {
	sink := new(told)
	s := scope.New(t.Context(), "s", scope.WithSink(sink))
	func() {
		ts := scope.NewTasks[int](s, 5)
		mustAdd(t, ts, ends(0, 0, errBoom))
		mustAdd(t, ts, ends(0, 0, errCrash))
	}()
	collectUntil(t, "two errors told", func() bool { return len(sink.all()) == 2 })
	sink.want(t, "/s: boom", "/s: crash")
	mustClose(t, s)
}

func TestEndOfTheScopeEndsTheStreamOfAnOpenSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		ts := scope.NewTasks[int](s, 5)
		mustAdd(t, ts, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			return 0, ctx.Err()
		})
		time.AfterFunc(time.Second, func() { s.Cancel(&scope.Cancelled{By: "test"}) })
		noteAll(d, t.Context(), ts)
		mustClose(t, s)
		d.want(t, "2s 0, scope cancelled by test", "2s 0, scope: closed: /s: scope cancelled by test", "2s end")
	})
}

func TestReaderDoesNotWaitForTasksThatWereAbandoned(t *testing.T) {
	for _, leave := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			sink := new(told)
			s := scope.New(t.Context(), "s", scope.WithSink(sink), scope.WithTimeouts(scope.Timeouts{Cancel: seconds(2)}))
			ts := scope.NewTasks[int](s, 5)
			mustAdd(t, ts, ends(seconds(10), 0, errBoom))
			mustAdd(t, ts, ends(0, 1, nil))
			ts.Close()
			time.AfterFunc(time.Second, func() {
				if err := s.Close(); !errors.As(err, new(*scope.StuckError)) {
					t.Errorf("Close() = %v, want a *StuckError", err)
				}
			})
			for v, err := range ts.Stream().All(t.Context()) {
				d.note("%v, %v", v, err)
				if leave {
					break
				}
			}
			d.note("end")
			time.Sleep(seconds(10))
			sink.want(t, "/s: boom")
			if leave {
				d.want(t, "0s 1, <nil>", "3s end")
			} else {
				d.want(t, "0s 1, <nil>", "3s 0, scope: closed: /s: scope /s cancelled by Close", "3s end")
			}
		})
	}
}

func TestReaderThatLeavesRefusesThoseWhoWaitForTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		ts := scope.NewTasks[int](s, 5)
		mustAdd(t, ts, ends(0, 1, nil))
		synctest.Wait()
		mustGo(t, s, failAfter(seconds(5), nil))
		go func() {
			err := ts.Go(t.Context(), func(context.Context) (int, error) { t.Error("a refused function ran"); return 0, nil })
			d.note("Go() = %v", err)
		}()
		synctest.Wait()
		_, err := ts.Stream().First(t.Context())
		d.note("First() = %v", err)
		mustWait(t, s)
		synctest.Wait()
		if !s.TryGo(t.Context(), noop) {
			t.Error("TryGo() = false, want true: the refused task holds a slot")
		}
		mustClose(t, s)
		d.want(t, "0s First() = <nil>", "5s Go() = scope: closed: /s: the set takes no more tasks")
	})
}

// Readers leave while tasks end and start, on real threads.
func TestSetsAreReadOrGivenBackAtTheBoundary(t *testing.T) {
	for round := range rounds(200) {
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		ts := scope.NewTasks[int](s, 4)
		var started, running atomic.Int32
		var producers sync.WaitGroup
		for i := range 3 {
			producers.Go(func() {
				for j := range 20 {
					err := ts.Go(context.Background(), func(context.Context) (int, error) {
						started.Add(1)
						running.Add(1)
						defer running.Add(-1)
						return 0, numbered(20*i + j)
					})
					if err != nil {
						return
					}
				}
			})
		}
		read := 0
		for range ts.Stream().All(context.Background()) {
			if read++; read == round%40+1 {
				break
			}
		}
		if n := running.Load(); n != 0 {
			t.Fatalf("%d tasks run when the reader has left", n)
		}
		if n := read + len(sink.all()); n != int(started.Load()) {
			t.Fatalf("%d failures were told when the reader has left, want %d", n, started.Load())
		}
		producers.Wait()
		mustClose(t, s)
	}
}
