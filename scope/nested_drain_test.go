package scope_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// The end of a task's context ends what is attached in the task at once, though
// it was a Shutdown that led to it.
func TestScopesInATaskDoNotDrainOnceItsContextHasEnded(t *testing.T) {
	begins := map[string]func(s *scope.Scope){
		"with the task": func(*scope.Scope) {},
		"before":        func(s *scope.Scope) { _ = s.Shutdown(s.Context()) },
	}
	for name, begin := range begins {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				top := scope.New(context.Background(), "top", scope.WithTimeouts(scope.Timeouts{Drain: sec, Cancel: sec}))
				mustGo(t, top, func(ctx context.Context) error {
					return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
						child := s.Child("child", scope.WithTimeouts(scope.DefaultTimeouts()))
						d.noteEnd(child.Context(), "child context ends")
						mustGo(t, child, untilEnd)
						go begin(s)
						<-s.Context().Done()
						return nil
					})
				})
				synctest.Wait()
				if err := top.Shutdown(context.Background()); err != nil {
					t.Errorf("Shutdown() = %v, want nil", err)
				}
				synctest.Wait()
				d.want(t, "1s child context ends")
				time.Sleep(time.Hour)
			})
		})
	}
}

func TestEndOfAContextEndsTheDrainOfAScopeInATask(t *testing.T) {
	// Each opens the scope that drains in a task of s, or in its body.
	opens := map[string]func(ctx context.Context, s *scope.Scope, open func(ctx context.Context)){
		"body": func(ctx context.Context, _ *scope.Scope, open func(ctx context.Context)) { open(ctx) },
		"service": func(_ context.Context, s *scope.Scope, open func(ctx context.Context)) {
			mustGo(t, s, func(ctx context.Context) error { open(ctx); return untilEnd(ctx) }, scope.Service())
			synctest.Wait()
		},
	}
	for name, open := range opens {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				top := scope.New(context.Background(), "top", quiet)
				mustGo(t, top, func(ctx context.Context) error {
					short, cancel := context.WithTimeout(ctx, sec)
					defer cancel()
					return scope.Run(short, "nested", func(ctx context.Context, s *scope.Scope) error {
						open(ctx, s, func(ctx context.Context) {
							child := scope.New(ctx, "child")
							d.noteEnd(child.Context(), "child context ends")
							mustGo(t, child, untilEnd)
						})
						_ = s.Shutdown(ctx) // begins
						return nil
					})
				})
				mustWait(t, top)
				synctest.Wait()
				d.want(t, "1s child context ends")
				mustClose(t, top)
			})
		})
	}
}
