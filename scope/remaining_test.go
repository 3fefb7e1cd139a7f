package scope_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// left is Remaining as a text.
func left(ctx context.Context) string {
	d, ok := scope.Remaining(ctx)
	if !ok {
		return "none"
	}
	return d.String()
}

// noteLeft writes down what remains for ctx at each of the given times, counted
// from the making of the diary.
func (d *diary) noteLeft(ctx context.Context, at ...time.Duration) {
	for _, at := range at {
		time.Sleep(time.Until(d.start.Add(at)))
		synctest.Wait()
		d.note("%s", left(ctx))
	}
}

const sec = time.Second

func TestRemainingIsTheLeastOfEachDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		d.note("%s", left(context.Background()))
		soon := within(t, 3*sec)
		d.noteLeft(soon, sec, 3*sec, 5*sec)
		root := scope.New(context.Background(), "root")
		d.note("%s", left(root.Context()))
		mustClose(t, root)
		d.note("closed: %s", left(root.Context()))

		limited := scope.New(context.Background(), "limited", scope.Timeout(10*sec))
		leaf := limited.Child("mid").Child("leaf")
		mustGo(t, leaf, func(ctx context.Context) error {
			d.note("%s", left(ctx))
			short, cancel := context.WithTimeout(ctx, 4*sec)
			defer cancel()
			d.noteLeft(short, 8*sec, 12*sec)
			return nil
		})
		mustWait(t, leaf)
		mustClose(t, limited)
		d.want(t, "0s none", "1s 2s", "3s 0s", "5s 0s", "5s none", "5s closed: 0s", "5s 10s", "8s 1s", "12s 0s")
	})
}

func TestRemainingFollowsEachPhaseOfAShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: 4 * sec, Cancel: 2 * sec, Release: 9 * sec}))
		leaf := root.Child("mid").Child("leaf")
		stop := make(chan struct{})
		mustGo(t, root, func(ctx context.Context) error { // its time does not run yet
			d.noteLeft(ctx, 0, 11*sec+sec/2)
			return nil
		})
		mustGo(t, leaf, func(ctx context.Context) error {
			nest(ctx, 2, func(ctx context.Context) {
				time.Sleep(time.Millisecond)
				d.noteLeft(ctx, 0, 11*sec, 13*sec, 14*sec, 15*sec, 17*sec)
			})
			<-stop
			d.note("%s", left(ctx))
			return nil
		})
		leaf.Defer("db", func(ctx context.Context) error { d.note("release: %s", left(ctx)); time.Sleep(2 * sec); return nil })
		time.Sleep(10 * sec)
		_ = root.Shutdown(context.Background())
		time.Sleep(2 * sec)
		close(stop)
		synctest.Wait()
		d.want(t,
			"0s none", "1ms none", "11s 3s", "11.5s none", "13s 1s", "14s 2s", "15s 1s",
			"16s release: 9s", "17s 0s", "20s 0s")
	})
}

func TestRemainingKnowsTheTimeForTheTree(t *testing.T) {
	shutdowns := map[string]func(root, mid, leaf *scope.Scope){
		"of the root":  func(root, _, _ *scope.Scope) { _ = root.Shutdown(deadline(5 * sec)) },
		"of a parent":  func(_, mid, _ *scope.Scope) { _ = mid.Shutdown(deadline(5 * sec)) },
		"of its scope": func(_, _, leaf *scope.Scope) { _ = leaf.Shutdown(deadline(5 * sec)) },
		"a second one": func(root, mid, _ *scope.Scope) {
			go func() { _ = root.Shutdown(deadline(time.Hour)) }()
			_ = mid.Shutdown(deadline(5 * sec))
		},
		"cut short by hand": func(root, _, _ *scope.Scope) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(5*sec, cancel)
			_ = root.Shutdown(ctx)
		},
	}
	for name, shutdown := range shutdowns {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1}))
				mid := root.Child("mid")
				leaf := mid.Child("leaf")
				mustGo(t, leaf, func(ctx context.Context) error {
					d.noteLeft(ctx, 2*sec, 5*sec, 5*sec+50*time.Millisecond)
					return nil
				})
				shutdown(root, mid, leaf)
				time.Sleep(sec)
				mustClose(t, root)
				first := "2s 3s"
				if name == "cut short by hand" {
					first = "2s none" // nobody knows
				}
				d.want(t, first, "5s 100ms", "5.05s 50ms")
			})
		})
	}
}

// deadline returns a context that is over after d.
func deadline(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	context.AfterFunc(ctx, cancel)
	return ctx
}

func TestRemainingKnowsTheShutdownTimeOfMain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ch := make(chan os.Signal)
		sendAt(ch, sec, 3*sec)
		scope.Main("server", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s.Child("app"), func(ctx context.Context) error {
				d.noteLeft(ctx, 2*sec, 3*sec)
				return nil
			})
			<-ctx.Done()
			return nil
		}, scope.WithSignals(ch), scope.WithReport(new(nothing)), scope.WithShutdownTime(7*sec))
		d.want(t, "2s 6s", "3s 100ms")
	})
}

type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }

func TestRemainingWithGraceIsTheCleanupsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: 6 * sec}))
		mustGo(t, s, func(task context.Context) error {
			<-task.Done()
			for _, limit := range []time.Duration{-1, time.Hour, 2 * sec} {
				ctx, cancel := scope.Grace(task, limit)
				defer cancel()
				d.note("%s", left(ctx))
			}
			return nil
		})
		time.Sleep(sec)
		mustClose(t, s)
		d.want(t, "1s 6s", "1s 6s", "1s 2s")
	})
}

func TestRemainingOfAnEndedPartOfAnOpenScopeIsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		_ = s.Do(context.Background(), func(ctx context.Context) error {
			part, cancel := context.WithCancel(ctx)
			cancel()
			if got := left(part); got != "0s" {
				t.Errorf("Remaining() = %s, want 0s", got)
			}
			return nil
		})
		mustClose(t, s)
	})
}

func TestShutdownWithTheContextOfTheScopeIsNotCutShortByItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, at := range []time.Duration{0, sec, 2 * sec} {
			d := newDiary()
			s := scope.New(context.Background(), "s", scope.Timeout(sec), scope.WithTimeouts(scope.Timeouts{Cancel: 10 * sec}))
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(3 * sec)
				d.note("%s", left(ctx))
				return nil
			})
			time.Sleep(at)
			synctest.Wait()
			if err := s.Shutdown(s.Context()); err != nil {
				t.Errorf("Shutdown() after %v = %v, want nil", at, err)
			}
			if at == 0 {
				d.want(t, "3s 7s")
			} else {
				d.want(t, "4s 7s")
			}
		}
	})
}
