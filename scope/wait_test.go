package scope_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

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
		s := scope.New(t.Context(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: -1}))
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
