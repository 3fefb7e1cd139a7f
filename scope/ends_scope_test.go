package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestScopeEndsWithItsMainTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				d.note("%v", context.Cause(ctx))
				return ctx.Err()
			})
			mustGo(t, s, func(context.Context) error { time.Sleep(time.Second); return nil }, scope.EndsScope(), scope.Named("main"))
			return nil
		})
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		d.want(t, "1s scope /s cancelled by task main")
	})
}

func TestFailureOfTheMainTaskIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		err := scope.Run(context.Background(), "s", func(_ context.Context, s *scope.Scope) error {
			mustGo(t, s, untilEnd)
			mustGo(t, s, failAfter(time.Second, errBoom), scope.EndsScope())
			return nil
		}, scope.WithSink(sink))
		if !errors.Is(err, errBoom) {
			t.Errorf("Run() = %v, want boom", err)
		}
		sink.want(t)

		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		if _, err := scope.Go(context.Background(), s, ends(time.Second, 7, nil), scope.EndsScope()).Wait(context.Background()); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		if s.State() == scope.StateOpen {
			t.Error("the scope is open, want it closing")
		}
		mustClose(t, s)
		if err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			return s.Do(ctx, func(context.Context) error { return nil }, scope.EndsScope())
		}); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		sink.want(t)
	})
}
