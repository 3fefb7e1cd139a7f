package scope_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestRunWaitsForTasksThatEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			for i := range 3 {
				mustGo(t, s, func(ctx context.Context) error {
					time.Sleep(time.Duration(i+1) * time.Second)
					d.note("task %d ends: %v", i, ctx.Err())
					return nil
				})
			}
			d.note("body returns")
			return nil
		})
		d.note("Run() = %v", err)
		d.want(t,
			"0s body returns",
			"1s task 0 ends: <nil>",
			"2s task 1 ends: <nil>",
			"3s task 2 ends: <nil>",
			"3s Run() = <nil>",
		)
	})
}

func TestRunWaitsForTasksThatTasksStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			var next func(n int) func(context.Context) error
			next = func(n int) func(context.Context) error {
				return func(ctx context.Context) error {
					time.Sleep(time.Second)
					d.note("task %d ends: %v", n, ctx.Err())
					if n == 3 {
						return nil
					}
					return s.Go(ctx, next(n+1))
				}
			}
			return s.Go(ctx, next(1))
		})
		d.note("Run() = %v", err)
		d.want(t, "1s task 1 ends: <nil>", "2s task 2 ends: <nil>", "3s task 3 ends: <nil>", "3s Run() = <nil>")
	})
}

func TestRunReturnsTheErrorOfItsBodyAndEndsItsTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				d.note("task ends: %v", context.Cause(ctx))
				return ctx.Err()
			})
			time.Sleep(time.Second)
			return errBoom
		})
		if err != errBoom { //nolint:errorlint // as it is, not wrapped
			t.Errorf("Run() = %v, want %v itself", err, errBoom)
		}
		d.want(t, "1s task ends: scope /run cancelled by body: boom")
	})
}

func TestRunReturnsTheCauseIfItWasCutShort(t *testing.T) {
	tests := []struct {
		name string
		cut  func(s *scope.Scope, cancel context.CancelCauseFunc)
		want string
	}{
		{"outer context cancelled", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(errBoom) }, "boom"},
		{"outer context cancelled without a cause", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(nil) }, "context canceled"},
		{"Close", func(s *scope.Scope, _ context.CancelCauseFunc) { go s.Close() }, "scope /run cancelled by Close"}, //nolint:errcheck // Run reports
		{"Close of a parent", nil, "scope /over cancelled by Close"},
		{"Cancel of a parent without a cause", nil, "scope /over cancelled by Cancel"},
		{"Cancel without a cause", func(s *scope.Scope, _ context.CancelCauseFunc) { s.Cancel(nil) }, ""},
	}
	for _, tt := range tests {
		for _, where := range []string{"body", "task"} {
			t.Run(tt.name+" during the "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					body := func(ctx context.Context, s *scope.Scope) error {
						if tt.cut != nil {
							time.AfterFunc(time.Second, func() { tt.cut(s, cancel) })
						}
						if where == "body" {
							<-ctx.Done()
						} else {
							mustGo(t, s, untilEnd)
						}
						return nil // work cut short that looks complete
					}
					var err error
					if tt.cut != nil {
						err = scope.Run(ctx, "run", body)
					} else {
						over := scope.New(ctx, "over")
						mustGo(t, over, func(ctx context.Context) error {
							err = scope.Run(ctx, "run", body)
							return nil
						})
						time.Sleep(time.Second)
						if tt.name == "Close of a parent" {
							mustClose(t, over)
						} else {
							over.Cancel(nil)
							mustClose(t, over)
						}
					}
					if tt.want == "" {
						if err != nil {
							t.Errorf("Run() = %v, want nil", err)
						}
						return
					}
					if err == nil || withoutSite(err) != tt.want {
						t.Errorf("Run() = %v, want %v", err, tt.want)
					}
				})
			})
		}
	}
}

// withoutSite returns the text of err without where it came from.
func withoutSite(err error) string {
	if c, ok := errors.AsType[*scope.Cancelled](err); ok {
		c := *c
		c.Caller = ""
		return c.Error()
	}
	return err.Error()
}

func TestRunCutByCancelReturnsItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			s.Cancel(errBoom)
			return nil
		})
		c, ok := errors.AsType[*scope.Cancelled](err)
		if !ok || c.Reason != errBoom || c.By != "Cancel" { //nolint:errorlint // as it was given
			t.Errorf("Run() = %v, want a *Cancelled by Cancel for %v", err, errBoom)
		}
	})
}

func TestRunUnderAnEndedContextRunsItsBodyAndReturnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		ran := false
		err := scope.Run(ctx, "run", func(ctx context.Context, s *scope.Scope) error {
			ran = true
			if ctx.Err() == nil {
				t.Error("Err() = nil in the body, want an error")
			}
			if err := s.Go(ctx, untilEnd); !errors.Is(err, scope.ErrClosed) {
				t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
			}
			return nil
		})
		if !ran || err != errBoom { //nolint:errorlint // as it is
			t.Errorf("body ran: %v, Run() = %v, want true, %v", ran, err, errBoom)
		}
	})
}

func TestPanicOfTheBodyGoesOnAfterTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		value := panicOf(func() {
			_ = scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
				s.Defer("resource", func(context.Context) error {
					time.Sleep(time.Second)
					d.note("released")
					return errCrash
				})
				mustGo(t, s, func(ctx context.Context) error {
					<-ctx.Done()
					time.Sleep(time.Second)
					d.note("task ends")
					return nil
				})
				panic(errBoom)
			}, scope.WithSink(sink))
		})
		d.note("panic: %v", value)
		d.want(t, "1s task ends", "2s released", "2s panic: boom")
		sink.want(t, `/run: scope: releasing "resource" of /run: crash`)
	})
}

func TestGoexitInTheBodyGoesOnAfterTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		returned := false
		go func() {
			defer d.note("goroutine ends")
			_ = scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
				s.Defer("resource", func(context.Context) error {
					time.Sleep(time.Second)
					d.note("released")
					return errCrash
				})
				runtime.Goexit()
				return nil
			}, scope.WithSink(sink))
			returned = true
		}()
		time.Sleep(time.Minute)
		if returned {
			t.Error("Run returned, want the Goexit to go on")
		}
		d.want(t, "1s released", "1s goroutine ends")
		sink.want(t, `/run: scope: releasing "resource" of /run: crash`)
	})
}

func TestRunJoinsTheErrorsOfReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(t.Context(), "run", func(_ context.Context, s *scope.Scope) error {
			s.Defer("resource", func(context.Context) error { return errCrash })
			return errBoom
		})
		if !errors.Is(err, errBoom) || !errors.Is(err, errCrash) {
			t.Errorf("Run() = %v, want both %v and %v", err, errBoom, errCrash)
		}
	})
}

func TestRunReturnsTheErrorsOfItsReleasesWhenItsParentCloses(t *testing.T) {
	for range 50 { // who takes the report must not be a matter of luck
		synctest.Test(t, func(t *testing.T) {
			over := scope.New(t.Context(), "over")
			var err error
			go func() {
				err = scope.Run(over.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
					s.Defer("resource", func(context.Context) error { return errCrash })
					return untilEnd(ctx)
				})
			}()
			synctest.Wait()
			mustClose(t, over)
			synctest.Wait()
			if !errors.Is(err, errCrash) {
				t.Fatalf("Run() = %v, want %v in it", err, errCrash)
			}
		})
	}
}

func TestRunExplainsAnErrorThatSaysOnlyThatTheContextHasEnded(t *testing.T) {
	tests := []struct {
		name string
		cut  func(s *scope.Scope, cancel context.CancelCauseFunc)
		want string
	}{
		{"Close", func(s *scope.Scope, _ context.CancelCauseFunc) { go s.Close() }, "scope /run cancelled by Close"}, //nolint:errcheck // Run reports
		{"Cancel without a cause", func(s *scope.Scope, _ context.CancelCauseFunc) { s.Cancel(nil) }, "context canceled"},
		{"outer context", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(nil) }, "context canceled"},
		{"outer context with a cause", func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(errBoom) }, "context canceled\nboom"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				err := scope.Run(ctx, "run", func(ctx context.Context, s *scope.Scope) error {
					tt.cut(s, cancel)
					<-ctx.Done()
					return ctx.Err()
				})
				if err == nil || err.Error() != tt.want || !errors.Is(err, context.Canceled) {
					t.Errorf("Run() = %v, want %s", err, tt.want)
				}
			})
		})
	}
}

// broken is an error whose methods panic, as those of a nil *fs.PathError do.
func broken(context.Context) error { return (*fs.PathError)(nil) }

func TestRunReturnsAnErrorWhoseMethodsPanic(t *testing.T) {
	bodies := map[string]func(ctx context.Context, s *scope.Scope) error{
		"the body fails":         func(ctx context.Context, _ *scope.Scope) error { return broken(ctx) },
		"after the scope's end":  func(ctx context.Context, s *scope.Scope) error { s.Cancel(errStop); <-ctx.Done(); return broken(ctx) },
		"after a task's failure": func(ctx context.Context, s *scope.Scope) error { _ = s.Go(ctx, fail); <-ctx.Done(); return broken(ctx) },
		"with that of a task": func(ctx context.Context, s *scope.Scope) error {
			_ = s.Go(ctx, broken)
			<-ctx.Done()
			return broken(ctx)
		},
		"of a task alone":        func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, broken) },
		"that Do returned":       func(ctx context.Context, s *scope.Scope) error { return s.Do(ctx, broken) },
		"with that of a release": func(ctx context.Context, s *scope.Scope) error { s.Defer("r", broken); return broken(ctx) },
		"when the time is up":    func(ctx context.Context, _ *scope.Scope) error { <-ctx.Done(); return broken(ctx) },
		"of a task with a handle": func(ctx context.Context, s *scope.Scope) error {
			scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, broken(ctx) })
			return nil
		},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				top := scope.New(context.Background(), "top", quiet)
				var err error
				if v := panicOf(func() { err = scope.Run(top.Context(), "s", body, scope.FailFast(), scope.Timeout(sec)) }); v != nil {
					t.Errorf("Run() panics with %v", v)
				}
				if err == nil {
					t.Error("Run() = nil, want an error")
				}
				if kids := top.Children(); len(kids) > 0 {
					t.Errorf("%v is open after Run has returned", kids[0].Path())
				}
				mustClose(t, top)
			})
		})
	}
}
