package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestCurrentIsTheInnermostScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if s := scope.Current(t.Context()); s != nil {
			t.Errorf("Current() = %v outside every scope, want nil", s)
		}
		s := scope.New(t.Context(), "s")
		child := scope.New(s.Context(), "child")
		is := func(where string, ctx context.Context, want *scope.Scope) {
			if got := scope.Current(ctx); got != want {
				t.Errorf("%s: Current() = %v, want %v", where, got, want)
			}
		}
		is("Context", s.Context(), s)
		is("derived", context.WithValue(child.Context(), key{}, 1), child)
		_ = child.Do(s.Context(), func(ctx context.Context) error { is("Do", ctx, child); return nil })
		_ = child.Go(s.Context(), func(ctx context.Context) error { is("Go", ctx, child); return nil })
		_ = scope.Spawn(child.Context(), func(ctx context.Context) error { is("Spawn", ctx, child); return nil })
		_ = scope.Run(child.Context(), "run", func(ctx context.Context, r *scope.Scope) error {
			is("Run", ctx, r)
			if r.Parent() != child {
				t.Errorf("Parent() = %v, want %v", r.Parent(), child)
			}
			return nil
		})
		mustClose(t, s)
		is("closed", s.Context(), s)
	})
}

func TestClosingAgainWaitsForTheSameEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		s.Defer("resource", func(context.Context) error { time.Sleep(5 * time.Second); return errCrash })
		told := make(chan error, 3)
		for range 3 {
			go func() {
				err := s.Close()
				d.note("closed")
				told <- err
			}()
		}
		time.Sleep(time.Second)
		s.Cancel(errBoom)
		n := 0
		for range 3 {
			if err := <-told; errors.Is(err, errCrash) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d calls of Close got the error, want 1", n)
		}
		mustClose(t, s)
		if c, ok := errors.AsType[*scope.Cancelled](context.Cause(s.Context())); !ok || c.By != "Close" {
			t.Errorf("Cause() = %v, want the first call to count", context.Cause(s.Context()))
		}
		d.want(t, "5s closed", "5s closed", "5s closed")
	})
}

func TestProgrammingMistakesPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := scope.New(ctx, "s")
		var none context.Context
		tests := []struct {
			want string
			call func()
		}{
			{"scope: New: ctx is nil", func() { scope.New(none, "x") }},
			{"scope: Run: ctx is nil", func() { _ = scope.Run(none, "x", nil) }},
			{"scope: Run: body is nil", func() { _ = scope.Run(ctx, "x", nil) }},
			{"scope: Go: fn is nil", func() { _ = s.Go(ctx, nil) }},
			{"scope: Go: fn is nil", func() { scope.Go[int](ctx, s, nil) }},
			{"scope: Go: s is nil", func() { scope.Go(ctx, nil, func(context.Context) (int, error) { return 0, nil }) }},
			{"scope: TryGo: fn is nil", func() { s.TryGo(ctx, nil) }},
			{"scope: Do: fn is nil", func() { _ = s.Do(ctx, nil) }},
			{"scope: Spawn: fn is nil", func() { _ = scope.Spawn(ctx, nil) }},
			{"scope: Defer: release is nil", func() { s.Defer("x", nil) }},
			{"scope: Report: ctx is nil", func() { s.Report(none, errBoom) }},
			{"scope: Report: ctx is nil", func() { scope.Report(none, errBoom) }},
			{"scope: WithSignals: ch is nil", func() { scope.WithSignals(nil) }},
			{"scope: WithReport: w is nil", func() { scope.WithReport(nil) }},
			{"scope: WithSink: sink is nil", func() { scope.WithSink(nil) }},
			{"scope: WithLimit: n is 0, want at least 1", func() { scope.WithLimit(0) }},
			{"scope: WithLimit: n is -3, want at least 1", func() { scope.WithLimit(-3) }},
			{"scope: Discard: f is nil", func() { scope.Discard[int](nil) }},
			{"scope: Go: Discard takes func(string), the task returns int", func() {
				scope.Go(ctx, s, func(context.Context) (int, error) { return 0, nil }, scope.Discard(func(string) {}))
			}},
		}
		for _, tt := range tests {
			if got := fmt.Sprint(panicOf(tt.call)); got != tt.want {
				t.Errorf("panic: %s, want %s", got, tt.want)
			}
		}
		mustWait(t, s) // a mistake leaves no task behind
		mustClose(t, s)
	})
}

func TestErrorsOfAClosedChildAreHandedUpOrKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := func(s *scope.Scope, err error) *scope.Scope {
			s.Defer("r", func(context.Context) error { return err })
			return s
		}
		s := fails(scope.New(t.Context(), "s"), errBoom)
		fails(fails(s.Child("a"), io.ErrClosedPipe).Child("b"), errCrash)
		own := fails(s.Child("c"), io.ErrUnexpectedEOF)
		if err := own.Close(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Close() = %v, want %v", err, io.ErrUnexpectedEOF)
		}
		err := s.Close()
		for _, want := range []error{errBoom, errCrash, io.ErrClosedPipe} {
			if !errors.Is(err, want) {
				t.Errorf("Close() = %v, want %v in it", err, want)
			}
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Close() = %v, which was told before", err)
		}
	})
}
