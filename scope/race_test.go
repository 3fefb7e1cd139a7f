package scope_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// The tests of this file run on the real scheduler, many rounds each: they are
// for the race detector and for orders that a bubble does not show.

var times = flag.Int("times", 1, "go round this many times as often in stress tests")

// rounds returns how often a stress test goes round.
func rounds(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n * *times
}

// yields lets other goroutines run, n times.
func yields(n int) {
	for range n {
		runtime.Gosched()
	}
}

func TestSpawningAgainstAClosingScopeRunsOrIsRefused(t *testing.T) {
	const spawners = 200
	ends := map[string]func(s *scope.Scope, cancel context.CancelFunc){
		"Close":              func(*scope.Scope, context.CancelFunc) {},
		"Cancel":             func(s *scope.Scope, _ context.CancelFunc) { s.Cancel(errBoom) },
		"end of the context": func(_ *scope.Scope, cancel context.CancelFunc) { cancel() },
	}
	for name, end := range ends {
		for _, opts := range [][]scope.Option{nil, {scope.WithLimit(3)}} {
			t.Run(fmt.Sprint(name, " limits ", len(opts)), func(t *testing.T) {
				for seed := range uint64(rounds(60)) {
					random := rand.New(rand.NewPCG(seed, 0))
					ctx, cancel := context.WithCancel(context.Background())
					s := scope.New(ctx, "s", opts...)
					var begun, ended, refused, taken atomic.Int32
					fn := func(context.Context) error {
						begun.Add(1)
						runtime.Gosched()
						ended.Add(1)
						return nil
					}
					late := random.IntN(40) // spawners come that much apart
					start := make(chan struct{})
					var spawning sync.WaitGroup
					for i := range spawners {
						before := random.IntN(late + 1)
						spawning.Go(func() {
							<-start
							yields(before)
							var err error
							switch i % 4 {
							case 0:
								err = s.Go(context.Background(), fn)
							case 1:
								_, err = scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }).Wait(context.Background())
							case 2:
								err = s.Do(context.Background(), fn)
							case 3:
								err = scope.Spawn(s.Context(), fn)
							}
							switch {
							case err == nil:
								taken.Add(1)
							case errors.Is(err, scope.ErrClosed) || errors.Is(err, context.Canceled):
								refused.Add(1)
							default:
								t.Errorf("refused with %v, want %v", err, scope.ErrClosed)
							}
						})
					}
					close(start)
					yields(random.IntN(late + 1))
					end(s, cancel)
					mustClose(t, s)
					b, e := begun.Load(), ended.Load()
					spawning.Wait()
					runtime.Gosched()
					if b != e {
						t.Fatalf("seed %d: %d functions were running when Close returned", seed, b-e)
					}
					if got := begun.Load(); got != b {
						t.Fatalf("seed %d: %d functions began after Close had returned", seed, got-b)
					}
					if taken.Load() != b || taken.Load()+refused.Load() != spawners {
						t.Fatalf("seed %d: %d taken, %d refused, %d ran", seed, taken.Load(), refused.Load(), b)
					}
					cancel()
				}
			})
		}
	}
}

func TestWaitSeesTheEndOfEveryTaskStartedBefore(t *testing.T) {
	s := scope.New(t.Context(), "s")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range rounds(3000) {
				var ended atomic.Bool
				if err := s.Go(context.Background(), func(context.Context) error {
					runtime.Gosched()
					ended.Store(true)
					return nil
				}); err != nil {
					t.Errorf("Go() = %v, want nil", err)
				}
				if err := s.Wait(context.Background()); err != nil {
					t.Errorf("Wait() = %v, want nil", err)
				}
				if !ended.Load() {
					t.Error("Wait returned before a task had ended that was started before")
					return
				}
			}
		})
	}
	all.Wait()
	mustClose(t, s)
}

func TestWaitsAndClosesAtTheEndOfATaskAllReturn(t *testing.T) {
	for i := range rounds(20_000) {
		s := scope.New(context.Background(), "s")
		gate := make(chan struct{})
		mustGo(t, s, func(context.Context) error { <-gate; return nil })
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { mustWait(t, s) })
		}
		if i%2 == 0 {
			all.Go(func() { mustClose(t, s) })
		}
		all.Go(func() { close(gate) })
		all.Go(func() { mustWait(t, s) })
		all.Wait() // a lost wake-up hangs here
		mustClose(t, s)
	}
}

func TestConcurrentEndingsAgreeOnOneCause(t *testing.T) {
	for range rounds(500) {
		ctx, cancel := context.WithCancelCause(context.Background())
		s := scope.New(ctx, "s", scope.FailFast())
		child := s.Child("child")
		nested := make(chan error, 1)
		mustGo(t, s, func(ctx context.Context) error {
			_ = scope.Run(ctx, "nested", func(ctx context.Context, _ *scope.Scope) error {
				<-ctx.Done()
				nested <- context.Cause(ctx)
				return nil
			})
			return nil
		})
		var all sync.WaitGroup
		all.Go(func() { s.Cancel(errBoom) })
		all.Go(func() { cancel(errCrash) })
		all.Go(func() { _ = s.Close() })
		all.Go(func() { _ = s.Go(context.Background(), func(context.Context) error { return errStop }) })
		all.Go(func() { <-child.Context().Done() })
		all.Wait()
		_ = s.Close()
		cause := context.Cause(s.Context())
		if cause == nil {
			t.Fatal("Cause() = nil of a closed scope")
		}
		for name, got := range map[string]error{"child": context.Cause(child.Context()), "nested": <-nested} {
			if got != cause { //nolint:errorlint // one and the same
				t.Fatalf("%s ended because of %v, its parent because of %v", name, got, cause)
			}
		}
		cancel(nil)
	}
}

func TestContextsDerivedWhileTheScopeEndsEndToo(t *testing.T) {
	for range rounds(500) {
		s := scope.New(context.Background(), "s")
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				var ctx context.Context
				switch i % 4 {
				case 0:
					ctx = s.Context()
				case 1:
					c, cancel := context.WithCancel(s.Context())
					defer cancel()
					ctx = c
				case 2:
					c, cancel := context.WithCancel(context.WithValue(s.Context(), key{}, 1))
					defer cancel()
					ctx = c
				case 3:
					done := make(chan struct{})
					context.AfterFunc(s.Context(), func() { close(done) })
					<-done
					ctx = s.Context()
				}
				<-ctx.Done()
				if c, ok := errors.AsType[*scope.Cancelled](context.Cause(ctx)); !ok || c.Reason != errBoom { //nolint:errorlint // as it was given
					t.Errorf("Cause() = %v, want a *Cancelled for %v", context.Cause(ctx), errBoom)
				}
				if ctx.Err() == nil {
					t.Error("Err() = nil of an ended context")
				}
			})
		}
		all.Go(func() { s.Cancel(errBoom) })
		all.Wait()
		mustClose(t, s)
	}
}

func TestOpeningAgainstAClosingParentLeavesNothingOpen(t *testing.T) {
	for range rounds(300) {
		s := scope.New(context.Background(), "s")
		var running, released atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				child := s.Child("child")
				child.Defer("resource", func(context.Context) error { released.Add(1); return nil })
				_ = child.Go(context.Background(), func(ctx context.Context) error {
					running.Add(1)
					<-ctx.Done()
					running.Add(-1)
					return nil
				})
				below := child.Child("below")
				_ = below.Do(context.Background(), func(context.Context) error { return nil })
				mustClose(t, below)
			})
		}
		runtime.Gosched()
		mustClose(t, s)
		if n := running.Load(); n != 0 {
			t.Fatalf("%d tasks of children run when the parent has closed", n)
		}
		all.Wait()
		if n := running.Load(); n != 0 {
			t.Fatalf("%d tasks of children began after the parent had closed", n)
		}
		if n := len(s.Children()); n != 0 {
			t.Fatalf("%d children are open under a closed scope", n)
		}
		if n := released.Load(); n != 16 {
			t.Fatalf("%d of 16 resources were released", n)
		}
	}
}
