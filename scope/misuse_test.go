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
		"New":   func() { scope.New(none, "n") },
		"Run":   func() { _ = scope.Run(none, "n", func(context.Context, *scope.Scope) error { return nil }) },
		"Go":    func() { _ = s.Go(none, fn) },
		"TryGo": func() { s.TryGo(none, fn) },
		"Do":    func() { _ = s.Do(none, fn) },
		"Spawn": func() { _ = scope.Spawn(none, fn) },
	} {
		if got, want := panicOf(call), "scope: "+name+": ctx is nil"; got != want {
			t.Errorf("%s: panic %v, want %q", name, got, want)
		}
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
