package scope_test

import (
	"context"
	"errors"
	"runtime"
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

func TestTaskThatTellsItselfOfAGoexitHasFailedAndIsNotToldToTheSink(t *testing.T) {
	exits := func(context.Context) error { runtime.Goexit(); return nil }
	crash := func(context.Context) error { panic("oh") }
	for name, tt := range map[string]struct {
		fn     func(context.Context) error
		opts   []scope.TaskOption
		policy scope.Option
		wait   error
		sunk   []string
	}{
		"alone":              {exits, []scope.TaskOption{scope.TellsExit()}, scope.Continue(), nil, nil},
		"with other options": {exits, []scope.TaskOption{scope.Named("n"), scope.TellsExit()}, scope.Continue(), nil, nil},
		"with sites":         {exits, []scope.TaskOption{scope.TellsExit()}, scope.WithSites(), nil, nil},
		"fail fast":          {exits, []scope.TaskOption{scope.TellsExit()}, scope.FailFast(), scope.ErrGoexit, nil},
		"an error":           {theirs, []scope.TaskOption{scope.TellsExit()}, scope.Continue(), nil, []string{"/s: boom"}},
		"a panic":            {crash, []scope.TaskOption{scope.TellsExit()}, scope.Continue(), nil, []string{"/s: panic: oh"}},
		"without":            {exits, nil, scope.Continue(), nil, []string{"/s: scope: left by runtime.Goexit"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			s := scope.New(t.Context(), "s", tt.policy, scope.WithSink(sink))
			mustGo(t, s, tt.fn, tt.opts...)
			if err := s.Wait(t.Context()); !errors.Is(err, tt.wait) {
				t.Errorf("%s: Wait() = %v, want %v", name, err, tt.wait)
			}
			sink.want(t, tt.sunk...)
			if st := s.Statistics(); st.Failed != 1 || st.Ledger.Produced != 1 || st.Ledger.Pending() != 0 {
				t.Errorf("%s: statistics %+v, want one failure that is told", name, st)
			}
			mustClose(t, s)
		})
	}
}

func TestTellsExitIsNotSharedWithTasksThatHaveMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithSites())
		mustGo(t, s, untilEnd, scope.TellsExit())
		other := scope.New(t.Context(), "other")
		mustGo(t, other, untilEnd, scope.TellsExit())
		for _, tt := range []struct {
			s    *scope.Scope
			want string
		}{{s, "main_test.go:"}, {other, ""}} {
			if got := tt.s.Snapshot().Tasks[0].Caller; (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s: caller %q, want %q", tt.s.Path(), got, tt.want)
			}
			mustClose(t, tt.s)
		}
	})
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
