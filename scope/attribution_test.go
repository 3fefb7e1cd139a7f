package scope_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/scope"
)

func theirs(context.Context) error { return errBoom }

func TestFailureNamesTheAttemptAndTheFunctionItWasTold(t *testing.T) {
	wrapped := func(ctx context.Context) error { return theirs(ctx) }
	opts := []scope.TaskOption{scope.Attempt(3), scope.SiteOf(theirs)}
	for name, start := range map[string]func(s *scope.Scope){
		"Go":    func(s *scope.Scope) { _ = s.Go(context.Background(), wrapped, opts...) },
		"TryGo": func(s *scope.Scope) { s.TryGo(context.Background(), wrapped, opts...) },
		"Spawn": func(s *scope.Scope) { _ = scope.Spawn(s.Context(), wrapped, opts...) },
		"Do":    func(s *scope.Scope) { _ = s.Do(context.Background(), wrapped, opts...) },
		"typed Go": func(s *scope.Scope) {
			scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, wrapped(ctx) }, opts...)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			hooks := &scope.Hooks{TaskStarted: func(ctx context.Context, i *scope.TaskInfo) context.Context {
				if i.Attempt != 3 || !strings.Contains(i.Site, "theirs") {
					t.Errorf("%s: started %+v, want attempt 3 at theirs", name, i)
				}
				return ctx
			}}
			s := scope.New(t.Context(), "s", scope.WithSink(sink), scope.FailFast(), scope.WithHooks(hooks))
			start(s)
			e, _ := s.Wait(t.Context()).(*scope.TaskError) //nolint:errorlint // as it is
			if e == nil || e.Attempt != 3 || !strings.Contains(e.Site, "theirs") || !strings.Contains(e.Site, "attribution_test.go:") {
				t.Errorf("%s: failure %+v, want attempt 3 at theirs", name, e)
			}
			_ = s.Close()
		})
	}
}

func TestAttributionThatMakesNoSensePanics(t *testing.T) {
	var none func()
	for want, call := range map[string]func(){
		"scope: Attempt: n is 0, want at least 1":             func() { scope.Attempt(0) },
		"scope: SiteOf: fn is int(7), want a function":        func() { scope.SiteOf(7) },
		"scope: SiteOf: fn is <nil>(<nil>), want a function":  func() { scope.SiteOf(nil) },
		"scope: SiteOf: fn is func()(<nil>), want a function": func() { scope.SiteOf(none) },
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}
