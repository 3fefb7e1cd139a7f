package scope_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// within returns a context for a shutdown that may take d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// finishing is a task that sees the drain and ends after d, with a note.
func finishing(dia *diary, who string, d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		<-scope.Draining(ctx)
		dia.note("%s drains", who)
		select {
		case <-time.After(d):
			dia.note("%s has finished", who)
			return nil
		case <-ctx.Done():
			dia.note("%s is cancelled", who)
			return context.Cause(ctx)
		}
	}
}

// deaf is a task that does not look at its context until stop is closed.
func deaf(stop <-chan struct{}) func(context.Context) error {
	return func(context.Context) error {
		<-stop
		return nil
	}
}

func TestShutdownDrainsInnermostFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root")
		app := root.Child("app")
		requests := app.Child("requests")
		for _, s := range []*scope.Scope{root, app, requests} {
			s.Defer("resource", func(context.Context) error { d.note("%s released", s.Name()); return nil })
			context.AfterFunc(s.Context(), func() { d.note("%s context ends", s.Name()) })
		}
		mustGo(t, root, finishing(d, "pool", time.Second))
		mustGo(t, app, finishing(d, "worker", 2*time.Second))
		mustGo(t, requests, finishing(d, "request", 3*time.Second))
		time.Sleep(time.Second)
		if err := root.Shutdown(within(t, time.Minute)); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t,
			"1s pool drains", "1s request drains", "1s worker drains",
			"2s pool has finished", "3s worker has finished", "4s request has finished",
			"4s app context ends", "4s app released",
			"4s requests context ends", "4s requests released",
			"4s root context ends", "4s root released",
		)
	})
}

func TestShutdownEndsTheContextWhenTheTimeToDrainIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: 10 * time.Second, Cancel: -1, Release: -1}))
		app := root.Child("app", scope.WithTimeouts(scope.Timeouts{Drain: 2 * time.Second, Cancel: -1, Release: -1}))
		mustGo(t, root, finishing(d, "pool", time.Hour))
		mustGo(t, app, finishing(d, "worker", time.Hour))
		var cause *scope.Cancelled
		context.AfterFunc(app.Context(), func() { errors.As(context.Cause(app.Context()), &cause) })
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t, "0s pool drains", "0s worker drains", "2s worker is cancelled", "12s pool is cancelled")
		if cause == nil || cause.By != "Shutdown" || cause.Path != "/root" {
			t.Errorf("cause = %+v, want by Shutdown of /root", cause)
		}
	})
}

func TestShutdownAbandonsAndNamesWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root")
		stop := make(chan struct{})
		app := root.Child("app", scope.WithTimeouts(scope.Timeouts{Cancel: 3 * time.Second}))
		mustGo(t, app, deaf(stop), scope.Named("importer"))
		mustGo(t, app, deaf(stop))
		mustGo(t, app, deaf(stop))
		released := false
		app.Defer("db", func(context.Context) error { released = true; return nil })
		time.Sleep(time.Second)
		start := time.Now()
		err := root.Shutdown(within(t, time.Minute))
		if passed := time.Since(start); passed != 3*time.Second {
			t.Errorf("Shutdown() took %v, want 3s", passed)
		}
		var stuck *scope.StuckError
		if !errors.As(err, &stuck) {
			t.Fatalf("Shutdown() = %v, want a StuckError", err)
		}
		if got, want := fmt.Sprint(stuck.Path, stuck.Tasks), "/root/app[{importer  1 4s} {  2 4s}]"; got != want {
			t.Errorf("stuck: %s, want %s", got, want)
		}
		if want := `scope /root/app: stuck: task "importer" running for 4s, 2 tasks, the oldest running for 4s`; stuck.Error() != want {
			t.Errorf("text %q, want %q", stuck, want)
		}
		count := 0
		for _, s := range stuck.Stacks {
			if strings.Contains(s.Text, ".deaf.") {
				count += s.Count
			}
		}
		if count != 3 {
			t.Errorf("%d goroutines stand in deaf, want 3: %v", count, stuck.Stacks)
		}
		if !released {
			t.Error("the release was skipped")
		}
		if got := scope.Abandoned(); len(got) != 1 || got[0] != app || app.Path() != "/root/app" {
			t.Errorf("Abandoned() = %v, want the app", got)
		}
		close(stop)
		synctest.Wait()
		if got := scope.Abandoned(); len(got) != 0 {
			t.Errorf("Abandoned() = %v after the end of the tasks, want none", got)
		}
	})
}

func TestEndOfTheTimeForTheTreeCancelsAllAtOnceAndGivesGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		stop := make(chan struct{})
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1, Release: -1}))
		app := root.Child("app")
		leaf := app.Child("leaf")
		mustGo(t, root, finishing(d, "pool", time.Hour))
		mustGo(t, app, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(50 * time.Millisecond)
			d.note("slow one has ended")
			return nil
		})
		mustGo(t, leaf, deaf(stop), scope.Named("deaf"))
		start := time.Now()
		err := root.Shutdown(within(t, 5*time.Second))
		if passed := time.Since(start); passed != 5100*time.Millisecond {
			t.Errorf("Shutdown() took %v, want 5.1s", passed)
		}
		if want := `scope /root/app/leaf: stuck: task "deaf" running for 5.1s`; err == nil || err.Error() != want {
			t.Errorf("Shutdown() = %v, want %s", err, want)
		}
		d.wantSorted(t, "0s pool drains", "5.05s slow one has ended", "5s pool is cancelled")
		close(stop)
	})
}

func TestHangingReleaseIsNamedAndStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Release: 2 * time.Second}))
		order := []string{}
		s.Defer("first", func(context.Context) error { order = append(order, "first"); return nil })
		s.Defer("hanging", func(context.Context) error { <-stop; return nil })
		s.Defer("obedient", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		start := time.Now()
		err := s.Shutdown(context.Background())
		if passed := time.Since(start); passed != 4100*time.Millisecond {
			t.Errorf("Shutdown() took %v, want 4.1s", passed)
		}
		if len(order) != 1 {
			t.Errorf("ran %v, want the first registered too", order)
		}
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), `the release "hanging" running for 2.1s`) {
			t.Errorf("Shutdown() = %v, want both errors", err)
		}
	})
}

func TestLaterCallOnlyShortensAShutdown(t *testing.T) {
	for name, later := range map[string]func(s *scope.Scope){
		"Cancel":   func(s *scope.Scope) { s.Cancel(errBoom) },
		"Close":    func(s *scope.Scope) { _ = s.Close() },
		"Shutdown": func(s *scope.Scope) { _ = s.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				root := scope.New(context.Background(), "root")
				mustGo(t, root.Child("app"), untilEnd)
				mustGo(t, root, untilEnd)
				time.AfterFunc(3*time.Second, func() { later(root) })
				start := time.Now()
				if err := root.Shutdown(context.Background()); err != nil {
					t.Errorf("Shutdown() = %v, want nil", err)
				}
				want := 3 * time.Second
				if name == "Shutdown" {
					want = 20 * time.Second // the drain times of two levels
				}
				if passed := time.Since(start); passed != want {
					t.Errorf("took %v, want %v", passed, want)
				}
			})
		})
	}
}

func TestShutdownFromInsideIsErrSelfWaitAndBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root")
		results := make(chan error, 4)
		mustGo(t, root.Child("app"), func(ctx context.Context) error { results <- root.Shutdown(ctx); return nil })
		root.Defer("r", func(ctx context.Context) error { results <- root.Shutdown(ctx); return nil })
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		for range 2 {
			if err := <-results; !errors.Is(err, scope.ErrSelfWait) {
				t.Errorf("Shutdown() from inside = %v, want %v", err, scope.ErrSelfWait)
			}
		}
	})
}

func TestShutdownOfRunWaitsForItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := scope.Run(context.Background(), "server", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, finishing(newDiary(), "task", time.Second))
			time.AfterFunc(time.Second, func() { _ = s.Shutdown(context.Background()) })
			<-ctx.Done()
			time.Sleep(time.Second)
			return nil
		})
		var c *scope.Cancelled
		if !errors.As(err, &c) || c.By != "Shutdown" {
			t.Errorf("Run() = %v, want the cause", err)
		}
		if passed := time.Since(start); passed != 3*time.Second {
			t.Errorf("took %v, want 3s", passed)
		}
	})
}

func TestCallbacksComeInTheirPhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: 2 * time.Second, Cancel: -1, Release: -1}))
		stop := make(chan struct{})
		mustGo(t, root, deaf(stop),
			scope.OnDrain(func(ctx context.Context) error { d.note("drain"); return ctx.Err() }),
			scope.Interrupt(func(context.Context) error { d.note("interrupt"); close(stop); return nil }))
		ended := make(chan struct{})
		mustGo(t, root, func(context.Context) error { close(ended); return nil },
			scope.OnDrain(func(context.Context) error { d.note("never"); return nil }))
		<-ended
		time.Sleep(time.Second)
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t, "1s drain", "3s interrupt")
	})
}

func TestCallbackThatFailsIsToldAndStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s := scope.New(context.Background(), "s", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			told = append(told, e.Error())
		})))
		mustGo(t, s, untilEnd, scope.OnDrain(func(context.Context) error { panic("crash") }))
		synctest.Wait()
		mustClose(t, s)
		if len(told) != 1 || !strings.Contains(told[0], "panic: crash") {
			t.Errorf("told %q, want the panic", told)
		}
	})
}

func TestScopeOpenedByATaskOfADrainingScopeWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root")
		ran := false
		mustGo(t, root, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			return scope.Run(ctx, "late", func(ctx context.Context, s *scope.Scope) error {
				return s.Go(ctx, func(context.Context) error { ran = true; return nil })
			})
		})
		if err := root.Shutdown(context.Background()); err != nil || !ran {
			t.Errorf("Shutdown() = %v, ran %v, want nil, true", err, ran)
		}
	})
}

func TestManyShutdownsAtOnceAllReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root")
		for i := range 50 {
			mustGo(t, root.Child(fmt.Sprint("c", i)), untilEnd)
		}
		done := make(chan error)
		for range 100 {
			go func() { done <- root.Shutdown(within(t, time.Second)) }()
		}
		for range 100 {
			if err := <-done; err != nil {
				t.Errorf("Shutdown() = %v, want nil", err)
			}
		}
	})
}
