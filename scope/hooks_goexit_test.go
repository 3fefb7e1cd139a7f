package scope_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/scope"
)

func TestHookThatGoexitsStillEndsTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &scope.Hooks{TaskEnded: func(context.Context, *scope.TaskInfo, scope.TaskEnd) { runtime.Goexit() }}
		s := scope.New(context.Background(), "s", scope.WithHooks(h))
		mustGo(t, s, func(context.Context) error { return nil })
		if v, err := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 7, nil }).Wait(t.Context()); v != 7 || err != nil {
			t.Errorf("Wait() = %v, %v, want 7, nil", v, err)
		}
		mustGo(t, s, succeed, scope.EndsScope())
		synctest.Wait()
		if state := s.State(); state != scope.StateClosed {
			t.Errorf("after the end of the task that ends it the scope is %v, want closed", state)
		}
	})
}

func TestHookThatGoexitsLosesNoError(t *testing.T) {
	tests := map[string]*scope.Hooks{
		"TaskEnded":     {TaskEnded: func(context.Context, *scope.TaskInfo, scope.TaskEnd) { runtime.Goexit() }},
		"ErrorReported": {ErrorReported: func(context.Context, *scope.Scope, *scope.TaskError) { runtime.Goexit() }},
	}
	for name, h := range tests {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithSink(sink))
			mustGo(t, s, fail)
			mustWait(t, s)
			mustClose(t, s)
			if got := sink.all(); len(got) != 1 || !errors.Is(got[0], errBoom) {
				t.Errorf("%s: the sink was told %v, want %v once", name, got, errBoom)
			}
		})
	}
}
