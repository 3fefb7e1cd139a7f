package scope_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

func TestNilContextIsNamedBeforeAnythingHappens(t *testing.T) {
	s := scope.New(t.Context(), "s")
	var none context.Context
	fn := func(context.Context) error { return nil }
	for name, call := range map[string]func(){
		"New":       func() { scope.New(none, "n") },
		"Current":   func() { scope.Current(none) },
		"Wait":      func() { _ = s.Wait(none) },
		"Shutdown":  func() { _ = s.Shutdown(none) },
		"Draining":  func() { scope.Draining(none) },
		"Grace":     func() { scope.Grace(none, 0) },
		"Remaining": func() { scope.Remaining(none) },
		"Run":       func() { _ = scope.Run(none, "n", func(context.Context, *scope.Scope) error { return nil }) },
		"Go":        func() { _ = s.Go(none, fn) },
		"TryGo":     func() { s.TryGo(none, fn) },
		"Do":        func() { _ = s.Do(none, fn) },
		"Spawn":     func() { _ = scope.Spawn(none, fn) },
	} {
		if got, want := panicOf(call), "scope: "+name+": ctx is nil"; got != want {
			t.Errorf("%s: panic %v, want %q", name, got, want)
		}
	}
	mustClose(t, s)
}

func TestNilScopeIsNamed(t *testing.T) {
	var s *scope.Scope
	for name, call := range map[string]func(){
		"Child":    func() { s.Child("c") },
		"Context":  func() { s.Context() },
		"Wait":     func() { _ = s.Wait(t.Context()) },
		"Cancel":   func() { s.Cancel(nil) },
		"Close":    func() { _ = s.Close() },
		"Shutdown": func() { _ = s.Shutdown(t.Context()) },
		"Defer":    func() { s.Defer("r", func(context.Context) error { return nil }) },
	} {
		if got, want := panicOf(call), "scope: "+name+": s is nil"; got != want {
			t.Errorf("%s: panic %v, want %q", name, got, want)
		}
	}
}

type brokenHandler struct{ slog.Handler }

func (brokenHandler) Handle(context.Context, slog.Record) error { panic("broken log") }

func TestBrokenLogStopsNothing(t *testing.T) {
	old := slog.Default()
	slog.SetDefault(slog.New(brokenHandler{old.Handler()}))
	defer slog.SetDefault(old)
	s := scope.New(t.Context(), "s")
	mustGo(t, s, func(context.Context) error { return errBoom })
	mustClose(t, s)
}
