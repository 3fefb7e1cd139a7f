package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestReleasesRunLastInFirstOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		for _, name := range []string{"a", "b", "c"} {
			s.Defer(name, func(context.Context) error {
				time.Sleep(time.Second)
				d.note("%s released", name)
				return nil
			})
		}
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			d.note("task ends")
			return nil
		})
		mustClose(t, s)
		d.note("closed")
		d.want(t, "1s task ends", "2s c released", "3s b released", "4s a released", "4s closed")
	})
}

func TestNoReleaseIsStoppedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		for i, f := range []func() error{
			func() error { return errBoom },
			func() error { panic(errCrash) },
			func() error { runtime.Goexit(); return nil },
			func() error { return nil },
			func() error { runtime.Goexit(); return nil },
			func() error { panic("oh") },
		} {
			s.Defer(fmt.Sprint("r", i), func(context.Context) error {
				d.note("r%d", i)
				return f()
			})
		}
		err := s.Close()
		d.note("closed")
		d.want(t, "0s r5", "0s r4", "0s r3", "0s r2", "0s r1", "0s r0", "0s closed")
		for _, want := range []error{errBoom, errCrash, scope.ErrGoexit} {
			if !errors.Is(err, want) {
				t.Errorf("Close() = %v, want %v in it", err, want)
			}
		}
		if p, ok := errors.AsType[*scope.PanicError](err); !ok || !strings.Contains(string(p.Stack), "TestNoReleaseIsStoppedByAnother") {
			t.Errorf("Close() = %v, want a *PanicError with the stack of the release", err)
		}
		want := []string{
			`scope: releasing "r5" of /s: panic: oh`,
			`scope: releasing "r4" of /s: scope: left by runtime.Goexit`,
			`scope: releasing "r2" of /s: scope: left by runtime.Goexit`,
			`scope: releasing "r1" of /s: panic: crash`,
			`scope: releasing "r0" of /s: boom`,
		}
		if err == nil || err.Error() != strings.Join(want, "\n") {
			t.Errorf("Close() = %v\nwant\n%s", err, strings.Join(want, "\n"))
		}
		mustClose(t, s)
		sink.want(t)
	})
}

func TestReleaseOnAClosedScopeRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustClose(t, s)
		ran := false
		s.Defer("late", func(ctx context.Context) error {
			ran = true
			if ctx.Err() != nil {
				t.Errorf("Err() = %v in a release, want nil", ctx.Err())
			}
			return errBoom
		})
		if !ran {
			t.Error("the release had not run when Defer returned")
		}
		s.Defer("panics", func(context.Context) error { panic("oh") })
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			s.Defer("leaves", func(context.Context) error { runtime.Goexit(); return nil })
		}()
		<-gone
		sink.want(t,
			`/s: scope: releasing "late" of /s: boom`,
			`/s: scope: releasing "panics" of /s: panic: oh`,
			`/s: scope: releasing "leaves" of /s: scope: left by runtime.Goexit`,
		)
	})
}

func TestReleaseRegisteredByAReleaseRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		s.Defer("first", func(context.Context) error { d.note("first"); return nil })
		s.Defer("second", func(context.Context) error {
			d.note("second begins")
			s.Defer("inner", func(context.Context) error { d.note("inner"); return errBoom })
			d.note("second ends")
			return nil
		})
		mustClose(t, s)
		d.want(t, "0s second begins", "0s inner", "0s second ends", "0s first")
		sink.want(t, `/s: scope: releasing "inner" of /s: boom`)
	})
}

func TestReleaseRegisteredWhileTheScopeClosesIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			s.Defer("late", func(context.Context) error { d.note("late released"); return errBoom })
			time.Sleep(time.Second)
			d.note("task ends")
			return nil
		})
		if err := s.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want %v", err, errBoom)
		}
		d.want(t, "1s task ends", "1s late released")
	})
}

func TestReleasesOfAScopeThatWasClosedFromTheStartRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		mustClose(t, s)
		ran := false
		dead := s.Child("dead")
		dead.Defer("resource", func(context.Context) error { ran = true; return nil })
		if err := dead.Go(t.Context(), untilEnd); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
		}
		if !ran {
			t.Error("the release did not run")
		}
		mustClose(t, dead)
		if len(s.Children()) > 0 {
			t.Errorf("Children() = %v, want none", s.Children())
		}
	})
}

func TestContextOfAReleaseIsAliveAndHasTheValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outer, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Second)
		defer cancel()
		s := scope.New(outer, "s")
		child := s.Child("child")
		n := 0
		for _, s := range []*scope.Scope{s, child} {
			s.Defer("resource", func(ctx context.Context) error {
				n++
				if err := ctx.Err(); err != nil {
					t.Errorf("Err() = %v in a release, want a live context", err)
				}
				if at, ok := ctx.Deadline(); !ok || time.Until(at) != 5*time.Second {
					t.Errorf("the context of a release lasts %v, want the 5s of the default", time.Until(at))
				}
				if v := ctx.Value(key{}); v != "value" {
					t.Errorf("Value() = %v, want value", v)
				}
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				<-ctx.Done()
				if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
					t.Errorf("Err() = %v after the release's own timeout", ctx.Err())
				}
				return nil
			})
		}
		time.Sleep(time.Minute)
		mustClose(t, s)
		if n != 2 {
			t.Errorf("%d releases ran, want 2", n)
		}
	})
}

func TestReportIsBoundedAndCountsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		for range 1000 {
			s.Defer("r", func(context.Context) error { return errBoom })
		}
		err := s.Close()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("Close() = %v, want a joined error", err)
		}
		errs := joined.Unwrap()
		if n := len(errs); n > 20 {
			t.Errorf("Close() joins %d errors, want a bounded number", n)
		}
		if last := errs[len(errs)-1].Error(); last != fmt.Sprintf("scope: and %d more errors", 1000-len(errs)+1) {
			t.Errorf("the last one is %q, want the count of the rest", last)
		}
	})
}
