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

// endings are the ways in which a root ends on its 10th second, so that the
// context of each of its scopes ends then if nothing in them takes time.
var endings = map[string]func(root *scope.Scope){
	"Close":    func(root *scope.Scope) { _ = root.Close() },
	"Cancel":   func(root *scope.Scope) { root.Cancel(errBoom) },
	"Shutdown": func(root *scope.Scope) { _ = root.Shutdown(context.Background()) },
	"failure": func(root *scope.Scope) {
		_ = root.Go(context.Background(), failAfter(0, errBoom))
	},
}

// inThree runs fn in a task of the innermost of three scopes, whose root ends
// after 10 s and whose timeouts are those given.
func inThree(t *testing.T, timeouts scope.Timeouts, end func(*scope.Scope), fn func(ctx context.Context)) {
	t.Helper()
	root := scope.New(context.WithValue(t.Context(), key{}, "value"), "root",
		scope.WithTimeouts(timeouts), scope.FailFast(), scope.WithSink(new(told)))
	mustGo(t, root.Child("mid").Child("leaf"), func(ctx context.Context) error { fn(ctx); return nil })
	time.Sleep(10 * time.Second)
	end(root)
	synctest.Wait()
	_ = root.Close()
}

func TestGraceOutlivesItsContextByItsTime(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				inThree(t, scope.Timeouts{Cancel: time.Minute}, end, func(task context.Context) {
					<-task.Done()
					d.note("the task's context ends")
					ctx, cancel := scope.Grace(task, 2*time.Second)
					defer cancel()
					if ctx.Err() != nil || ctx.Value(key{}) != "value" || scope.Current(ctx) != scope.Current(task) {
						t.Errorf("Grace() = %v, %v in %v, want a live context of the same scope and values",
							ctx.Err(), ctx.Value(key{}), scope.Current(ctx))
					}
					<-ctx.Done()
					d.note("%v, %v", ctx.Err(), context.Cause(ctx))
				})
				d.want(t,
					"10s the task's context ends",
					"12s context deadline exceeded, scope /root/mid/leaf: grace timed out after 2s")
			})
		})
	}
}

// nest runs fn in n scopes that are nested in the task of ctx.
func nest(ctx context.Context, n int, fn func(ctx context.Context)) {
	if n == 0 {
		fn(ctx)
		return
	}
	_ = scope.Run(ctx, "nested", func(ctx context.Context, _ *scope.Scope) error {
		nest(ctx, n-1, fn)
		return nil
	})
}

func TestGraceEndsWhenTheScopeGivesUpWaiting(t *testing.T) {
	for name, end := range endings {
		for nested := range 3 {
			t.Run(fmt.Sprint(name, " nested ", nested), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDiary()
					stop := make(chan struct{})
					inThree(t, scope.Timeouts{Cancel: 3 * time.Second}, end, func(task context.Context) {
						nest(task, nested, func(task context.Context) {
							for _, limit := range []time.Duration{-1, time.Hour} {
								ctx, cancel := scope.Grace(task, limit)
								defer cancel()
								context.AfterFunc(ctx, func() {
									var c *scope.Cancelled
									if !errors.As(context.Cause(ctx), &c) || c.By != "force" || c.Path != "/root/mid/leaf" || c.Reason == nil {
										t.Errorf("Cause() = %v, want the force of /root/mid/leaf", context.Cause(ctx))
									}
									d.note("%v", ctx.Err())
								})
							}
							<-stop
							late, cancel := scope.Grace(task, time.Hour)
							defer cancel()
							d.note("late: %v", late.Err())
						})
					})
					synctest.Wait()
					close(stop)
					synctest.Wait()
					d.wantSorted(t, "13s context canceled", "13s context canceled", "13s late: context canceled")
				})
			})
		}
	}
}

func TestGraceAskedForAfterTheForceHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		inThree(t, scope.Timeouts{Cancel: 3 * time.Second}, endings["Close"], func(task context.Context) {
			<-stop
			ctx, cancel := scope.Grace(task, -1)
			defer cancel()
			var c *scope.Cancelled
			if !errors.As(context.Cause(ctx), &c) || c.By != "force" {
				t.Errorf("Cause() = %v, want the force", context.Cause(ctx))
			}
		})
		close(stop)
	})
}

func TestGraceEndsAMomentAfterTheTimeForTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		end := func(root *scope.Scope) { _ = root.Shutdown(within(t, 5*time.Second)) }
		inThree(t, scope.Timeouts{Drain: -1, Cancel: -1}, end, func(task context.Context) {
			ctx, cancel := scope.Grace(task, -1)
			defer cancel()
			<-task.Done()
			d.note("the task's context ends")
			<-ctx.Done()
			d.note("grace ends")
		})
		d.want(t, "15s the task's context ends", "15.1s grace ends")
	})
}

func TestGraceWithoutTimeAndWithoutLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		for where, base := range map[string]context.Context{
			"outside every scope": context.WithValue(context.Background(), key{}, 1),
			"in an open scope":    context.WithValue(s.Context(), key{}, 1),
		} {
			ended, cancel := context.WithCancel(base)
			cancel()
			none, cancel := scope.Grace(ended, 0)
			if !errors.Is(none.Err(), context.DeadlineExceeded) {
				t.Errorf("%s: Grace(ctx, 0) has ended with %v, want its deadline", where, none.Err())
			}
			cancel()
			ctx, cancel := scope.Grace(ended, -1)
			time.Sleep(time.Hour)
			if _, ok := ctx.Deadline(); ok || ctx.Err() != nil || ctx.Value(key{}) != 1 {
				t.Errorf("%s: Grace(ctx, -1): deadline %v, ended %v, value %v, want a live one without a deadline", where, ok, ctx.Err(), ctx.Value(key{}))
			}
			cancel()
			if !errors.Is(ctx.Err(), context.Canceled) {
				t.Errorf("%s: ended with %v after cancel, want %v", where, ctx.Err(), context.Canceled)
			}
			short, cancel := scope.Grace(ended, time.Second)
			time.Sleep(time.Second)
			synctest.Wait()
			if !errors.Is(short.Err(), context.DeadlineExceeded) {
				t.Errorf("%s: Grace(ctx, 1s) has ended with %v after 1s, want its deadline", where, short.Err())
			}
			cancel()
		}
		mustClose(t, s)
	})
}

func TestGraceIsNoTimeoutOfAScope(t *testing.T) {
	ctx, cancel := scope.Grace(context.Background(), 0)
	defer cancel()
	var timeout *scope.TimeoutError
	if cause := context.Cause(ctx); errors.As(cause, &timeout) || cause.Error() != "scope: grace timed out after 0s" {
		t.Errorf("Cause() = %v, want an error that is no TimeoutError", cause)
	}
}

func TestWorkWithGraceIsRefusedOnceTheContextHasEndedButRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		inThree(t, scope.Timeouts{Cancel: time.Minute}, endings["Cancel"], func(task context.Context) {
			<-task.Done()
			ctx, cancel := scope.Grace(task, 5*time.Second)
			defer cancel()
			if taken, ran := offer(ctx, scope.Current(ctx)); len(taken) != 0 || len(ran) != 0 {
				t.Errorf("cancelling: took %q, ran %q, want none", taken, ran)
			}
			if err := scope.Spawn(ctx, untilEnd); !errors.Is(err, scope.ErrClosed) {
				t.Errorf("Spawn() = %v, want %v", err, scope.ErrClosed)
			}
			err := scope.Run(ctx, "rollback", func(ctx context.Context, s *scope.Scope) error {
				mustGo(t, s, func(ctx context.Context) error { d.note("rolls back: %v", ctx.Err()); return untilEnd(ctx) })
				return nil
			})
			d.note("Run() = %v", err)
		})
		d.want(t, "10s rolls back: <nil>", "15s Run() = scope /root/mid/leaf: grace timed out after 5s")
	})
}

func TestTasksWithGraceEndWithTheirScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		inThree(t, scope.Timeouts{Cancel: time.Minute}, endings["Cancel"], func(task context.Context) {
			ctx, cancel := scope.Grace(task, -1)
			defer cancel()
			_ = scope.Spawn(ctx, func(ctx context.Context) error { <-ctx.Done(); d.note("the task ends"); return nil })
			<-task.Done()
		})
		d.want(t, "10s the task ends")
	})
}

func TestGraceCostsNoGoroutine(t *testing.T) {
	s := scope.New(context.Background(), "s")
	_ = s.Do(context.Background(), func(task context.Context) error {
		for range 10 {
			ctx, cancel := scope.Grace(task, time.Hour)
			defer cancel()
			ctx, stop := context.WithCancel(context.WithValue(ctx, key{}, 1))
			defer stop()
			context.AfterFunc(ctx, func() {})
		}
		if own := s.Goroutines(); len(own) != 1 || own[0].Count != 1 {
			t.Errorf("Goroutines() = %v, want that of the task alone", own)
		}
		return nil
	})
	mustClose(t, s)
}

func TestReleasesHaveTheirTimeAfterTasksWereAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		stop := make(chan struct{})
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: sec, Release: 3 * sec}))
		s.Defer("db", func(ctx context.Context) error {
			<-ctx.Done()
			d.note("%v", context.Cause(ctx))
			ctx, cancel := scope.Grace(ctx, 50*time.Millisecond)
			defer cancel()
			<-ctx.Done()
			d.note("%v", context.Cause(ctx))
			return nil
		})
		mustGo(t, s, deaf(stop))
		var stuck *scope.StuckError
		if err := s.Close(); !errors.As(err, &stuck) || len(stuck.Tasks) != 1 || stuck.Tasks[0].Name != "" {
			t.Errorf("Close() = %v, want the task stuck and not the release", err)
		}
		d.want(t, `4s scope /s: release "db" timed out after 3s`, "4.05s scope /s: grace timed out after 50ms")
		close(stop)
	})
}

func TestReleaseLearnsWhyItsContextEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for within, want := range map[time.Duration]string{
			time.Minute: `scope /s: release "db" timed out after 3s`,
			time.Second: "scope /s cancelled by force: scope /s cancelled by Shutdown",
		} {
			s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Release: 3 * time.Second}))
			s.Defer("db", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
			ctx, cancel := context.WithTimeout(context.Background(), within)
			if err := s.Shutdown(ctx); err == nil || err.Error() != `scope: releasing "db" of /s: `+want {
				t.Errorf("within %v: Shutdown() = %v, want %s", within, err, want)
			}
			cancel()
		}
	})
}
