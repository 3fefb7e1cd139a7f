package scope_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestLimiterCapsWhatTasksOfSeveralScopesWeighTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		l := scope.NewLimiter(4)
		a := scope.New(t.Context(), "a", scope.WithLimiter(l))
		b := scope.New(t.Context(), "b", scope.WithLimiter(l))
		start := func(s *scope.Scope, name string, weight int64) {
			go mustGo(t, s, func(context.Context) error {
				d.note("%s starts", name)
				time.Sleep(10 * time.Second)
				return nil
			}, scope.Weight(weight))
			synctest.Wait()
			time.Sleep(time.Second)
		}
		start(a, "two", 2)
		start(b, "one", 1)
		start(b, "four", 4)      // waits for both
		start(a, "behind it", 1) // has room and waits for its turn
		time.Sleep(time.Minute)
		mustClose(t, a)
		mustClose(t, b)
		d.want(t, "0s two starts", "1s one starts", "11s four starts", "21s behind it starts")
	})
}

func TestLimiterCountsEveryKindOfTask(t *testing.T) {
	for name, start := range kinds {
		synctest.Test(t, func(t *testing.T) {
			l := scope.NewLimiter(3)
			s := scope.New(t.Context(), "s", scope.WithLimiter(l), scope.WithSink(new(told)))
			other := scope.New(t.Context(), "other", scope.WithLimiter(l))
			for _, fn := range []func(context.Context) error{failAfter(time.Second, nil), failAfter(time.Second, errBoom), goexit} {
				if name == "Do" {
					fn = failAfter(time.Second, nil)
				}
				go start(t.Context(), s, func(ctx context.Context) error { //nolint:errcheck // of no interest
					time.Sleep(time.Second)
					return fn(ctx)
				}, scope.Weight(2))
				synctest.Wait()
				if other.TryGo(t.Context(), untilEnd, scope.Weight(2)) {
					t.Errorf("%s: TryGo() = true without room, want false", name)
				}
				if !other.TryGo(t.Context(), noop) {
					t.Errorf("%s: TryGo() = false with room for 1, want true", name)
				}
				time.Sleep(3 * time.Second)
				if !other.TryGo(t.Context(), noop, scope.Weight(3)) {
					t.Errorf("%s: TryGo() = false after the end, want true", name)
				}
				synctest.Wait()
			}
			mustClose(t, s)
			mustClose(t, other)
		})
	}
}

func TestTaskThatIsTooHeavyIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimiter(scope.NewLimiter(3)), scope.WithLimit(1))
		err := s.Go(t.Context(), noop, scope.Weight(4))
		if !errors.Is(err, scope.ErrTooHeavy) || err.Error() != "scope: heavier than the limiter allows: weight 4 of 3 in /s" {
			t.Errorf("Go() = %v, want %v", err, scope.ErrTooHeavy)
		}
		if !s.TryGo(t.Context(), noop) {
			t.Error("TryGo() = false, want true: the refused task holds a slot")
		}
		mustClose(t, s)
	})
}

func TestContextBoundsTheWaitForALimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimiter(scope.NewLimiter(1)), scope.WithLimit(2))
		mustGo(t, s, failAfter(5*time.Second, nil))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCrash)
		defer cancel()
		d.note("Go() = %v", s.Go(ctx, noop))
		mustGo(t, s, func(context.Context) error { d.note("next"); return nil }) // the slot is free again
		// With room there is no wait, so the end of ctx refuses noop.
		mustWait(t, s)
		d.note("Go() = %v", s.Go(ctx, noop))
		mustClose(t, s)
		d.want(t, "1s Go() = scope: waiting for /s: crash", "5s next", "5s Go() = <nil>")
	})
}

func TestClosingRefusesThoseWhoWaitForALimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		l := scope.NewLimiter(1)
		holder := scope.New(t.Context(), "holder", scope.WithLimiter(l))
		mustGo(t, holder, untilEnd)
		s := scope.New(t.Context(), "s", scope.WithLimiter(l))
		child := s.Child("child")
		// The child takes 5 s to close: so long does s drain.
		mustGo(t, child, func(ctx context.Context) error {
			patient := context.WithoutCancel(ctx) // or its own end would cut the wait short
			go func() { d.note("inside: Go() = %v", errors.Is(s.Go(patient, noop), scope.ErrClosed)) }()
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			return nil
		})
		go func() { d.note("outside: Go() = %v", errors.Is(s.Go(t.Context(), noop), scope.ErrClosed)) }()
		time.Sleep(time.Second)
		mustClose(t, s)
		synctest.Wait()
		d.want(t, "1s outside: Go() = true", "6s inside: Go() = true")
		mustClose(t, holder)
		if !scope.New(t.Context(), "after", scope.WithLimiter(l)).TryGo(t.Context(), noop) {
			t.Error("TryGo() = false, want true: those who were refused hold room")
		}
	})
}

func TestHolderThatWouldWaitForItsOwnLimiterIsToldOfTheDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := scope.NewLimiter(2)
		s := scope.New(t.Context(), "s", scope.WithLimiter(l))
		other := scope.New(t.Context(), "other", scope.WithLimiter(l))
		free := scope.New(t.Context(), "free")
		check := func(where string, err error) {
			if !errors.Is(err, scope.ErrLimitDeadlock) {
				t.Errorf("%s = %v, want %v", where, err, scope.ErrLimitDeadlock)
			}
		}
		mustGo(t, s, func(ctx context.Context) error {
			check("same scope", s.Go(ctx, noop))
			check("other scope", other.Go(ctx, noop))
			check("spawn", scope.Spawn(ctx, noop))
			return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				check("body", s.Go(ctx, noop))
				return n.Do(ctx, func(ctx context.Context) error {
					check("task of a nested scope", other.Do(ctx, noop))
					return nil
				})
			})
		}, scope.Weight(2))
		mustWait(t, s)
		// Whoever holds nothing waits, whatever scope he is in.
		d := newDiary()
		mustGo(t, s, failAfter(5*time.Second, nil), scope.Weight(2))
		mustGo(t, free, func(ctx context.Context) error {
			return s.Do(ctx, func(context.Context) error { d.note("runs"); return nil })
		})
		mustWait(t, free)
		d.want(t, "5s runs")
		for _, s := range []*scope.Scope{s, other, free} {
			mustClose(t, s)
		}
	})
}

func TestHolderOfRoomDoesNotWaitForAPlaceEither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := scope.NewLimiter(1)
		a := scope.New(context.Background(), "a", scope.WithLimit(1), scope.WithLimiter(l))
		b := scope.New(context.Background(), "b", scope.WithLimiter(l))
		mustGo(t, b, func(ctx context.Context) error {
			go func() { _ = a.Go(context.Background(), succeed) }() // takes the place of a, and waits for room
			synctest.Wait()
			if err := a.Go(within(t, sec), succeed); err == nil {
				t.Error("Go() = nil, want an error: nothing has come free")
			}
			if err := a.Go(ctx, succeed); !errors.Is(err, scope.ErrLimitDeadlock) {
				t.Errorf("Go() = %v, want %v", err, scope.ErrLimitDeadlock)
			}
			return nil
		})
		for _, s := range []*scope.Scope{b, a} {
			mustWait(t, s)
			mustClose(t, s)
		}
	})
}

func TestLimitersThatMakeNoSensePanic(t *testing.T) {
	for want, call := range map[string]func(){
		"scope: NewLimiter: n is 0, want at least 1": func() { scope.NewLimiter(0) },
		"scope: WithLimiter: l is nil":               func() { scope.WithLimiter(nil) },
		"scope: Weight: n is 0, want at least 1":     func() { scope.Weight(0) },
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}

// Callers of two scopes wait, give up and are refused at random. No room is
// ever lost, nor given twice.
func TestLimiterHoldsAgainstCallersThatGiveUp(t *testing.T) {
	for seed := range uint64(rounds(100)) {
		const size = 5
		l := scope.NewLimiter(size)
		var weight atomic.Int64
		scopes := []*scope.Scope{
			scope.New(context.Background(), "a", scope.WithLimiter(l), scope.WithLimit(3)),
			scope.New(context.Background(), "b", scope.WithLimiter(l)),
		}
		var callers sync.WaitGroup
		for i := range uint64(20) {
			callers.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, i))
				for range 10 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rnd.IntN(300))*time.Microsecond)
					w := 1 + rnd.Int64N(size)
					_ = scopes[rnd.IntN(2)].Go(ctx, func(context.Context) error {
						if now := weight.Add(w); now > size {
							t.Errorf("tasks weigh %d, want at most %d", now, size)
						}
						weight.Add(-w)
						return nil
					}, scope.Weight(w))
					cancel()
				}
			})
		}
		yields(100)
		mustClose(t, scopes[0])
		callers.Wait()
		mustClose(t, scopes[1])
		last := scope.New(context.Background(), "last", scope.WithLimiter(l))
		if !last.TryGo(context.Background(), noop, scope.Weight(size)) {
			t.Fatalf("TryGo() = false with all room, want true, seed %d", seed)
		}
		mustClose(t, last)
	}
}
