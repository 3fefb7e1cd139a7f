package scope_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// wantPanics checks what each call panics with, by the name of what is called.
func wantPanics(t *testing.T, want string, calls map[string]func()) {
	t.Helper()
	for name, call := range calls {
		if got, want := panicOf(call), "scope: "+name+": "+want; got != want {
			t.Errorf("%s: panic %v, want %q", name, got, want)
		}
	}
}

func noop(context.Context) error { return nil }

func TestNilContextIsNamedBeforeAnythingHappens(t *testing.T) {
	s := scope.New(t.Context(), "s")
	task := scope.Go(t.Context(), s, ends(0, 0, nil))
	var none context.Context
	wantPanics(t, "ctx is nil", map[string]func(){
		"New":       func() { scope.New(none, "n") },
		"Current":   func() { scope.Current(none) },
		"Run":       func() { _ = scope.Run(none, "n", func(context.Context, *scope.Scope) error { return nil }) },
		"Go":        func() { _ = s.Go(none, noop) },
		"TryGo":     func() { s.TryGo(none, noop) },
		"Do":        func() { _ = s.Do(none, noop) },
		"Spawn":     func() { _ = scope.Spawn(none, noop) },
		"Wait":      func() { _, _ = task.Wait(none) },
		"Shutdown":  func() { _ = s.Shutdown(none) },
		"Draining":  func() { scope.Draining(none) },
		"Grace":     func() { scope.Grace(none, 0) },
		"Remaining": func() { scope.Remaining(none) },
	})
	if v := panicOf(func() { scope.Go(none, s, ends(0, 0, nil)) }); v != "scope: Go: ctx is nil" {
		t.Errorf("typed Go: panic %v", v)
	}
	if v := panicOf(func() { _ = s.Wait(none) }); v != "scope: Wait: ctx is nil" {
		t.Errorf("Wait of a scope: panic %v", v)
	}
	mustClose(t, s)
}

func TestNilScopeIsNamedBeforeAnythingHappens(t *testing.T) {
	var s *scope.Scope
	ctx := t.Context()
	wantPanics(t, "s is nil", map[string]func(){
		"Go":       func() { _ = s.Go(ctx, noop) },
		"TryGo":    func() { s.TryGo(ctx, noop) },
		"Do":       func() { _ = s.Do(ctx, noop) },
		"Wait":     func() { _ = s.Wait(ctx) },
		"Shutdown": func() { _ = s.Shutdown(ctx) },
		"Close":    func() { _ = s.Close() },
		"Cancel":   func() { s.Cancel(nil) },
		"Child":    func() { s.Child("child") },
		"Context":  func() { s.Context() },
		"Defer":    func() { s.Defer("release", noop) },
	})
	if v := panicOf(func() { scope.Go(ctx, s, ends(0, 0, nil)) }); v != "scope: Go: s is nil" {
		t.Errorf("typed Go: panic %v", v)
	}
}

func TestDiscardWithoutAValueIsNamedBeforeAnythingHappens(t *testing.T) {
	s := scope.New(t.Context(), "s")
	opt := scope.Discard(func(int) {})
	wantPanics(t, "Discard takes func(int), the task has no value", map[string]func(){
		"Go":    func() { _ = s.Go(t.Context(), noop, opt) },
		"TryGo": func() { s.TryGo(t.Context(), noop, opt) },
		"Do":    func() { _ = s.Do(t.Context(), noop, opt) },
		"Spawn": func() { _ = scope.Spawn(s.Context(), noop, opt) },
	})
	if v := panicOf(func() { scope.Go(t.Context(), s, ends(0, "", nil), opt) }); v != "scope: Go: Discard takes func(int), the task returns string" {
		t.Errorf("typed Go: panic %v", v)
	}
	mustClose(t, s)
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
