package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
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
