package scope_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestLimitAdmitsInOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(2))
		for i := range 6 {
			go mustGo(t, s, func(context.Context) error {
				d.note("%d starts", i)
				time.Sleep(10*time.Second + time.Duration(i)*time.Millisecond)
				return nil
			})
			synctest.Wait()
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		mustWait(t, s)
		mustClose(t, s)
		d.want(t,
			"0s 0 starts",
			"1s 1 starts",
			"10s 2 starts",
			"11.001s 3 starts",
			"20.002s 4 starts",
			"21.004s 5 starts",
		)
	})
}

func TestLimitCountsEveryKindOfTask(t *testing.T) {
	kinds := map[string]func(s *scope.Scope, fn func(context.Context) error){
		"Go":    func(s *scope.Scope, fn func(context.Context) error) { _ = s.Go(context.Background(), fn) },
		"TryGo": func(s *scope.Scope, fn func(context.Context) error) { s.TryGo(context.Background(), fn) },
		"Do":    func(s *scope.Scope, fn func(context.Context) error) { go s.Do(context.Background(), fn) }, //nolint:errcheck // the task of this test returns nil
		"Spawn": func(s *scope.Scope, fn func(context.Context) error) { _ = scope.Spawn(s.Context(), fn) },
		"typed Go": func(s *scope.Scope, fn func(context.Context) error) {
			scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) })
		},
	}
	for name, start := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(t.Context(), "s", scope.WithLimit(1))
				for range 2 { // again: the slot comes back
					start(s, failAfter(time.Second, nil))
					synctest.Wait()
					if s.TryGo(t.Context(), untilEnd) {
						t.Error("TryGo() = true at the limit, want false")
					}
					mustWait(t, s)
				}
				if !s.TryGo(t.Context(), untilEnd) {
					t.Error("TryGo() = false below the limit, want true")
				}
				mustClose(t, s)
				if s.TryGo(t.Context(), untilEnd) {
					t.Error("TryGo() = true on a closed scope, want false")
				}
			})
		})
	}
}

func TestContextBoundsTheWaitForASlotOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		mustGo(t, s, failAfter(5*time.Second, nil))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCrash)
		defer cancel()
		never := func(context.Context) error { t.Error("a refused function ran"); return nil }
		err := s.Go(ctx, never)
		d.note("Go() = %v", err)
		if !errors.Is(err, errCrash) {
			t.Errorf("Go() = %v, want %v", err, errCrash)
		}
		_, err = scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, never(ctx) }).Wait(t.Context())
		d.note("typed Go() = %v", err)
		d.note("Do() = %v", s.Do(ctx, never))
		mustWait(t, s)
		// With room there is no wait, so the end of ctx refuses nothing.
		err = s.Go(ctx, func(ctx context.Context) error { d.note("task runs: %v", ctx.Err()); return nil })
		mustWait(t, s)
		d.note("Go() = %v", err)
		mustClose(t, s)
		d.want(t,
			"1s Go() = scope: waiting for /s: crash",
			"1s typed Go() = scope: waiting for /s: crash",
			"1s Do() = scope: waiting for /s: crash",
			"5s task runs: <nil>",
			"5s Go() = <nil>",
		)
	})
}

func TestWaiterThatLeavesTheQueueLosesNobodyTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		mustGo(t, s, failAfter(5*time.Second, nil))
		for i := range 4 {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%2 == 0 {
				time.AfterFunc(4*time.Second, cancel)
			}
			go func() {
				if err := s.Go(ctx, failAfter(time.Second, nil)); err != nil {
					d.note("%d gave up", i)
				} else {
					d.note("%d starts", i)
				}
			}()
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		mustClose(t, s)
		d.want(t, "4s 0 gave up", "4.02s 2 gave up", "5s 1 starts", "6s 3 starts")
	})
}

func TestTaskThatStartsAnotherInItsOwnFullScopeIsToldOfTheDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		never := func(context.Context) error { t.Error("a refused function ran"); return nil }
		check := func(where string, err error) {
			if !errors.Is(err, scope.ErrLimitDeadlock) {
				t.Errorf("%s = %v, want %v", where, err, scope.ErrLimitDeadlock)
			}
		}
		attempts := func(where string, ctx context.Context) {
			check(where+": Go()", s.Go(ctx, never))
			check(where+": Do()", s.Do(ctx, never))
			_, err := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, never(ctx) }).Wait(ctx)
			check(where+": typed Go()", err)
			if s.TryGo(ctx, never) {
				t.Errorf("%s: TryGo() = true, want false", where)
			}
		}
		mustGo(t, s, func(ctx context.Context) error {
			attempts("task", ctx)
			check("task: Spawn()", scope.Spawn(ctx, never))
			attempts("derived", context.WithValue(ctx, key{}, 1))
			return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				attempts("nested Run", ctx)
				mustGo(t, n, func(ctx context.Context) error {
					attempts("task of a nested Run", ctx)
					return scope.Spawn(ctx, failAfter(0, nil)) // into the nested scope, which has room
				})
				return nil
			})
		})
		mustWait(t, s)
		_ = s.Go(context.WithValue(t.Context(), key{}, 1), func(ctx context.Context) error { attempts("task with values", ctx); return nil })
		mustWait(t, s)
		_ = s.Do(t.Context(), func(ctx context.Context) error { attempts("Do", ctx); return nil })
		mustClose(t, s)
	})
}

func TestTaskStartsAnotherInItsOwnScopeWhileThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(2))
		mustGo(t, s, func(ctx context.Context) error {
			defer time.Sleep(2 * time.Second)
			return s.Go(ctx, failAfter(time.Second, nil))
		})
		time.Sleep(1500 * time.Millisecond)
		mustGo(t, s, func(ctx context.Context) error { d.note("the inner task has ended"); return nil })
		mustWait(t, s)
		d.note("idle")
		mustClose(t, s)
		d.want(t, "1.5s the inner task has ended", "2s idle")
	})
}

func TestTaskOfAnotherScopeMayWaitForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		mustGo(t, s, func(ctx context.Context) error {
			// A scope of its own, which does not hold up this task.
			attached := scope.New(ctx, "attached")
			mustGo(t, attached, func(ctx context.Context) error {
				err := s.Go(ctx, func(context.Context) error { d.note("task runs"); return nil })
				d.note("Go() = %v", err)
				return nil
			})
			time.Sleep(time.Second)
			return nil
		})
		mustGo(t, s.Child("child"), func(ctx context.Context) error {
			return s.Do(ctx, func(context.Context) error { d.note("Do runs"); return nil })
		})
		time.Sleep(5 * time.Second)
		mustClose(t, s)
		if len(d.lines) != 3 {
			t.Errorf("what happened: %q, want two tasks and a Go that returned", d.lines)
		}
		for _, line := range d.lines {
			if line != "1s task runs" && line != "1s Do runs" && line != "1s Go() = <nil>" {
				t.Errorf("unexpected: %s", line)
			}
		}
	})
}

func TestClosingRefusesThoseWhoWaitForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1), scope.WithTimeouts(scope.Timeouts{Cancel: -1}))
		child := s.Child("child")
		never := func(context.Context) error { t.Error("a refused function ran"); return nil }
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			return nil
		})
		// The child takes 5 s to close: so long does s drain.
		mustGo(t, child, func(ctx context.Context) error {
			patient := context.WithoutCancel(ctx) // or its own end would cut the wait short
			go func() { d.note("inside: Go() = %v", errors.Is(s.Go(patient, never), scope.ErrClosed)) }()
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			return nil
		})
		go func() { d.note("outside: Go() = %v", errors.Is(s.Go(t.Context(), never), scope.ErrClosed)) }()
		go func() {
			_, err := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, never(ctx) }).Wait(t.Context())
			time.Sleep(time.Nanosecond) // a fixed order
			d.note("outside: typed Go() = %v", errors.Is(err, scope.ErrClosed))
		}()
		time.Sleep(time.Second)
		mustClose(t, s)
		d.note("closed")
		d.want(t,
			"1s outside: Go() = true",
			"1.000000001s outside: typed Go() = true",
			"6s inside: Go() = true", // when the context of s ends
			"11s closed",
		)
	})
}

func TestInsideGetsASlotThatComesFreeWhileTheScopeDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		mustGo(t, s.Child("child"), func(ctx context.Context) error {
			<-ctx.Done()
			err := s.Do(context.WithoutCancel(ctx), func(ctx context.Context) error {
				d.note("inside runs: %v", ctx.Err())
				return nil
			})
			d.note("Do() = %v", err)
			return nil
		})
		mustGo(t, s, failAfter(5*time.Second, nil))
		time.Sleep(time.Second)
		mustClose(t, s)
		d.note("closed")
		d.want(t, "5s inside runs: <nil>", "5s Do() = <nil>", "5s closed")
	})
}

func TestPanickingTaskGivesItsSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithLimit(1), scope.WithSink(sink))
		crash := func(context.Context) error { panic("oh") }
		starts := []func(){
			func() { mustGo(t, s, crash) },
			func() { mustGo(t, s, goexit) },
			func() { _ = scope.Spawn(s.Context(), crash) },
			func() { _ = panicOf(func() { _ = s.Do(t.Context(), crash) }) },
			func() { go s.Do(t.Context(), goexit) }, //nolint:errcheck // it does not return
			func() { scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, crash(ctx) }) },
			func() { scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, goexit(ctx) }) },
			func() {
				_ = panicOf(func() {
					scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, nil }, scope.Discard(func(string) {}))
				})
			},
		}
		for i, start := range starts {
			start()
			synctest.Wait()
			if !s.TryGo(t.Context(), func(context.Context) error { return nil }) {
				t.Fatalf("the slot did not come back after start %d", i)
			}
			synctest.Wait()
		}
		mustClose(t, s)
	})
}

func TestPanicOfDoGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		if v := panicOf(func() { _ = s.Do(t.Context(), func(context.Context) error { panic(errBoom) }) }); v != errBoom { //nolint:errorlint // the error itself
			t.Errorf("Do panics with %v, want %v", v, errBoom)
		}
		mustWait(t, s)
		mustClose(t, s)
		sink.want(t)
	})
}

func TestTasksOfScopesBelowDoNotCountAgainstTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := scope.WithLimit(1)
		s := scope.New(t.Context(), "s", opt)
		for i := range 3 { // one option for many scopes, each with a limit of its own
			mustGo(t, s.Child(fmt.Sprint(i), opt), untilEnd)
		}
		if !s.TryGo(t.Context(), untilEnd) {
			t.Error("TryGo() = false, want true")
		}
		mustClose(t, s)
	})
}
