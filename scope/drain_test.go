package scope_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestDrainingComesBeforeTheEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		parent := scope.New(t.Context(), "parent")
		mustGo(t, parent.Child("slow"), func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(2 * time.Second)
			return nil
		})
		var drained, ended, nested time.Duration
		mustGo(t, parent, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			drained = time.Since(start)
			<-ctx.Done()
			ended = time.Since(start)
			return nil
		})
		mustGo(t, parent, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, _ *scope.Scope) error {
				<-scope.Draining(ctx)
				nested = time.Since(start)
				return nil
			})
		})
		time.Sleep(time.Second)
		mustClose(t, parent)
		if drained != time.Second || nested != time.Second || ended != 3*time.Second {
			t.Errorf("drained after %v, in a nested scope after %v, ended after %v, want 1s, 1s, 3s", drained, nested, ended)
		}
		select {
		case <-scope.Draining(parent.Context()):
		default:
			t.Error("Draining() of a closed scope is open, want closed")
		}
	})
}

func TestDrainingOutsideEveryScopeIsNil(t *testing.T) {
	if ch := scope.Draining(context.Background()); ch != nil {
		t.Errorf("Draining() = %v, want nil", ch)
	}
}

func TestEscalateReachesTheNextSinkUp(t *testing.T) {
	var told []string
	sink := func(name string, keep bool) scope.Option {
		return scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
			told = append(told, name+" "+e.Err.Error())
			if !keep {
				scope.Escalate(ctx, e)
			}
		}))
	}
	top := scope.New(t.Context(), "top", sink("top", true))
	low := top.Child("mid", sink("mid", false)).Child("low", sink("low", false))
	mustGo(t, low, func(context.Context) error { return errBoom })
	mustClose(t, top)
	if want := []string{"low boom", "mid boom", "top boom"}; len(told) != 3 || told[0] != want[0] || told[1] != want[1] || told[2] != want[2] {
		t.Errorf("told %q, want %q", told, want)
	}
}
