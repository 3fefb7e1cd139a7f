package scope_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestGoTakesValuesFromTheCallAndLifeFromTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type other struct{}
		d := newDiary()
		s := scope.New(context.WithValue(t.Context(), other{}, "scope's"), "s")
		request, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "request's"), time.Second)
		defer cancel()
		task := func(ctx context.Context) error {
			d.note("starts with %v and %v", ctx.Value(key{}), ctx.Value(other{}))
			<-ctx.Done()
			d.note("ends with %v and %v: %v", ctx.Value(key{}), ctx.Value(other{}), ctx.Err())
			return ctx.Err()
		}
		starts := []func(){
			func() { _ = s.Go(request, task) },
			func() { s.TryGo(request, task) },
			func() {
				scope.Go(request, s, func(ctx context.Context) (int, error) { return 0, task(ctx) })
			},
		}
		for _, start := range starts {
			start()
		}
		time.Sleep(5 * time.Second)
		mustClose(t, s)
		const starting, ending = "0s starts with request's and scope's", "5s ends with request's and scope's: context canceled"
		d.want(t, starting, starting, starting, ending, ending, ending)
	})
}

func TestValuesOfTheCallGoDownAChainOfTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		var last any
		_ = s.Go(context.WithValue(t.Context(), key{}, "request's"), func(ctx context.Context) error {
			return s.Child("child").Go(ctx, func(ctx context.Context) error {
				return s.Go(ctx, func(ctx context.Context) error {
					last = ctx.Value(key{})
					return nil
				})
			})
		})
		synctest.Wait()
		mustClose(t, s)
		if last != "request's" {
			t.Errorf("the last task sees %v, want request's", last)
		}
	})
}

// A countingCtx counts how often it is asked for a value.
type countingCtx struct {
	context.Context
	n atomic.Int32
}

func (c *countingCtx) Value(k any) any {
	if _, ok := k.(key); ok {
		c.n.Add(1)
	}
	return c.Context.Value(k)
}

func TestLongChainOfTasksPilesUpNoContexts(t *testing.T) {
	type missing = key
	for _, length := range []int{10, 1000} {
		synctest.Test(t, func(t *testing.T) {
			type other struct{}
			base := &countingCtx{Context: t.Context()}
			s := scope.New(base, "s")
			var next func(n int) func(context.Context) error
			next = func(n int) func(context.Context) error {
				return func(ctx context.Context) error {
					if n > 0 {
						return s.Go(ctx, next(n-1)) // as a job does that starts its successor
					}
					base.n.Store(0)
					if v := ctx.Value(missing{}); v != nil {
						t.Errorf("Value() = %v, want nil", v)
					}
					if ctx.Value(other{}) != "request's" {
						t.Errorf("Value() = %v, want request's", ctx.Value(other{}))
					}
					return nil
				}
			}
			_ = s.Go(context.WithValue(t.Context(), other{}, "request's"), next(length))
			mustWait(t, s)
			mustClose(t, s)
			if n := base.n.Load(); n > 4 {
				t.Errorf("after %d tasks a value is looked up %d times, want a few", length, n)
			}
		})
	}
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
