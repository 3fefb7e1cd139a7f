package scope_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// goexit is a task that leaves by runtime.Goexit.
func goexit(context.Context) error {
	runtime.Goexit()
	return nil
}

func TestSinkIsThatOfTheNearestScopeWithOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outer, inner := new(told), new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(outer))
		a := s.Child("a")
		b := a.Child("b", scope.WithSink(inner))
		for _, s := range []*scope.Scope{s, a, b, b.Child("c")} {
			mustGo(t, s, failAfter(0, errBoom))
			mustWait(t, s)
		}
		mustClose(t, s)
		outer.want(t, "/s: boom", "/s/a: boom")
		inner.want(t, "/s/a/b: boom", "/s/a/b/c: boom")
	})
}

// captureLog sends the default log to the buffer until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "site" || a.Key == "stack" {
				a.Value = slog.StringValue("...")
			}
			return a
		},
	})))
	t.Cleanup(func() { slog.SetDefault(old) })
	return &b
}

func TestRootWithoutASinkLogs(t *testing.T) {
	log := captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		child := s.Child("child")
		mustGo(t, child, failAfter(2*time.Second, errBoom), scope.Named("loader"))
		mustWait(t, child)
		mustGo(t, child, func(context.Context) error { panic("oh") })
		mustWait(t, child)
		mustClose(t, s)
	})
	want := `time=... level=ERROR msg="scope: task failed" path=/s/child task=loader site=... elapsed=2s error=boom
time=... level=ERROR msg="scope: task failed" path=/s/child site=... error="panic: oh" stack=...
`
	if got := log.String(); got != want {
		t.Errorf("log:\n%s\nwant:\n%s", got, want)
	}
}

func TestReportGoesToTheSinkOfTheContext(t *testing.T) {
	log := captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		scope.Report(t.Context(), errBoom)
		scope.Report(t.Context(), nil)
		scope.Report(t.Context(), &scope.TaskError{Path: "/far", Err: errCrash})
		scope.Report(s.Context(), errBoom)
		scope.Report(s.Context(), nil)
		s.Report(t.Context(), nil)
		own := &scope.TaskError{Path: "/other", Task: "x", Err: errCrash}
		s.Report(t.Context(), own)
		mustGo(t, s.Child("child"), func(ctx context.Context) error {
			scope.Report(ctx, errBoom)
			return nil
		})
		synctest.Wait()
		mustClose(t, s)
		sink.want(t, "/s: boom", "/s/child: boom", `/other task "x": crash`)
		if all := sink.all(); all[1] != own {
			t.Errorf("Report passed %v on, want the *TaskError itself", all[1])
		}
	})
	want := `time=... level=ERROR msg="scope: task failed" path=/ error=boom
time=... level=ERROR msg="scope: task failed" path=/far error=crash
`
	if got := log.String(); got != want {
		t.Errorf("log:\n%s\nwant:\n%s", got, want)
	}
}

func TestWaitMeansDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: -1}), scope.WithLimit(1), scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			d.note("told begins")
			time.Sleep(5 * time.Second)
			d.note("told: %v", e)
		})))
		mustGo(t, s, failAfter(time.Second, errBoom))
		// The slot is free while the sink is at work, though the task has not ended.
		mustGo(t, s, func(context.Context) error { d.note("next task"); return nil })
		mustWait(t, s)
		d.note("idle")
		mustGo(t, s, failAfter(time.Second, errCrash))
		mustClose(t, s)
		d.note("closed")
		if d.lines[0] > d.lines[1] { // both in one instant
			d.lines[0], d.lines[1] = d.lines[1], d.lines[0]
		}
		d.want(t,
			"1s next task",
			"1s told begins",
			"6s told: /s: boom",
			"6s idle",
			"7s told begins",
			"12s told: /s: crash",
			"12s closed",
		)
	})
}

func TestSinkGetsTheValuesOfTheTaskAndALiveContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type seen struct {
			value, err, current any
		}
		var got []seen
		s := scope.New(context.WithValue(t.Context(), key{}, "scope"), "s", scope.WithSink(scope.SinkFunc(func(ctx context.Context, _ *scope.TaskError) {
			got = append(got, seen{ctx.Value(key{}), ctx.Err(), scope.Current(ctx).Path()})
		})))
		late := func(ctx context.Context) error { <-ctx.Done(); return errBoom }
		_ = s.Go(t.Context(), late)
		s.Cancel(nil)
		synctest.Wait()
		s2 := s.Parent()
		if s2 != nil {
			t.Error("Parent() of a root is not nil")
		}
		mustClose(t, s)
		if len(got) != 1 || got[0] != (seen{"scope", nil, "/s"}) {
			t.Errorf("the sink saw %v, want the value of the scope, no end, /s", got)
		}
	})
}

func TestSinkGetsTheValuesThatTheTaskWasStartedWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got any
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(ctx context.Context, _ *scope.TaskError) {
			got = ctx.Value(key{})
		})))
		_ = s.Go(context.WithValue(t.Context(), key{}, "request"), failAfter(0, errBoom))
		mustWait(t, s)
		mustClose(t, s)
		if got != "request" {
			t.Errorf("the sink saw %v, want request", got)
		}
	})
}

func TestBrokenSinkHandsBothErrorsUp(t *testing.T) {
	sinks := map[string]scope.SinkFunc{
		"panic":  func(context.Context, *scope.TaskError) { panic(errCrash) },
		"Goexit": func(context.Context, *scope.TaskError) { runtime.Goexit() },
	}
	texts := map[string]string{
		"panic":  "/top/mid/leaf: scope: in the error sink: panic: crash",
		"Goexit": "/top/mid/leaf: scope: in the error sink: scope: left by runtime.Goexit",
	}
	for first, sink := range sinks {
		for second, sink2 := range sinks {
			t.Run(first+" then "+second, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					top := new(told)
					s := scope.New(t.Context(), "top", scope.WithSink(top))
					mid := s.Child("mid", scope.WithSink(sink2))
					leaf := mid.Child("leaf", scope.WithSink(sink), scope.WithLimit(1))
					mustGo(t, leaf, failAfter(0, errBoom))
					mustWait(t, leaf)
					mustGo(t, leaf, failAfter(0, nil)) // the slot is free
					mustClose(t, s)
					top.want(t,
						"/top/mid/leaf: boom",
						texts[first],
						texts[second], // in its turn on the error
						texts[second], // and on the first's breakdown
					)
				})
			})
		}
	}
}

func TestErrorsThatPanicWhenAskedKillNothing(t *testing.T) {
	captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		var none *fs.PathError // a typed nil: its methods panic
		s := scope.New(t.Context(), "s")
		mustGo(t, s, func(context.Context) error { return none })
		mustWait(t, s)
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); return none })
		mustClose(t, s)
	})
}

func TestTaskErrorSaysWhichTaskFailedWhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustGo(t, s, failAfter(3*time.Second, errBoom), scope.Named("a/b"))
		mustWait(t, s)
		task := scope.Go(t.Context(), s, func(context.Context) (int, error) {
			time.Sleep(time.Second)
			return 0, errCrash
		})
		_, err := task.Wait(t.Context())
		mustClose(t, s)

		e := sink.all()[0]
		if e.Path != "/s" || e.Task != "a/b" || e.Attempt != 1 || e.Index != 0 || e.Elapsed != 3*time.Second || e.Secondary {
			t.Errorf("TaskError = %+v", *e)
		}
		if !strings.Contains(e.Site, "failAfter") || !strings.Contains(e.Site, "main_test.go:") {
			t.Errorf("Site = %q, want failAfter in main_test.go", e.Site)
		}
		e, ok := errors.AsType[*scope.TaskError](err)
		if !ok || e.Elapsed != time.Second || !strings.Contains(e.Site, "sink_test.go:") {
			t.Errorf("Wait() = %+v, want a *TaskError with elapsed and site", err)
		}
	})
}

func TestPanicBecomesAPanicErrorWithTheOriginalStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustGo(t, s, func(context.Context) error { whereItPanics(errBoom); return nil })
		mustWait(t, s)
		mustGo(t, s, func(context.Context) error { whereItPanics(nil); return nil })
		mustWait(t, s)
		_, err := scope.Go(t.Context(), s, func(context.Context) (int, error) { whereItPanics(7); return 1, nil }).Wait(t.Context())
		mustClose(t, s)

		var errs []error
		for _, e := range sink.all() {
			errs = append(errs, e)
		}
		for i, err := range append(errs, err) {
			p, ok := errors.AsType[*scope.PanicError](err)
			if !ok {
				t.Fatalf("%v, want a *PanicError", err)
			}
			if !strings.Contains(string(p.Stack), "whereItPanics") {
				t.Errorf("stack without the function that panicked:\n%s", p.Stack)
			}
			switch i {
			case 0:
				if !errors.Is(err, errBoom) {
					t.Errorf("%v, want it to be %v", err, errBoom)
				}
			case 1:
				if _, ok := errors.AsType[*runtime.PanicNilError](err); !ok {
					t.Errorf("%v, want a *runtime.PanicNilError", err)
				}
			case 2:
				if p.Value != 7 || p.Error() != "panic: 7" {
					t.Errorf("%v, want panic: 7", p)
				}
			}
		}
	})
}

//go:noinline
func whereItPanics(v any) { panic(v) }

func TestGoexitIsToldApartFromAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustGo(t, s, goexit)
		mustWait(t, s)
		v, err := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 1, goexit(ctx) }).Wait(t.Context())
		if v != 0 || !errors.Is(err, scope.ErrGoexit) {
			t.Errorf("Wait() = %v, %v, want 0, %v", v, err, scope.ErrGoexit)
		}
		mustClose(t, s)
		all := sink.all()
		if len(all) != 1 || !errors.Is(all[0], scope.ErrGoexit) {
			t.Errorf("the sink was told %v, want %v", all, scope.ErrGoexit)
		}
	})
}
