package scope_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestNestedScopeEndsWithItsTaskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top")
		plant(t, d, top.Child("child"))
		mustGo(t, top, func(ctx context.Context) error {
			err := scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				plant(t, d, s)
				return untilEnd(ctx)
			})
			d.note("nested Run returns")
			return err
		})
		time.Sleep(10 * time.Second)
		mustClose(t, top)
		d.note("closed")
		d.want(t,
			"10s child context ends",
			"12s child task ends",
			"13s child released",
			"13s nested context ends", // in the instant in which that of its task does
			"15s nested task ends",
			"16s nested released",
			"16s nested Run returns",
			"16s closed",
		)
	})
}

func TestNestedScopeEndsWithTheContextItWasGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top")
		mustGo(t, top, func(ctx context.Context) error {
			short, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			err := scope.Run(short, "nested", func(ctx context.Context, _ *scope.Scope) error {
				<-ctx.Done()
				d.note("nested context ends: %v", ctx.Err())
				return nil
			})
			d.note("Run() = %v", err)
			<-ctx.Done()
			d.note("task context ends: %v", ctx.Err())
			return nil
		})
		time.Sleep(10 * time.Second)
		mustClose(t, top)
		d.want(t,
			"5s nested context ends: context deadline exceeded",
			"5s Run() = context deadline exceeded",
			"10s task context ends: context canceled",
		)
	})
}

func TestAttachedChildOfANestedScopeClosesBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		noLimit := scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1, Release: -1})
		over := scope.New(t.Context(), "over", noLimit)
		mustGo(t, over, func(ctx context.Context) error {
			return scope.Run(ctx, "top", func(ctx context.Context, s *scope.Scope) error {
				plantThree(t, d, s)
				return untilEnd(ctx)
			})
		})
		time.Sleep(10 * time.Second)
		mustClose(t, over)
		d.want(t, innermostFirst...)
	})
}
