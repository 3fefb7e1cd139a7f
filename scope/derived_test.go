package scope_test

import (
	"context"
	"errors"
	"runtime"
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

func TestValuesOfTheCallIncludeThoseOfItsScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type requests struct{}
		s := scope.New(t.Context(), "s")
		other := scope.New(context.WithValue(t.Context(), key{}, "other's"), "other")
		ctx := context.WithValue(t.Context(), requests{}, "request's")
		n := 0
		_ = other.Child("child").Go(ctx, func(ctx context.Context) error {
			return s.Go(ctx, func(ctx context.Context) error {
				return s.Child("child").Go(ctx, func(ctx context.Context) error {
					if a, b := ctx.Value(requests{}), ctx.Value(key{}); a != "request's" || b != "other's" {
						t.Errorf("values %v and %v, want request's and other's", a, b)
					}
					n++
					return nil
				})
			})
		})
		synctest.Wait()
		mustClose(t, s)
		mustClose(t, other)
		if n != 1 {
			t.Errorf("%d tasks ran to the end, want 1", n)
		}
	})
}

func TestTasksThatStartEachOtherInTwoScopesPileUpNoContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type requests struct{}
		base := &countingCtx{Context: t.Context()}
		a := scope.New(base, "a")
		b := scope.New(context.WithValue(base, requests{}, "b's"), "b")
		var next func(n int) func(context.Context) error
		next = func(n int) func(context.Context) error {
			return func(ctx context.Context) error {
				if n > 0 {
					return []*scope.Scope{a, b}[n%2].Go(ctx, next(n-1))
				}
				base.n.Store(0)
				_ = ctx.Value(key{})
				return nil
			}
		}
		_ = a.Go(context.WithValue(t.Context(), requests{}, "request's"), next(1000))
		synctest.Wait()
		mustClose(t, a)
		mustClose(t, b)
		if n := base.n.Load(); n > 6 {
			t.Errorf("after 1000 tasks a value is looked up %d times, want a few", n)
		}
	})
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
