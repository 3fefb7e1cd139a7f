package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestServiceOfANestedScopeHasItsTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(context.Background(), "top", quiet)
		mustGo(t, top, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				mustGo(t, s, func(ctx context.Context) error {
					<-ctx.Done()
					d.note("the service is told to end")
					time.Sleep(time.Minute) // for which a nested scope waits
					d.note("the service ends")
					return nil
				}, scope.Service())
				if p := s.Plan(); p.AtMost >= 0 {
					t.Errorf("Plan().AtMost = %v, want no limit", p.AtMost)
				}
				if err := s.Shutdown(ctx); !errors.Is(err, scope.ErrSelfWait) {
					t.Errorf("Shutdown() = %v, want %v", err, scope.ErrSelfWait)
				}
				return nil
			})
		})
		mustWait(t, top)
		d.want(t, "0s the service is told to end", "1m0s the service ends")
		mustClose(t, top)
	})
}

func TestCloseEndsTheDrainOfServicesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); d.note("the service is told to end"); return nil }, scope.Service())
		go func() { _ = s.Shutdown(context.Background()) }()
		time.Sleep(sec)
		mustClose(t, s)
		d.want(t, "1s the service is told to end")
	})
}

func TestCloseEndsTheDrainOfWhatAServiceOpensLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, failAfter(3*sec, nil))
		mustGo(t, s, func(ctx context.Context) error {
			time.Sleep(2 * sec)
			mustGo(t, scope.New(ctx, "child"), func(ctx context.Context) error { <-ctx.Done(); d.note("child is told to end"); return nil })
			return untilEnd(ctx)
		}, scope.Service())
		go func() { _ = s.Shutdown(context.Background()) }()
		time.Sleep(sec)
		mustClose(t, s)
		d.want(t, "3s child is told to end")
	})
}
