package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestRunWaitsForTasksThatEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			for i := range 3 {
				mustGo(t, s, func(ctx context.Context) error {
					time.Sleep(time.Duration(i+1) * time.Second)
					d.note("task %d ends: %v", i, ctx.Err())
					return nil
				})
			}
			d.note("body returns")
			return nil
		})
		d.note("Run() = %v", err)
		d.want(t,
			"0s body returns",
			"1s task 0 ends: <nil>",
			"2s task 1 ends: <nil>",
			"3s task 2 ends: <nil>",
			"3s Run() = <nil>",
		)
	})
}

func TestRunWaitsForTasksThatTasksStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			var next func(n int) func(context.Context) error
			next = func(n int) func(context.Context) error {
				return func(ctx context.Context) error {
					time.Sleep(time.Second)
					d.note("task %d ends: %v", n, ctx.Err())
					if n == 3 {
						return nil
					}
					return s.Go(ctx, next(n+1))
				}
			}
			return s.Go(ctx, next(1))
		})
		d.note("Run() = %v", err)
		d.want(t, "1s task 1 ends: <nil>", "2s task 2 ends: <nil>", "3s task 3 ends: <nil>", "3s Run() = <nil>")
	})
}

func TestRunReturnsTheErrorOfItsBodyAndEndsItsTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				d.note("task ends: %v", context.Cause(ctx))
				return ctx.Err()
			})
			time.Sleep(time.Second)
			return errBoom
		})
		if err != errBoom { //nolint:errorlint // as it is, not wrapped
			t.Errorf("Run() = %v, want %v itself", err, errBoom)
		}
		d.want(t, "1s task ends: scope /run cancelled by body: boom")
	})
}

func TestRunReturnsTheCauseIfItWasCutShort(t *testing.T) {
	tests := []struct {
		name string
		cut  func(s *scope.Scope, cancel context.CancelCauseFunc)
		want string
	}{
		{"outer context cancelled", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(errBoom) }, "boom"},
		{"outer context cancelled without a cause", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(nil) }, "context canceled"},
		{"Close", func(s *scope.Scope, _ context.CancelCauseFunc) { go s.Close() }, "scope /run cancelled by Close"}, //nolint:errcheck // Run reports
		{"Close of a parent", nil, "scope /over cancelled by Close"},
		{"Cancel of a parent without a cause", nil, "scope /over cancelled by Cancel"},
		{"Cancel without a cause", func(s *scope.Scope, _ context.CancelCauseFunc) { s.Cancel(nil) }, ""},
	}
	for _, tt := range tests {
		for _, where := range []string{"body", "task"} {
			t.Run(tt.name+" during the "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					body := func(ctx context.Context, s *scope.Scope) error {
						if tt.cut != nil {
							time.AfterFunc(time.Second, func() { tt.cut(s, cancel) })
						}
						if where == "body" {
							<-ctx.Done()
						} else {
							mustGo(t, s, untilEnd)
						}
						return nil // work cut short that looks complete
					}
					var err error
					if tt.cut != nil {
						err = scope.Run(ctx, "run", body)
					} else {
						over := scope.New(ctx, "over")
						mustGo(t, over, func(ctx context.Context) error {
							err = scope.Run(ctx, "run", body)
							return nil
						})
						time.Sleep(time.Second)
						if tt.name == "Close of a parent" {
							mustClose(t, over)
						} else {
							over.Cancel(nil)
							mustClose(t, over)
						}
					}
					if tt.want == "" {
						if err != nil {
							t.Errorf("Run() = %v, want nil", err)
						}
						return
					}
					if err == nil || withoutSite(err) != tt.want {
						t.Errorf("Run() = %v, want %v", err, tt.want)
					}
				})
			})
		}
	}
}

// withoutSite returns the text of err without where it came from.
func withoutSite(err error) string {
	if c, ok := errors.AsType[*scope.Cancelled](err); ok {
		c := *c
		c.Site = ""
		return c.Error()
	}
	return err.Error()
}

func TestRunCutByCancelReturnsItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			s.Cancel(errBoom)
			return nil
		})
		c, ok := errors.AsType[*scope.Cancelled](err)
		if !ok || c.Reason != errBoom || c.By != "Cancel" { //nolint:errorlint // as it was given
			t.Errorf("Run() = %v, want a *Cancelled by Cancel for %v", err, errBoom)
		}
	})
}

func TestRunUnderAnEndedContextRunsItsBodyAndReturnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		ran := false
		err := scope.Run(ctx, "run", func(ctx context.Context, s *scope.Scope) error {
			ran = true
			if ctx.Err() == nil {
				t.Error("Err() = nil in the body, want an error")
			}
			if err := s.Go(ctx, untilEnd); !errors.Is(err, scope.ErrClosed) {
				t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
			}
			return nil
		})
		if !ran || err != errBoom { //nolint:errorlint // as it is
			t.Errorf("body ran: %v, Run() = %v, want true, %v", ran, err, errBoom)
		}
	})
}

func TestPanicOfTheBodyGoesOnAfterTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		value := panicOf(func() {
			_ = scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
				s.Defer("resource", func(context.Context) error {
					time.Sleep(time.Second)
					d.note("released")
					return errCrash
				})
				mustGo(t, s, func(ctx context.Context) error {
					<-ctx.Done()
					time.Sleep(time.Second)
					d.note("task ends")
					return nil
				})
				panic(errBoom)
			}, scope.WithSink(sink))
		})
		d.note("panic: %v", value)
		d.want(t, "1s task ends", "2s released", "2s panic: boom")
		sink.want(t, `/run: scope: releasing "resource" of /run: crash`)
	})
}

func TestGoexitInTheBodyGoesOnAfterTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		returned := false
		go func() {
			defer d.note("goroutine ends")
			_ = scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
				s.Defer("resource", func(context.Context) error {
					time.Sleep(time.Second)
					d.note("released")
					return errCrash
				})
				runtime.Goexit()
				return nil
			}, scope.WithSink(sink))
			returned = true
		}()
		time.Sleep(time.Minute)
		if returned {
			t.Error("Run returned, want the Goexit to go on")
		}
		d.want(t, "1s released", "1s goroutine ends")
		sink.want(t, `/run: scope: releasing "resource" of /run: crash`)
	})
}

func TestRunJoinsTheErrorsOfReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
			s.Defer("resource", func(context.Context) error { return errCrash })
			return errBoom
		})
		if !errors.Is(err, errBoom) || !errors.Is(err, errCrash) {
			t.Errorf("Run() = %v, want both %v and %v", err, errBoom, errCrash)
		}
	})
}

func TestRunReturnsTheErrorsOfItsReleasesWhenItsParentCloses(t *testing.T) {
	for range 50 { // who takes the report must not be a matter of luck
		synctest.Test(t, func(t *testing.T) {
			over := scope.New(t.Context(), "over")
			var err error
			go func() {
				err = scope.Run(over.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
					s.Defer("resource", func(context.Context) error { return errCrash })
					return untilEnd(ctx)
				})
			}()
			synctest.Wait()
			mustClose(t, over)
			synctest.Wait()
			if !errors.Is(err, errCrash) {
				t.Fatalf("Run() = %v, want %v in it", err, errCrash)
			}
		})
	}
}

func TestWaitLeavesTheScopeOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		for range 3 {
			for range 10 {
				mustGo(t, s, failAfter(time.Second, nil))
			}
			d.note("Wait() = %v", s.Wait(t.Context()))
		}
		d.note("Wait() = %v", s.Wait(t.Context()))
		mustClose(t, s)
		d.note("Wait() = %v", s.Wait(t.Context()))
		d.want(t, "1s Wait() = <nil>", "2s Wait() = <nil>", "3s Wait() = <nil>", "3s Wait() = <nil>", "3s Wait() = <nil>")
	})
}

func TestWaitReturnsToEveryWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		mustGo(t, s, failAfter(time.Second, nil))
		for range 3 {
			go func() { d.note("Wait() = %v", s.Wait(t.Context())) }()
		}
		time.Sleep(time.Minute)
		mustClose(t, s)
		d.want(t, "1s Wait() = <nil>", "1s Wait() = <nil>", "1s Wait() = <nil>")
	})
}

func TestWaitWaitsForTasksStartedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		mustGo(t, s, failAfter(3*time.Second, nil))
		time.AfterFunc(2*time.Second, func() { mustGo(t, s, failAfter(3*time.Second, nil)) })
		mustWait(t, s)
		d.note("idle")
		mustClose(t, s)
		d.want(t, "5s idle")
	})
}

func TestWaitDoesNotWaitForScopesBelow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		mustGo(t, s.Child("child"), untilEnd)
		mustGo(t, s, failAfter(time.Second, nil))
		mustWait(t, s)
		d.note("idle")
		mustClose(t, s)
		d.want(t, "1s idle")
	})
}

func TestWaitIsCutByTheEndOfItsContextOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(10 * time.Second)
			return nil
		})
		type given struct {
			name string
			ctx  context.Context
		}
		foreign, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errBoom) })
		inherited, cancel2 := context.WithCancelCause(s.Context())
		defer cancel2(nil)
		early, cancel3 := context.WithTimeoutCause(s.Context(), 3*time.Second, errCrash)
		defer cancel3()
		done := make(chan struct{})
		for _, g := range []given{{"foreign", foreign}, {"own", s.Context()}, {"derived", inherited}, {"early", early}} {
			go func() {
				d.note("%s: Wait() = %v", g.name, s.Wait(g.ctx))
				done <- struct{}{}
			}()
		}
		time.AfterFunc(5*time.Second, func() { s.Cancel(nil) })
		for range 4 {
			<-done
		}
		slices.Sort(d.lines[2:]) // what ends in one instant is told in any order
		d.want(t,
			"1s foreign: Wait() = scope: waiting for /s: boom",
			"3s early: Wait() = scope: waiting for /s: crash",
			"15s derived: Wait() = <nil>",
			"15s own: Wait() = <nil>",
		)
		if err := s.Wait(foreign); err != nil {
			t.Errorf("Wait() = %v with nothing to wait for, want nil", err)
		}
		mustClose(t, s)
	})
}

func TestWaitFromATaskIsErrSelfWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		check := func(where string) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				if err := s.Wait(ctx); !errors.Is(err, scope.ErrSelfWait) {
					t.Errorf("%s: Wait() = %v, want %v", where, err, scope.ErrSelfWait)
				}
				return nil
			}
		}
		mustGo(t, s, check("Go"))
		_ = s.Go(context.WithValue(t.Context(), key{}, 1), check("Go with values"))
		_ = s.TryGo(t.Context(), check("TryGo"))
		_ = s.Do(t.Context(), check("Do"))
		_, _ = scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
			return 0, check("typed Go")(ctx)
		}).Wait(t.Context())
		mustGo(t, s, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Hour)
			defer cancel()
			return check("derived")(ctx)
		})
		mustGo(t, s, func(ctx context.Context) error {
			return errors.Join(scope.Spawn(ctx, check("Spawn")), scope.Spawn(context.WithoutCancel(ctx), check("Spawn WithoutCancel")))
		})
		mustGo(t, s, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				if err := check("body of a nested Run")(ctx); err != nil {
					return err
				}
				mustGo(t, n, check("task of a nested Run"))
				return scope.Run(ctx, "deeper", func(ctx context.Context, _ *scope.Scope) error {
					return check("body of a doubly nested Run")(ctx)
				})
			})
		})
		mustWait(t, s)
		mustClose(t, s)
	})
}

func TestWaitFromOutsideTheTaskIsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		// The body of Run waits for the tasks of its own scope.
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, failAfter(time.Second, nil))
			err := s.Wait(ctx)
			d.note("body: Wait() = %v", err)
			mustGo(t, s, failAfter(time.Second, nil))
			return err
		})
		d.note("Run() = %v", err)

		// A task of a child waits for the parent's tasks: they do not wait for it.
		s := scope.New(t.Context(), "s")
		mustGo(t, s, failAfter(time.Second, nil))
		mustGo(t, s.Child("child"), func(ctx context.Context) error {
			d.note("task of a child: Wait() = %v", s.Wait(ctx))
			return nil
		})
		time.Sleep(2 * time.Second)

		// So does one of an attached scope that a task opened: the task may end
		// before the scope does.
		mustGo(t, s, func(ctx context.Context) error {
			mustGo(t, scope.New(ctx, "opened"), func(ctx context.Context) error {
				d.note("task of a scope opened by a task: Wait() = %v", s.Wait(ctx))
				return nil
			})
			time.Sleep(time.Second)
			return nil
		})
		time.Sleep(2 * time.Second)
		mustClose(t, s)
		d.want(t,
			"1s body: Wait() = <nil>",
			"2s Run() = <nil>",
			"3s task of a child: Wait() = <nil>",
			"5s task of a scope opened by a task: Wait() = <nil>",
		)
	})
}

func TestCurrentIsTheInnermostScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if s := scope.Current(t.Context()); s != nil {
			t.Errorf("Current() = %v outside every scope, want nil", s)
		}
		s := scope.New(t.Context(), "s")
		child := scope.New(s.Context(), "child")
		is := func(where string, ctx context.Context, want *scope.Scope) {
			if got := scope.Current(ctx); got != want {
				t.Errorf("%s: Current() = %v, want %v", where, got, want)
			}
		}
		is("Context", s.Context(), s)
		is("derived", context.WithValue(child.Context(), key{}, 1), child)
		_ = child.Do(s.Context(), func(ctx context.Context) error { is("Do", ctx, child); return nil })
		_ = child.Go(s.Context(), func(ctx context.Context) error { is("Go", ctx, child); return nil })
		_ = scope.Spawn(child.Context(), func(ctx context.Context) error { is("Spawn", ctx, child); return nil })
		_ = scope.Run(child.Context(), "run", func(ctx context.Context, r *scope.Scope) error {
			is("Run", ctx, r)
			if r.Parent() != child {
				t.Errorf("Parent() = %v, want %v", r.Parent(), child)
			}
			return nil
		})
		mustClose(t, s)
		is("closed", s.Context(), s)
	})
}

func TestClosingAgainWaitsForTheSameEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		s.Defer("resource", func(context.Context) error { time.Sleep(5 * time.Second); return errCrash })
		told := make(chan error, 3)
		for range 3 {
			go func() {
				err := s.Close()
				d.note("closed")
				told <- err
			}()
		}
		time.Sleep(time.Second)
		s.Cancel(errBoom)
		n := 0
		for range 3 {
			if err := <-told; errors.Is(err, errCrash) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d calls of Close got the error, want 1", n)
		}
		mustClose(t, s)
		if c, ok := errors.AsType[*scope.Cancelled](context.Cause(s.Context())); !ok || c.By != "Close" {
			t.Errorf("Cause() = %v, want the first call to count", context.Cause(s.Context()))
		}
		d.want(t, "5s closed", "5s closed", "5s closed")
	})
}

func TestProgrammingMistakesPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := scope.New(ctx, "s")
		var none context.Context
		tests := []struct {
			want string
			call func()
		}{
			{"scope: New: ctx is nil", func() { scope.New(none, "x") }},
			{"scope: Run: ctx is nil", func() { _ = scope.Run(none, "x", nil) }},
			{"scope: Run: body is nil", func() { _ = scope.Run(ctx, "x", nil) }},
			{"scope: Go: fn is nil", func() { _ = s.Go(ctx, nil) }},
			{"scope: Go: fn is nil", func() { scope.Go[int](ctx, s, nil) }},
			{"scope: Go: s is nil", func() { scope.Go(ctx, nil, func(context.Context) (int, error) { return 0, nil }) }},
			{"scope: TryGo: fn is nil", func() { s.TryGo(ctx, nil) }},
			{"scope: Do: fn is nil", func() { _ = s.Do(ctx, nil) }},
			{"scope: Spawn: fn is nil", func() { _ = scope.Spawn(ctx, nil) }},
			{"scope: Defer: release is nil", func() { s.Defer("x", nil) }},
			{"scope: WithSink: sink is nil", func() { scope.WithSink(nil) }},
			{"scope: WithLimit: n is 0, want at least 1", func() { scope.WithLimit(0) }},
			{"scope: WithLimit: n is -3, want at least 1", func() { scope.WithLimit(-3) }},
			{"scope: Discard: f is nil", func() { scope.Discard[int](nil) }},
			{"scope: Go: Discard takes func(string), the task returns int", func() {
				scope.Go(ctx, s, func(context.Context) (int, error) { return 0, nil }, scope.Discard(func(string) {}))
			}},
		}
		for _, tt := range tests {
			if got := fmt.Sprint(panicOf(tt.call)); got != tt.want {
				t.Errorf("panic: %s, want %s", got, tt.want)
			}
		}
		mustWait(t, s) // a mistake leaves no task behind
		mustClose(t, s)
	})
}

func TestErrorsOfAClosedChildAreHandedUpOrKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := func(s *scope.Scope, err error) *scope.Scope {
			s.Defer("r", func(context.Context) error { return err })
			return s
		}
		s := fails(scope.New(t.Context(), "s"), errBoom)
		fails(fails(s.Child("a"), io.ErrClosedPipe).Child("b"), errCrash)
		own := fails(s.Child("c"), io.ErrUnexpectedEOF)
		if err := own.Close(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Close() = %v, want %v", err, io.ErrUnexpectedEOF)
		}
		err := s.Close()
		for _, want := range []error{errBoom, errCrash, io.ErrClosedPipe} {
			if !errors.Is(err, want) {
				t.Errorf("Close() = %v, want %v in it", err, want)
			}
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Close() = %v, which was told before", err)
		}
	})
}
