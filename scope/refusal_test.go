package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// An offer tries to start work on s in every way, and says which ways took it.
// Each function that ran is noted too, so that a refusal that ran shows.
func offer(ctx context.Context, s *scope.Scope) (taken, ran []string) {
	ways := []struct {
		name  string
		start func(fn func(context.Context) error) error
	}{
		{"Go", func(fn func(context.Context) error) error { return s.Go(ctx, fn) }},
		{"TryGo", func(fn func(context.Context) error) error {
			if !s.TryGo(ctx, fn) {
				return scope.ErrClosed
			}
			return nil
		}},
		{"Do", func(fn func(context.Context) error) error { return s.Do(ctx, fn) }},
		{"typed Go", func(fn func(context.Context) error) error {
			_, err := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }).Wait(context.Background())
			return err
		}},
	}
	for _, w := range ways {
		done := make(chan struct{})
		err := w.start(func(context.Context) error {
			ran = append(ran, w.name)
			close(done)
			return nil
		})
		switch {
		case err == nil:
			<-done
			taken = append(taken, w.name)
		case !errors.Is(err, scope.ErrClosed):
			taken = append(taken, w.name+": "+err.Error())
		}
	}
	return taken, ran
}

func TestDrainingScopeTakesWorkFromInsideOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		child := s.Child("child", scope.WithTimeouts(scope.Timeouts{Cancel: -1}))
		check := func(when string, ctx context.Context, s *scope.Scope, want bool) {
			t.Helper()
			taken, ran := offer(ctx, s)
			n := 0
			if want {
				n = 4
			}
			if len(taken) != n || len(ran) != n {
				t.Errorf("%s: took %q, ran %q, want %d of each", when, taken, ran, n)
			}
		}
		check("open, outside", t.Context(), s, true)

		// The child takes 10 s to close. So long s drains.
		mustGo(t, child, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			check("draining, task of the subtree", ctx, s, true)
			check("cancelling, own task", ctx, child, false)
			if err := scope.Spawn(ctx, untilEnd); !errors.Is(err, scope.ErrClosed) {
				t.Errorf("cancelling: Spawn() = %v, want %v", err, scope.ErrClosed)
			}
			time.Sleep(5 * time.Second)
			return nil
		})
		mustGo(t, s, func(ctx context.Context) error {
			time.Sleep(5 * time.Second)
			check("draining, own task", ctx, s, true)
			check("draining, derived", context.WithValue(ctx, key{}, 1), s, true)
			if err := scope.Spawn(ctx, untilEnd); err != nil {
				t.Errorf("draining: Spawn() = %v, want nil", err)
			}
			err := scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				check("draining, body of a nested Run", ctx, s, true)
				check("open and nested", t.Context(), n, true)
				return ctx.Err()
			})
			if err != nil {
				t.Errorf("draining: Run() = %v, want nil", err)
			}
			<-ctx.Done()
			check("cancelling, own task", ctx, s, false)
			return nil
		})
		synctest.Wait()
		s.Cancel(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		check("draining, outside", t.Context(), s, false)
		check("draining, context of the scope", s.Context(), s, false)
		check("draining, context of a child", child.Context(), s, false)
		if err := scope.Spawn(s.Context(), untilEnd); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("draining, outside: Spawn() = %v, want %v", err, scope.ErrClosed)
		}
		late := s.Child("late")
		check("opened while draining", t.Context(), late, false)
		if err := late.Context().Err(); err == nil {
			t.Error("a scope opened from outside while its parent drains is open")
		}
		mustClose(t, s)
		check("closed", t.Context(), s, false)
	})
}

func TestBodyOfRunIsInsideWhileItsScopeDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s.Child("child"), func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(4 * time.Second)
				return nil
			})
			synctest.Wait()
			s.Cancel(nil)
			if taken, ran := offer(ctx, s); len(taken) != 4 || len(ran) != 4 {
				t.Errorf("draining, body: took %q, ran %q, want 4 of each", taken, ran)
			}
			<-ctx.Done()
			if taken, ran := offer(ctx, s); len(taken) != 0 || len(ran) != 0 {
				t.Errorf("cancelling, body: took %q, ran %q, want none", taken, ran)
			}
			return nil
		})
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
}

func TestScopeOpenedUnderAClosedOneIsClosedFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outer, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		closed := scope.New(t.Context(), "closed")
		closed.Cancel(errBoom)
		mustClose(t, closed)
		for name, s := range map[string]*scope.Scope{
			"under an ended context": scope.New(outer, "s"),
			"under a closed scope":   closed.Child("s"),
		} {
			if !errors.Is(context.Cause(s.Context()), errBoom) {
				t.Errorf("%s: Cause() = %v, want %v", name, context.Cause(s.Context()), errBoom)
			}
			if taken, ran := offer(t.Context(), s); len(taken) != 0 || len(ran) != 0 {
				t.Errorf("%s: took %q, ran %q, want none", name, taken, ran)
			}
			mustClose(t, s)
		}
		if n := len(closed.Children()) + len(scope.Roots()); n != 0 {
			t.Errorf("%d scopes are left in the tree, want none", n)
		}
	})
}

// A nosyCtx calls back into the scope when it is asked for a value, as a user's
// own context may.
type nosyCtx struct {
	context.Context
	scope *scope.Scope
}

func (c nosyCtx) Value(k any) any {
	_ = c.scope.Children()
	return c.Context.Value(k)
}

func TestScopeCallsNoContextOfTheCallerUnderItsLock(t *testing.T) {
	s := scope.New(t.Context(), "s", scope.WithLimit(1))
	release := make(chan struct{})
	started := make(chan struct{})
	mustGo(t, s.Child("child"), func(ctx context.Context) error {
		<-ctx.Done()
		close(started)
		<-release
		return nil
	})
	nosy := nosyCtx{t.Context(), s}
	if !s.TryGo(nosy, func(context.Context) error { <-release; return nil }) {
		t.Error("TryGo() = false, want true")
	}
	s.TryGo(nosy, untilEnd) // full
	s.Cancel(nil)
	<-started
	s.TryGo(nosy, untilEnd) // draining
	if err := s.Go(nosy, untilEnd); !errors.Is(err, scope.ErrClosed) {
		t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
	}
	close(release)
	_ = s.Wait(nosyCtx{s.Context(), s})
	mustClose(t, s)
	_ = s.Wait(nosy)
	s.TryGo(nosy, untilEnd) // closed
}
