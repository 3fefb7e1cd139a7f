package scope_test

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

func TestHookIsToldOfTheEndOfEachTaskThatBeganWhateverOthersDo(t *testing.T) {
	starts := map[string]func(s *scope.Scope){
		"Go": func(s *scope.Scope) { mustGo(t, s, succeed) },
		"handle": func(s *scope.Scope) {
			_, _ = scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, nil }).Wait(context.Background())
		},
		"Do": func(s *scope.Scope) { go func() { _ = s.Do(context.Background(), succeed) }() },
	}
	for name, start := range starts {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			note := func(who string) *scope.Hooks {
				h := d.noting(who)
				return &scope.Hooks{TaskStarted: h.TaskStarted, TaskEnded: h.TaskEnded}
			}
			leaves := &scope.Hooks{TaskStarted: func(context.Context, *scope.TaskInfo) context.Context { runtime.Goexit(); return nil }}
			s := scope.New(context.Background(), "s", quiet, scope.WithHooks(note("outer")), scope.WithHooks(leaves), scope.WithHooks(note("inner")))
			start(s)
			synctest.Wait()
			if st := s.Statistics(); st.Running != 0 || st.Panicked != 1 {
				t.Errorf("%s: Statistics() = %+v, want one that has left", name, st)
			}
			if len(d.lines) != 2 || !strings.HasPrefix(d.lines[1], "0s outer: task  panicked") {
				t.Errorf("%s: the hooks noted %q, want that the outer one was told of start and end", name, d.lines)
			}
			mustClose(t, s)
		})
	}
}

func TestHookThatGoexitsIsToldTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		h := &scope.Hooks{ScopeMoved: func(_ context.Context, _ *scope.Scope, step scope.Step) {
			d.note("%v", step.State)
			runtime.Goexit()
		}}
		s := scope.New(context.Background(), "s", scope.WithHooks(h))
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); return nil })
		s.Defer("r", succeed)
		if err := s.Close(); !errors.Is(err, scope.ErrGoexit) { // of the hook that was told of the close
			t.Errorf("Close() = %v, want %v", err, scope.ErrGoexit)
		}
		d.wantSorted(t, "0s draining", "0s cancelling", "1s releasing", "1s closed")
	})
}

func TestScopeThatAHookKeepsFromItsOpenerIsClosed(t *testing.T) {
	hooks := scope.WithHooks(&scope.Hooks{ScopeOpened: func(_ context.Context, s *scope.Scope) {
		if s.Name() == "s" {
			runtime.Goexit()
		}
	}})
	body := func(context.Context, *scope.Scope) error { t.Error("the body runs"); return nil }
	opens := map[string]func(ctx context.Context){
		"New": func(ctx context.Context) { scope.New(ctx, "s") },
		"Run": func(ctx context.Context) { _ = scope.Run(ctx, "s", body) },
		"Main": func(context.Context) {
			scope.Main("s", body, hooks, quiet, scope.WithSignals(make(chan os.Signal)), scope.WithReport(io.Discard))
		},
	}
	for name, open := range opens {
		synctest.Test(t, func(t *testing.T) {
			top := scope.New(context.Background(), "top", hooks, quiet)
			go open(top.Context())
			mustGo(t, top, func(ctx context.Context) error { open(ctx); return nil })
			synctest.Wait()
			if kids := top.Children(); len(kids) > 0 || len(scope.Roots()) > 1 {
				t.Errorf("%s: %v and %d roots are open, want none but the top", name, kids, len(scope.Roots()))
			}
			mustClose(t, top)
		})
	}
}
