package scope_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestWaitReturnsTheFirstFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		mustGo(t, s, failAfter(time.Second, errBoom))
		mustGo(t, s, failAfter(2*time.Second, errCrash))
		mustGo(t, s, untilEnd)
		err := s.Wait(t.Context())
		te, ok := errors.AsType[*scope.TaskError](err)
		if !ok || te.Err != errBoom || te.Secondary { //nolint:errorlint // as it is
			t.Errorf("Wait() = %v, want the *TaskError of %v", err, errBoom)
		}
		if again := s.Wait(t.Context()); again != err { //nolint:errorlint // as it is
			t.Errorf("Wait() = %v the second time, want %v", again, err)
		}
		mustClose(t, s)
		sink.want(t, "/s: crash (secondary)")
	})
}

func TestFailureThatWaitToldIsNotToldByCloseAgain(t *testing.T) {
	// The scope closes by itself when its task fails, before or after Wait asks.
	for _, before := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
			mustGo(t, s, failAfter(time.Second, errBoom))
			if !before {
				time.Sleep(time.Minute)
			}
			if err := s.Wait(t.Context()); !errors.Is(err, errBoom) {
				t.Errorf("Wait() = %v, want %v", err, errBoom)
			}
			mustClose(t, s)
			sink.want(t)
		})
	}
}

func TestOtherErrorsSurviveWhenWaitTellsTheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.FailFast())
		s.Defer("resource", func(context.Context) error { return errCrash })
		mustGo(t, s, failAfter(time.Second, errBoom))
		time.Sleep(time.Minute)
		if err := s.Wait(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, errBoom)
		}
		if err := s.Close(); !errors.Is(err, errCrash) || errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want only %v", err, errCrash)
		}
	})
}

func TestCloseReturnsTheFailureIfNobodyAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		mustGo(t, s, failAfter(time.Second, errBoom))
		time.Sleep(time.Minute)
		if err := s.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want %v", err, errBoom)
		}
		mustClose(t, s)
		sink.want(t)
	})
}

func TestRunReturnsTheFirstFailureWhateverItsBodyReturns(t *testing.T) {
	tests := []struct {
		name string
		body func(ctx context.Context, s *scope.Scope) error
		crsh bool // errCrash is in the error too
	}{
		{"nil", func(context.Context, *scope.Scope) error { return nil }, false},
		{"nil after the end", func(ctx context.Context, _ *scope.Scope) error { <-ctx.Done(); return nil }, false},
		{"error of the context", func(ctx context.Context, _ *scope.Scope) error { return untilEnd(ctx) }, false},
		{"cause", func(ctx context.Context, _ *scope.Scope) error { <-ctx.Done(); return context.Cause(ctx) }, false},
		{"Wait", func(ctx context.Context, s *scope.Scope) error { return s.Wait(ctx) }, false},
		{"nil in spite of Wait", func(ctx context.Context, s *scope.Scope) error { _ = s.Wait(ctx); return nil }, false},
		{"refusal", func(ctx context.Context, s *scope.Scope) error { <-ctx.Done(); return s.Go(ctx, untilEnd) }, false},
		{"error of its own before", func(context.Context, *scope.Scope) error { return errCrash }, true},
		{"error of its own after", func(ctx context.Context, _ *scope.Scope) error { <-ctx.Done(); return errCrash }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := new(told)
				err := scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
					mustGo(t, s, failAfter(time.Second, errBoom))
					return tt.body(ctx, s)
				}, scope.FailFast(), scope.WithSink(sink))
				te, ok := errors.AsType[*scope.TaskError](err)
				if !ok || te.Err != errBoom { //nolint:errorlint // as it is
					t.Errorf("Run() = %v, want the *TaskError of %v", err, errBoom)
				}
				if errors.Is(err, errCrash) != tt.crsh {
					t.Errorf("Run() = %v, want %v in it: %v", err, errCrash, tt.crsh)
				}
				if joined, ok := err.(interface{ Unwrap() []error }); ok && !tt.crsh {
					t.Errorf("Run() joins %q, want the failure once", joined.Unwrap())
				}
				sink.want(t)
			})
		})
	}
}

func TestFailureThatRunReturnsIsNotToldByTheParentToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := scope.New(t.Context(), "over")
		var err error
		go func() {
			err = scope.Run(over.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
				mustGo(t, s, func(ctx context.Context) error {
					<-ctx.Done()
					return errBoom
				})
				<-ctx.Done()
				time.Sleep(time.Second)
				return nil
			}, scope.FailFast())
		}()
		synctest.Wait()
		mustClose(t, over)
		synctest.Wait()
		if !errors.Is(err, errBoom) {
			t.Errorf("Run() = %v, want %v", err, errBoom)
		}
	})
}

func TestFailureIsTheCauseThatEndsTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.FailFast())
		var cause error
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return cause
		})
		mustGo(t, s, failAfter(time.Second, errBoom), scope.Named("loader"))
		_ = s.Wait(t.Context())
		if want := `scope /s cancelled by task loader: /s task "loader": boom`; cause == nil || cause.Error() != want {
			t.Errorf("Cause() = %v, want %v", cause, want)
		}
		if !errors.Is(cause, errBoom) || !errors.Is(cause, context.Canceled) {
			t.Errorf("Cause() = %v, want it to be both %v and %v", cause, errBoom, context.Canceled)
		}
		mustClose(t, s)
	})
}

func TestPanicAndGoexitEndAFailFastScope(t *testing.T) {
	tests := []struct {
		name string
		task func(context.Context) error
		want error
	}{
		{"panic", func(context.Context) error { panic(errBoom) }, errBoom},
		{"Goexit", goexit, scope.ErrGoexit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(t.Context(), "s", scope.FailFast())
				mustGo(t, s, untilEnd)
				mustGo(t, s, tt.task)
				if err := s.Wait(t.Context()); !errors.Is(err, tt.want) {
					t.Errorf("Wait() = %v, want %v", err, tt.want)
				}
				mustClose(t, s)
			})
		})
	}
}

func TestFailureOfDoIsToldOnceByDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		err := s.Do(t.Context(), func(context.Context) error { return errBoom })
		if err != errBoom { //nolint:errorlint // as it is
			t.Errorf("Do() = %v, want %v", err, errBoom)
		}
		if s.Context().Err() == nil {
			t.Error("the scope goes on, want it ended")
		}
		mustClose(t, s)
		sink.want(t)
	})
}

func TestCancelledTasksAreNoFailuresUnderFailFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		go func() {
			if err := s.Do(t.Context(), untilEnd); !errors.Is(err, context.Canceled) {
				t.Errorf("Do() = %v, want %v", err, context.Canceled)
			}
		}()
		task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, untilEnd(ctx) })
		mustGo(t, s, untilEnd)
		_ = scope.Spawn(s.Context(), untilEnd)
		// A deadline of the call's own cuts a task of Do, which is no failure either.
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Do(short, untilEnd); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do() = %v, want %v", err, context.DeadlineExceeded)
		}
		if err := s.Context().Err(); err != nil {
			t.Errorf("Err() = %v, want nil", err)
		}
		s.Cancel(nil)
		if _, err := task.Wait(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("Wait() = %v, want %v", err, context.Canceled)
		}
		mustWait(t, s)
		mustClose(t, s)
		sink.want(t)
	})
}

func TestFailureReadFromAHandleIsNotToldByCloseAgain(t *testing.T) {
	for _, before := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
			task := scope.Go(t.Context(), s, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 0, errBoom
			})
			if !before {
				time.Sleep(time.Minute)
			}
			if _, err := task.Wait(t.Context()); !errors.Is(err, errBoom) {
				t.Errorf("Wait() = %v, want %v", err, errBoom)
			}
			mustClose(t, s)
			sink.want(t)
		})
	}
}

func TestUnreadHandleUnderFailFastIsToldByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		first := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errBoom })
		<-first.Done()
		if err := s.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want %v", err, errBoom)
		}
		if _, err := first.Wait(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, errBoom)
		}
		sink.want(t)
	})
}

func TestFailureAfterTheCloseBeganIsToldByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(sink))
		for range 2 {
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				return errBoom
			})
		}
		if err := s.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want %v", err, errBoom)
		}
		sink.want(t, "/s: boom (secondary)")
	})
}

func TestFailureOfAChildIsHandedUpWhenItsParentCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		child := s.Child("child", scope.FailFast())
		mustGo(t, child, func(ctx context.Context) error {
			<-ctx.Done()
			return errBoom
		})
		err := s.Close()
		te, ok := errors.AsType[*scope.TaskError](err)
		if !ok || te.Path != "/s/child" || te.Err != errBoom { //nolint:errorlint // as it is
			t.Errorf("Close() = %v, want the failure of /s/child", err)
		}
		mustClose(t, child)
		sink.want(t)
	})
}

func TestFailureOfAChildLeavesItsParentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.FailFast())
		child := s.Child("child", scope.FailFast())
		mustGo(t, child, failAfter(0, errBoom))
		if err := child.Wait(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, errBoom)
		}
		synctest.Wait()
		if err := s.Context().Err(); err != nil {
			t.Errorf("Err() = %v, want nil", err)
		}
		mustClose(t, child)
		mustClose(t, s)
	})
}

func TestContinueLeavesSiblingsAloneAndTellsTheSink(t *testing.T) {
	for _, opts := range [][]scope.Option{nil, {scope.Continue()}, {scope.FailFast(), scope.Continue()}} {
		synctest.Test(t, func(t *testing.T) {
			sink := new(told)
			over := scope.New(t.Context(), "over", scope.FailFast(), scope.WithSink(sink))
			s := over.Child("s", opts...)
			d := newDiary()
			mustGo(t, s, failAfter(time.Second, errBoom))
			mustGo(t, s, func(ctx context.Context) error {
				time.Sleep(5 * time.Second)
				d.note("sibling ends: %v", ctx.Err())
				return nil
			})
			mustWait(t, s)
			d.want(t, "5s sibling ends: <nil>")
			sink.want(t, "/over/s: boom")
			mustClose(t, over)
		})
	}
}

func TestFailureThatWaitWaitsForIsNotHandedUp(t *testing.T) {
	for range 100 { // who comes first must not be a matter of luck
		synctest.Test(t, func(t *testing.T) {
			over := scope.New(t.Context(), "over")
			s := over.Child("s", scope.FailFast())
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				return errBoom
			})
			go func() {
				if err := s.Wait(context.Background()); !errors.Is(err, errBoom) {
					t.Errorf("Wait() = %v, want %v", err, errBoom)
				}
			}()
			synctest.Wait()
			mustClose(t, over)
		})
		if t.Failed() {
			return
		}
	}
}

func TestFailureThatWaitGaveUpOnIsToldOnce(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "s", scope.FailFast())
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // in the instant of the failure
			defer cancel()
			mustGo(t, s, failAfter(time.Second, errBoom))
			waited := false
			go func() { waited = errors.Is(s.Wait(ctx), errBoom) }()
			time.Sleep(time.Minute)
			synctest.Wait()
			if err := s.Close(); errors.Is(err, errBoom) == waited {
				t.Errorf("Wait told: %v, Close() = %v, want one of the two", waited, err)
			}
		})
	}
}
