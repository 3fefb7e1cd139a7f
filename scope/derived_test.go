package scope_test

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestSpawnAndDoEndWithTheScopeWhateverTheirContext(t *testing.T) {
	contexts := map[string]func(ctx context.Context) (context.Context, context.CancelFunc){
		"itself": func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
		"WithValue": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithValue(ctx, key{}, 1), func() {}
		},
		"WithTimeout": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Hour)
		},
		"WithoutCancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithoutCancel(ctx), func() {}
		},
		"WithTimeout of WithoutCancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
		},
	}
	for name, make := range contexts {
		for _, from := range []string{"outside", "task", "task with values", "body"} {
			t.Run(name+" from "+from, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDiary()
					note := func(what string) func(context.Context) error {
						return func(ctx context.Context) error {
							<-ctx.Done()
							d.note("%s ends: %v", what, withoutSite(context.Cause(ctx)))
							return ctx.Err()
						}
					}
					start := func(ctx context.Context, s *scope.Scope) error {
						ctx, cancel := make(ctx)
						defer cancel()
						if err := scope.Spawn(ctx, note("Spawn")); err != nil {
							t.Errorf("Spawn() = %v, want nil", err)
						}
						return s.Do(ctx, func(ctx context.Context) error {
							time.Sleep(2 * time.Second)
							return note("Do")(ctx)
						})
					}
					end := func(s *scope.Scope) { time.AfterFunc(time.Second, func() { s.Cancel(errBoom) }) }
					switch from {
					case "outside":
						s := scope.New(t.Context(), "s")
						end(s)
						_ = start(s.Context(), s)
						mustClose(t, s)
					case "task", "task with values":
						s := scope.New(t.Context(), "s")
						end(s)
						ctx := t.Context()
						if from != "task" {
							ctx = context.WithValue(ctx, key{}, 1)
						}
						_ = s.Go(ctx, func(ctx context.Context) error { return start(ctx, s) })
						mustWait(t, s)
						mustClose(t, s)
					case "body":
						_ = scope.Run(t.Context(), "s", func(ctx context.Context, s *scope.Scope) error {
							end(s)
							return start(ctx, s)
						})
					}
					d.want(t,
						"1s Spawn ends: scope /s cancelled by Cancel: boom",
						"2s Do ends: scope /s cancelled by Cancel: boom",
					)
				})
			})
		}
	}
}

func TestTaskHoldsItsSlotWhateverItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		check := func(s *scope.Scope) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				if err := s.Go(ctx, untilEnd); !errors.Is(err, scope.ErrLimitDeadlock) {
					t.Errorf("Go() = %v, want %v", err, scope.ErrLimitDeadlock)
				}
				return nil
			}
		}
		_ = scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			timed, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			for _, ctx := range []context.Context{
				ctx, s.Context(), timed,
				context.WithValue(ctx, key{}, 1),
				context.WithValue(s.Context(), key{}, 1),
				context.WithoutCancel(ctx),
			} {
				_ = s.Do(ctx, check(s))
				_ = scope.Spawn(ctx, check(s))
				mustWait(t, s)
			}
			return nil
		}, scope.WithLimit(1))
	})
}

func TestSpawnedTasksSpawnOthersThatOutliveThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		for name, ctx := range map[string]context.Context{
			"plain":       s.Context(),
			"with values": context.WithValue(s.Context(), key{}, 1),
		} {
			d := newDiary()
			_ = scope.Spawn(ctx, func(ctx context.Context) error {
				return scope.Spawn(ctx, func(ctx context.Context) error {
					time.Sleep(time.Second)
					d.note("%s: %v", name, ctx.Err())
					return nil
				})
			})
			mustWait(t, s)
			d.want(t, "1s "+name+": <nil>")
		}
		mustClose(t, s)
		d.want(t)
	})
}

func TestSpawnDerivesFromItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		note := func(name string) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				<-ctx.Done()
				d.note("%s with %v: %v, %v", name, ctx.Value(key{}), ctx.Err(), withoutSite(context.Cause(ctx)))
				return ctx.Err()
			}
		}
		mustGo(t, s, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeoutCause(context.WithValue(ctx, key{}, 1), time.Second, errBoom)
			defer cancel()
			if err := scope.Spawn(ctx, note("short")); err != nil {
				t.Errorf("Spawn() = %v, want nil", err)
			}
			time.Sleep(2 * time.Second)
			return nil
		})
		_ = scope.Spawn(context.WithValue(s.Context(), key{}, 2), note("long"))
		_ = s.Do(t.Context(), func(context.Context) error { return nil })
		time.Sleep(5 * time.Second)
		s.Cancel(errCrash)
		mustClose(t, s)
		d.want(t,
			"1s short with 1: context deadline exceeded, boom",
			"5s long with 2: context canceled, scope /s cancelled by Cancel: crash",
		)
	})
}

func TestSpawnOutsideEveryScopeIsRefused(t *testing.T) {
	err := scope.Spawn(t.Context(), func(context.Context) error {
		t.Error("a refused function ran")
		return nil
	})
	if !errors.Is(err, scope.ErrNoScope) {
		t.Errorf("Spawn() = %v, want %v", err, scope.ErrNoScope)
	}
}

func TestDoRunsOnTheCallingGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Second)
		defer cancel()
		err := s.Do(ctx, func(ctx context.Context) error {
			if !strings.Contains(string(debug.Stack()), "TestDoRunsOnTheCallingGoroutine") {
				t.Error("the function runs on another goroutine")
			}
			<-ctx.Done() // with that of the call
			d.note("Do with %v: %v", ctx.Value(key{}), ctx.Err())
			return ctx.Err()
		})
		d.note("Do() = %v", err)
		time.AfterFunc(time.Second, func() { s.Cancel(nil) })
		err = s.Do(t.Context(), func(ctx context.Context) error {
			<-ctx.Done() // with the scope
			time.Sleep(time.Second)
			return errBoom
		})
		d.note("Do() = %v", err)
		mustClose(t, s)
		d.want(t,
			"1s Do with value: context deadline exceeded",
			"1s Do() = context deadline exceeded",
			"3s Do() = boom",
		)
	})
}

func TestDoIsCountedAsATask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		go s.Do(t.Context(), failAfter(time.Second, nil)) //nolint:errcheck // nil
		synctest.Wait()
		mustWait(t, s)
		d.note("idle")
		go s.Do(t.Context(), failAfter(time.Second, nil)) //nolint:errcheck // nil
		synctest.Wait()
		mustClose(t, s)
		d.note("closed")
		d.want(t, "1s idle", "2s closed")
	})
}
