package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestServiceOfANestedScopeHasItsTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(context.Background(), "top", quiet)
		mustGo(t, top, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				mustGo(t, s, func(ctx context.Context) error {
					<-ctx.Done()
					d.note("the service is told to end")
					time.Sleep(time.Minute) // for which a nested scope waits
					d.note("the service ends")
					return nil
				}, scope.Service())
				if p := s.Plan(); p.AtMost >= 0 {
					t.Errorf("Plan().AtMost = %v, want no limit", p.AtMost)
				}
				if err := s.Shutdown(ctx); !errors.Is(err, scope.ErrSelfWait) {
					t.Errorf("Shutdown() = %v, want %v", err, scope.ErrSelfWait)
				}
				return nil
			})
		})
		mustWait(t, top)
		d.want(t, "0s the service is told to end", "1m0s the service ends")
		mustClose(t, top)
	})
}

func TestCloseEndsTheDrainOfServicesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); d.note("the service is told to end"); return nil }, scope.Service())
		go func() { _ = s.Shutdown(context.Background()) }()
		time.Sleep(sec)
		mustClose(t, s)
		d.want(t, "1s the service is told to end")
	})
}

func TestCloseEndsTheDrainOfWhatAServiceOpensLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, failAfter(3*sec, nil))
		mustGo(t, s, func(ctx context.Context) error {
			time.Sleep(2 * sec)
			mustGo(t, scope.New(ctx, "child"), func(ctx context.Context) error { <-ctx.Done(); d.note("child is told to end"); return nil })
			return untilEnd(ctx)
		}, scope.Service())
		go func() { _ = s.Shutdown(context.Background()) }()
		time.Sleep(sec)
		mustClose(t, s)
		d.want(t, "3s child is told to end")
	})
}

func TestServiceHasNoDeadlineButMayTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.Timeout(sec), quiet)
		mustGo(t, s, func(ctx context.Context) error {
			if at, ok := ctx.Deadline(); ok {
				t.Errorf("Deadline() = %v, want none", at)
			}
			time.Sleep(2 * sec) // the deadline of s has passed, and it waits for its task
			short, cancel := context.WithTimeout(ctx, sec)
			defer cancel()
			<-short.Done()
			d.note("short ends")
			return nil
		}, scope.Service())
		mustGo(t, s, func(context.Context) error { time.Sleep(5 * sec); return nil })
		time.Sleep(10 * sec)
		d.want(t, "3s short ends")
		mustClose(t, s)
	})
}

func TestServiceOutlivesTheWorkItServes(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			s := scope.New(context.Background(), "s")
			s.Defer("file", func(context.Context) error { d.note("released"); return nil })
			mustGo(t, s, func(ctx context.Context) error {
				d.ended(ctx, "service")
				time.Sleep(time.Second)
				d.note("service has ended")
				return nil
			}, scope.Service())
			mustGo(t, s, func(ctx context.Context) error {
				d.ended(ctx, "work")
				time.Sleep(time.Second)
				d.note("work has ended")
				return nil
			})
			mustGo(t, s.Child("child"), func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(time.Second)
				d.note("child has ended")
				return nil
			})
			synctest.Wait()
			end(s)
			t.Log(name)
			want := []string{"1s child has ended", "1s work ends", "2s work has ended",
				"2s service ends", "3s service has ended", "3s released"}
			if name == "Shutdown" {
				want = []string{"11s child has ended", "21s work ends", "22s work has ended",
					"32s service ends", "33s service has ended", "33s released"}
			}
			d.want(t, want...)
		})
	}
}

func TestServiceIsToldToDrainWhenItsTurnHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, finishing(d, "service", time.Second), scope.Service())
		mustGo(t, s, finishing(d, "work", time.Second))
		synctest.Wait()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.want(t, "0s work drains", "1s work has finished", "1s service drains", "2s service has finished")
	})
}

func TestWaitAndRunAndLimitLeaveServicesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			for range 3 {
				mustGo(t, s, untilEnd, scope.Service())
			}
			mustGo(t, s, func(context.Context) error { time.Sleep(time.Second); return nil })
			return s.Wait(ctx)
		}, scope.WithLimit(1))
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
}

func TestFailureOfAServiceIsThatOfATaskOfTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		mustGo(t, s, failAfter(time.Second, errBoom), scope.Service())
		time.Sleep(2 * time.Second)
		if s.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", s.State())
		}
		mustClose(t, s)
		sink.want(t, "/s/service: boom")

		s = scope.New(context.Background(), "s", scope.FailFast())
		task := scope.Go(context.Background(), s, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, errBoom }, scope.Service())
		if _, err := task.Wait(context.Background()); !errors.Is(err, errBoom) {
			t.Errorf("task.Wait() = %v, want boom", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil: the failure was read", err)
		}
	})
}

func TestStuckTaskDoesNotKeepServicesFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: time.Second, Release: time.Second}))
		stop := make(chan struct{})
		mustGo(t, s, deaf(stop))
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "service"); return nil }, scope.Service())
		mustGo(t, s, deaf(stop), scope.Service(), scope.Named("deaf service"))
		synctest.Wait()
		err := s.Shutdown(context.Background())
		if _, ok := errors.AsType[*scope.StuckError](err); !ok {
			t.Errorf("Shutdown() = %v, want a StuckError", err)
		}
		d.note("closed")
		d.want(t, "1s service ends", "2s closed")
		close(stop)
	})
}

func TestServiceOfAScopeWithoutTimeEndsWithTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1}))
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "service"); return nil }, scope.Service())
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "work"); return nil })
		synctest.Wait()
		if err := s.Shutdown(within(t, time.Second)); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t, "1s service ends", "1s work ends")
	})
}

func TestServiceIsRefusedAsAnyTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		mustClose(t, s)
		if err := s.Go(context.Background(), untilEnd, scope.Service()); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Go() = %v, want ErrClosed", err)
		}
		if s.TryGo(context.Background(), untilEnd, scope.Service()) {
			t.Error("TryGo() = true, want false")
		}
		if _, err := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, nil }, scope.Service()).Wait(t.Context()); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Wait() = %v, want ErrClosed", err)
		}
	})
}

func TestServiceThatDependsOnACallerPanics(t *testing.T) {
	s := scope.New(context.Background(), "s")
	defer mustClose(t, s)
	want := "scope: Do: Service: the task ends with ctx"
	if v := panicOf(func() { _ = s.Do(context.Background(), untilEnd, scope.Service()) }); v != want {
		t.Errorf("panic %v, want %v", v, want)
	}
	want = "scope: Spawn: Service: the task ends with ctx"
	if v := panicOf(func() { _ = scope.Spawn(s.Context(), untilEnd, scope.Service()) }); v != want {
		t.Errorf("panic %v, want %v", v, want)
	}
}
