package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestCallbackThatHangsIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		d := newDiary()
		h := &scope.Hooks{ScopeWaits: func(_ context.Context, _ *scope.Scope, w scope.Waiting) { d.note("%v", w) }}
		s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{Drain: 1500 * time.Millisecond}))
		mustGo(t, s, finishing(newDiary(), "", 500*time.Millisecond), scope.OnDrain(func(context.Context) error { <-stop; return nil }))
		err := s.Shutdown(context.Background())
		if stuck, ok := errors.AsType[*scope.StuckError](err); !ok || stuck.Calls != 1 || stuck.Error() != "scope /s: stuck: 1 callback" {
			t.Errorf("Shutdown() = %v, want one callback stuck", err)
		}
		d.want(t, "1s waiting for 1 callback, for 1s")
		close(stop)
	})
}

func TestReleaseWithoutLimitIsBoundByTheTimeForTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Release: -1}))
		s.Defer("hangs", func(ctx context.Context) error { d.ended(ctx, "its context"); <-stop; return nil })
		err := s.Shutdown(within(t, time.Second))
		if stuck, ok := errors.AsType[*scope.StuckError](err); !ok || stuck.Release != "hangs" || stuck.Error() != `scope /s: stuck: the release "hangs" running for 1.2s` {
			t.Errorf("Shutdown() = %v, want the release stuck", err)
		}
		d.note("closed")
		d.want(t, "1.1s its context ends", "1.2s closed")
		close(stop)
	})
}
