package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// mustAdd starts a task of a set that must be accepted.
func mustAdd[T any](t *testing.T, ts *scope.Tasks[T], fn scope.Func[T], opts ...scope.TaskOption) {
	t.Helper()
	if err := ts.Go(context.Background(), fn, opts...); err != nil {
		t.Errorf("Go() = %v, want nil", err)
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// noteAll reads a set to its end.
func noteAll[T any](d *diary, ctx context.Context, ts *scope.Tasks[T]) {
	for v, err := range ts.Stream().All(ctx) {
		d.note("%v, %v", v, err)
	}
	d.note("end")
}

func TestSetIsReadInTheOrderInWhichItsTasksEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		ts := scope.NewTasks[int](s, 10, scope.Named("x"))
		mustAdd(t, ts, ends(seconds(3), 3, nil))
		mustAdd(t, ts, ends(seconds(1), 0, errBoom))
		mustAdd(t, ts, func(context.Context) (int, error) { time.Sleep(seconds(2)); panic("oh") }, scope.Named("y"))
		mustAdd(t, ts, func(ctx context.Context) (int, error) { time.Sleep(seconds(4)); return 0, goexit(ctx) })
		mustAdd(t, ts, func(ctx context.Context) (int, error) { return 0, untilEnd(ctx) }, scope.TaskTimeout(seconds(5)))
		time.AfterFunc(seconds(6), ts.Close)
		noteAll(d, t.Context(), ts)
		if st := s.OwnStatistics(); st.Succeeded != 1 || st.Failed != 4 || st.Panicked != 2 {
			t.Errorf("Statistics() = %+v, want 1 succeeded, 4 failed, 2 of them panicked", st)
		}
		mustClose(t, s)
		sink.want(t)
		d.want(t,
			`1s 0, /s task "x": boom`,
			`2s 0, /s task "y": panic: oh`,
			"3s 3, <nil>",
			`4s 0, /s task "x": scope: left by runtime.Goexit`,
			`5s 0, /s task "x": scope /s task "x": timed out after 5s`,
			"6s end",
		)
	})
}

func TestSetHoldsNoMoreTasksThanItsBoundReadOrNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		ts := scope.NewTasks[int](s, 2)
		go func() {
			for i := range 5 {
				mustAdd(t, ts, func(context.Context) (int, error) { d.note("%d starts", i); return i, nil })
				time.Sleep(time.Millisecond)
			}
			ts.Close()
		}()
		time.Sleep(seconds(5)) // all have ended, and nobody has read
		if ts.TryGo(t.Context(), ends(0, 0, nil)) {
			t.Error("TryGo() = true in a full set, want false")
		}
		for v, err := range ts.Stream().All(t.Context()) {
			d.note("%d, %v", v, err)
			time.Sleep(seconds(1))
		}
		d.note("end")
		mustClose(t, s)
		d.wantSorted(t,
			"0s 0 starts", "1ms 1 starts",
			"5s 0, <nil>", "5s 2 starts",
			"6s 1, <nil>", "6s 3 starts",
			"7s 2, <nil>", "7s 4 starts",
			"8s 3, <nil>", "9s 4, <nil>", "10s end",
		)
	})
}

func TestWaitForRoomEndsWithItsContextTheSetOrTheScope(t *testing.T) {
	tests := map[string]struct {
		end  func(s *scope.Scope, ts *scope.Tasks[int])
		want string
		is   error
	}{
		"context": {func(*scope.Scope, *scope.Tasks[int]) {}, "5s scope: waiting for /s: crash", errCrash},
		"set":     {func(_ *scope.Scope, ts *scope.Tasks[int]) { ts.Close() }, "1s scope: closed: /s: the set takes no more tasks", scope.ErrClosed},
		"scope": {func(s *scope.Scope, _ *scope.Tasks[int]) { s.Cancel(&scope.Cancelled{By: "test"}) },
			"1s scope: closed: /s: scope cancelled by test", scope.ErrClosed},
		"drain": {func(s *scope.Scope, _ *scope.Tasks[int]) { go s.Shutdown(context.Background()) }, //nolint:errcheck // nothing to report
			"1s scope: closed: /s: scope /s cancelled by Shutdown", scope.ErrClosed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s")
				ts := scope.NewTasks[int](s, 1)
				mustAdd(t, ts, ends(seconds(3), 0, nil))
				time.AfterFunc(time.Second, func() { tt.end(s, ts) })
				ctx, cancel := context.WithTimeoutCause(t.Context(), seconds(5), errCrash)
				defer cancel()
				err := ts.Go(ctx, ends(0, 0, nil))
				d.note("%v", err)
				if !errors.Is(err, tt.is) {
					t.Errorf("Go() = %v, want %v", err, tt.is)
				}
				mustClose(t, s)
				d.want(t, tt.want)
				if err := ts.Go(t.Context(), ends(0, 0, nil)); !errors.Is(err, scope.ErrClosed) {
					t.Errorf("Go() = %v in the end, want %v", err, scope.ErrClosed)
				}
			})
		})
	}
}

func TestTaskThatStartsAnotherInItsOwnFullSetIsToldOfTheDeadlock(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"plain":       context.Background(),
		"with values": context.WithValue(context.Background(), key{}, 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(context.Background(), "s")
				ts := scope.NewTasks[int](s, 1)
				check := func(where string, ctx context.Context) {
					if err := ts.Go(ctx, ends(0, 0, nil)); !errors.Is(err, scope.ErrLimitDeadlock) {
						t.Errorf("%s: Go() = %v, want %v", where, err, scope.ErrLimitDeadlock)
					}
				}
				if err := ts.Go(ctx, func(ctx context.Context) (int, error) {
					check("task", ctx)
					timed, cancel := context.WithTimeout(ctx, time.Hour)
					defer cancel()
					check("derived", timed)
					return 0, scope.Run(timed, "nested", func(ctx context.Context, n *scope.Scope) error {
						check("body", ctx)
						return n.Do(ctx, func(ctx context.Context) error {
							check("task of a nested scope", ctx)
							return scope.Run(ctx, "inner", func(ctx context.Context, _ *scope.Scope) error {
								check("body of an inner scope", ctx)
								return nil
							})
						})
					})
				}); err != nil {
					t.Errorf("Go() = %v, want nil", err)
				}
				mustWait(t, s)
				// Another task of the same scope is no part of the set, and waits.
				mustGo(t, s, func(ctx context.Context) error { return ts.Go(ctx, ends(0, 2, nil)) })
				time.AfterFunc(seconds(2), ts.Close)
				d := newDiary()
				noteAll(d, t.Context(), ts)
				mustClose(t, s)
				d.want(t, "0s 0, <nil>", "0s 2, <nil>", "2s end")
			})
		})
	}
}

func TestTasksOfASetStartOthersWhileTheScopeDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		ts := scope.NewTasks[int](s, 3)
		var next func(n int) scope.Func[int]
		next = func(n int) scope.Func[int] {
			return func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				if n == 3 {
					ts.Close()
					return n, nil
				}
				return n, ts.Go(ctx, next(n+1))
			}
		}
		mustAdd(t, ts, next(0))
		time.AfterFunc(1500*time.Millisecond, func() {
			if err := s.Shutdown(context.Background()); err != nil {
				t.Errorf("Shutdown() = %v, want nil", err)
			}
			d.note("closed")
		})
		noteAll(d, t.Context(), ts)
		synctest.Wait()
		d.wantSorted(t, "1s 0, <nil>", "2s 1, <nil>", "3s 2, <nil>", "4s 3, <nil>", "4s end", "4s closed")
	})
}

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

func TestFailureInASetEndsAFailFastScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		ts := scope.NewTasks[int](s, 5)
		mustAdd(t, ts, ends(seconds(1), 0, errBoom))
		mustAdd(t, ts, func(ctx context.Context) (int, error) { return 0, untilEnd(ctx) })
		ts.Close()
		var errs []error
		for _, err := range ts.Stream().All(t.Context()) {
			errs = append(errs, err)
		}
		if _, ok := errs[0].(*scope.TaskError); len(errs) != 2 || !ok || !errors.Is(errs[1], errBoom) || errs[1] != context.Cause(s.Context()) { //nolint:errorlint // as it is
			t.Errorf("events %v, want the failure and the cause", errs)
		}
		mustClose(t, s) // the failure has been read
		sink.want(t)
	})
}

func TestSetKeepsTheLimitOfItsScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		ts := scope.NewTasks[int](s, 5)
		go func() {
			for i := range 3 {
				mustAdd(t, ts, ends(seconds(1), i, nil))
			}
			ts.Close()
		}()
		noteAll(d, t.Context(), ts)
		mustClose(t, s)
		d.want(t, "1s 0, <nil>", "2s 1, <nil>", "3s 2, <nil>", "3s end")
	})
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

func TestSetThatMakesNoSensePanics(t *testing.T) {
	s := scope.New(t.Context(), "s")
	ts := scope.NewTasks[int](s, 1)
	var none context.Context
	for want, call := range map[string]func(){
		"scope: NewTasks: s is nil":                                         func() { scope.NewTasks[int](nil, 1) },
		"scope: NewTasks: n is 0, want at least 1":                          func() { scope.NewTasks[int](s, 0) },
		"scope: NewTasks: Discard takes func(string), the task returns int": func() { scope.NewTasks[int](s, 1, scope.Discard(func(string) {})) },
		"scope: NewTasks: Service: tasks of a set are none":                 func() { scope.NewTasks[int](s, 1, scope.Service()) },
		"scope: Go: Service: tasks of a set are none":                       func() { _ = ts.Go(t.Context(), ends(0, 0, nil), scope.Service()) },
		"scope: Go: fn is nil":                                              func() { _ = ts.Go(t.Context(), nil) },
		"scope: Go: ctx is nil":                                             func() { _ = ts.Go(none, ends(0, 0, nil)) },
		"scope: TryGo: fn is nil":                                           func() { ts.TryGo(t.Context(), nil) },
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
	if !ts.TryGo(t.Context(), ends(0, 0, nil)) {
		t.Error("TryGo() = false, want true: one that panicked holds a place")
	}
	mustClose(t, s)
}

func ExampleTasks() {
	s := scope.New(context.Background(), "crawler")
	defer s.Close() //nolint:errcheck // nothing can go wrong here
	pages := scope.NewTasks[string](s, 100)

	links := map[string]string{"/": "/about", "/about": "/team"}
	var visit func(path string) scope.Func[string]
	visit = func(path string) scope.Func[string] {
		return func(ctx context.Context) (string, error) {
			next, ok := links[path]
			if !ok {
				pages.Close() // the last one
				return path, errors.New("not found")
			}
			return path, pages.Go(ctx, visit(next))
		}
	}
	_ = pages.Go(context.Background(), visit("/"))

	var found []string
	for path, err := range pages.Stream().All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		found = append(found, path)
	}
	fmt.Println(len(found), strings.Join(slices.Sorted(slices.Values(found)), " "))
	// Output:
	// /crawler: not found
	// 2 / /about
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
