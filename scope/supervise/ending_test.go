package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

func TestBackOffEndsAtOnceWithTheScope(t *testing.T) {
	for name, end := range map[string]func(s *scope.Scope, cancel func()){
		"close":          func(s *scope.Scope, _ func()) { _ = s.Close() },
		"cancel":         func(s *scope.Scope, _ func()) { s.Cancel(errBoom) },
		"parent":         func(s *scope.Scope, _ func()) { s.Parent().Cancel(nil) },
		"end of context": func(_ *scope.Scope, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				d := newDiary()
				top := scope.New(ctx, "top", scope.WithSink(d))
				s := top.Child("s")
				sv := must(t)(supervise.Go(ctx, s, "w", d.runs("w", sec(1), errBoom), every(time.Hour)))
				time.Sleep(2 * time.Second)
				if got := sv.State(); got != supervise.BackingOff {
					t.Errorf("State() = %v, want %v", got, supervise.BackingOff)
				}
				end(s, cancel)
				mustWait(t, sv, nil)
				d.note("ended")
				mustClose(t, top)
				d.want(t, "0s w runs", `1s told /top/s task "w": boom, attempt 1`, "2s ended")
			})
		})
	}
}

// A parent that drains waits for its children first: the supervision under the
// inner scope must not restart while the outer one has only begun to.
func TestDrainOfAScopeAboveEndsTheBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top", scope.WithSink(d))
		sv := must(t)(supervise.Go(t.Context(), top, "w", d.runs("w", sec(1), errBoom), every(5*time.Second)))
		slow := top.Child("slow")
		_ = slow.Go(t.Context(), func(ctx context.Context) error { <-ctx.Done(); time.Sleep(2 * time.Second); return nil })
		time.Sleep(2 * time.Second)
		top.Cancel(nil)
		mustWait(t, sv, nil)
		d.note("ended, top: %v", top.Context().Err())
		mustClose(t, top)
		d.want(t, "0s w runs", `1s told /top task "w": boom, attempt 1`, "2s ended, top: <nil>")
	})
}

func TestFailureWhileTheScopeClosesIsToldAndNotFollowedByARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		must(t)(supervise.Go(t.Context(), s, "w", func(ctx context.Context) error {
			<-ctx.Done()
			d.note("%v", context.Cause(ctx))
			time.Sleep(time.Second)
			return errors.New("flush")
		}, every(0)))
		synctest.Wait()
		mustClose(t, s)
		d.want(t, "0s scope /s cancelled by Close", `1s told /s task "w": flush, attempt 1`)
	})
}

func TestStopEndsAttemptAndBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		var causes []error
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			causes = append(causes, context.Cause(ctx))
			return ctx.Err()
		}))
		idle := must(t)(supervise.Go(t.Context(), s, "idle", d.runs("idle", sec(0), errBoom), every(time.Hour)))
		time.Sleep(time.Second)
		sv.Stop()
		idle.Stop()
		mustWait(t, idle, nil)
		d.note("idle ended")
		mustWait(t, sv, nil)
		d.note("ended")
		var c *scope.Cancelled
		if len(causes) != 1 || !errors.As(causes[0], &c) || c.By != "Stop" || c.Path != "/s/w" || c.Caller == "" {
			t.Errorf("causes = %v", causes)
		}
		if sv.Restart() || sv.State() != supervise.Ended {
			t.Errorf("Restart() = true or State() = %v after the end", sv.State())
		}
		mustClose(t, s)
		d.want(t, "0s idle runs", `0s told /s task "idle": boom, attempt 1`, "1s idle ended", "2s ended")
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		sv := must(t)(supervise.Go(t.Context(), s, "w", newDiary().runs("w", nil)))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
		defer cancel()
		mustWaitCtx(t, ctx, sv, errBoom)
		mustClose(t, s)
		<-sv.Done()
	})
}

func mustWaitCtx(t *testing.T, ctx context.Context, sv *supervise.Supervisor, want error) {
	t.Helper()
	if err := sv.Wait(ctx); !errors.Is(err, want) {
		t.Errorf("Wait() = %v, want %v", err, want)
	}
}

func TestBackOffHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1), scope.WithSink(d))
		sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), errBoom, nil), every(2*time.Second)))
		synctest.Wait()
		if s.TryGo(t.Context(), func(context.Context) error { return nil }) {
			t.Error("an attempt holds no slot")
		}
		time.Sleep(2 * time.Second)
		if !s.TryGo(t.Context(), func(context.Context) error { time.Sleep(5 * time.Second); d.note("other ends"); return nil }) {
			t.Error("the back-off holds a slot")
		}
		time.Sleep(2 * time.Second)
		if got := sv.State(); got != supervise.Starting {
			t.Errorf("State() = %v, want %v", got, supervise.Starting)
		}
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s w runs", `1s told /s task "w": boom, attempt 1`, "7s other ends", "7s w runs")
	})
}

func TestWaitForASlotEndsWithStopAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1), scope.WithSink(d))
		must(t)(supervise.Go(t.Context(), s, "first", d.runs("first", nil)))
		synctest.Wait()
		sv := must(t)(supervise.Go(t.Context(), s, "second", d.runs("second", nil)))
		synctest.Wait()
		sv.Restart()
		synctest.Wait()
		if sv.State() != supervise.Starting || sv.Attempts() != 0 {
			t.Errorf("State() = %v, Attempts() = %d", sv.State(), sv.Attempts())
		}
		sv.Stop()
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s first runs", "0s first: scope /s cancelled by Close")
	})
}

func TestRestartOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		n := 0
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(ctx context.Context) error {
			n++
			d.note("attempt %d", n)
			if n == 2 {
				return errBoom
			}
			<-ctx.Done()
			time.Sleep(time.Second)
			var c *scope.Cancelled
			if !errors.As(context.Cause(ctx), &c) {
				return fmt.Errorf("cause %w", context.Cause(ctx))
			}
			d.note("ends by %s", c.By)
			return nil
		}, every(time.Hour), supervise.Intensity(1, 24*time.Hour)))
		time.Sleep(time.Second)
		sv.Restart() // what runs
		synctest.Wait()
		if got := sv.State(); got != supervise.Stopping {
			t.Errorf("State() = %v, want %v", got, supervise.Stopping)
		}
		time.Sleep(2 * time.Second)
		sv.Restart() // what waits
		synctest.Wait()
		sv.Restart()
		sv.Restart() // one and the same
		time.Sleep(2 * time.Second)
		if got := sv.State(); got != supervise.Running {
			t.Errorf("State() = %v, want %v", got, supervise.Running)
		}
		sv.Stop()
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s attempt 1", "2s ends by Restart", "2s attempt 2", `2s told /s task "w": boom, attempt 2`,
			"3s attempt 3", "4s ends by Restart", "4s attempt 4", "6s ends by Stop")
	})
}

func TestPanicOfTheBackOffHangsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), errBoom), supervise.BackOff(nilBackOff)))
		mustWait(t, sv, errBoom)
		mustClose(t, s)
		if len(d.lines) != 3 {
			t.Errorf("what happened: %q, want the run, the failure and the panic", d.lines)
		}
	})
}

// The sink may leave by Goexit; the supervision goes on.
func TestSinkThatExitsEndsNoSupervision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top", scope.WithSink(d))
		s := top.Child("s", scope.WithSink(scope.SinkFunc(exit)))
		sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(0), errBoom, nil), every(time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, top)
		if last := d.lines[len(d.lines)-1]; last != "1s w runs" {
			t.Errorf("what happened: %q", d.lines)
		}
	})
}

func TestShutdownDoesNotRestartWhatFailsInTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(3), errBoom), every(0)))
		must(t)(supervise.Go(t.Context(), s, "x", func(ctx context.Context) error {
			<-scope.Draining(ctx)
			time.Sleep(2 * time.Second)
			d.note("x ends, context: %v", ctx.Err())
			return nil
		}, supervise.Restart(supervise.Always)))
		time.Sleep(time.Second)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.note("closed")
		slices.Sort(d.lines[1:3])
		d.want(t, "0s w runs", `3s told /s task "w": boom, attempt 1`, "3s x ends, context: <nil>", "3s closed")
	})
}

// A deaf attempt costs a shutdown what any deaf task costs, and is named once.
func TestDeafAttemptIsStuckOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithTimeouts(scope.Timeouts{Drain: 10 * time.Second, Cancel: 5 * time.Second}))
		free := make(chan struct{})
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(context.Context) error { <-free; return nil }))
		synctest.Wait()
		sv.Stop()
		synctest.Wait()
		start := time.Now()
		err := s.Shutdown(t.Context())
		stuck := 0
		for e := range leaves(err) {
			if st, ok := errors.AsType[*scope.StuckError](e); ok {
				stuck++
				if st.Path != "/s" {
					t.Errorf("%v", e)
				}
			}
		}
		if d := time.Since(start); stuck != 1 || d != 15*time.Second {
			t.Errorf("Shutdown() = %v after %v, want one *StuckError after 15s", err, d)
		}
		if got := sv.State(); got != supervise.Stopping {
			t.Errorf("State() = %v, want %v", got, supervise.Stopping)
		}
		close(free)
		mustWait(t, sv, nil)
	})
}

func TestSupervisionCanBeEndedThroughTheTree(t *testing.T) {
	for name, end := range map[string]func(home *scope.Scope){
		"cancel":   func(h *scope.Scope) { h.Cancel(errBoom) },
		"shutdown": func(h *scope.Scope) { _ = h.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(t.Context(), "s", scope.WithTimeouts(scope.Timeouts{Drain: time.Second, Cancel: time.Second}))
				sv := must(t)(supervise.Go(t.Context(), s, "w", newDiary().runs("w", nil)))
				synctest.Wait()
				end(s.Children()[0])
				mustWait(t, sv, nil)
				if err := s.Context().Err(); err != nil {
					t.Errorf("the scope ended: %v", err)
				}
				mustClose(t, s)
			})
		})
	}
}
