package sink_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

// say prints what it is told under a name.
func say(name string) scope.ErrorSink {
	return scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println(name, "got", e) })
}

// withSink makes scopes for an example: s has the sink that f makes, and up is
// the next after it. It reports errs to s and closes both.
func withSink(f func(up *scope.Scope) scope.ErrorSink, errs ...string) error {
	return scope.Run(context.Background(), "up", func(ctx context.Context, up *scope.Scope) error {
		s := up.Child("s", scope.WithSink(f(up)))
		for _, text := range errs {
			s.Report(ctx, errors.New(text))
		}
		return s.Close()
	}, scope.WithSink(say("up")))
}

func ExampleTee() {
	_ = withSink(func(*scope.Scope) scope.ErrorSink {
		return sink.Tee(say("a"), say("b"))
	}, "boom")
	// Output:
	// a got /up/s: boom
	// b got /up/s: boom
}

func ExampleFilter() {
	isMissing := func(e *scope.TaskError) bool { return errors.Is(e, fs.ErrNotExist) }
	missing := sink.Discard()
	_ = scope.Run(context.Background(), "files", func(ctx context.Context, s *scope.Scope) error {
		s.Report(ctx, fs.ErrNotExist)
		s.Report(ctx, fs.ErrPermission)
		return nil
	}, scope.WithSink(sink.Filter(isMissing, missing, say("else"))))
	fmt.Println(missing.Discarded(), "dropped")
	// Output:
	// else got /files: permission denied
	// 1 dropped
}

func ExampleEscalate() {
	urgent := func(e *scope.TaskError) bool { return e.Err.Error() == "fire" }
	_ = withSink(func(*scope.Scope) scope.ErrorSink {
		return sink.Filter(urgent, sink.Escalate(), say("here"))
	}, "fire", "smoke")
	// Output:
	// up got /up/s: fire
	// here got /up/s: smoke
}

func ExampleDiscard() {
	d := sink.Discard()
	_ = withSink(func(*scope.Scope) scope.ErrorSink { return d }, "one", "two")
	fmt.Println(d.Discarded())
	// Output: 2
}

func ExampleCollect() {
	c := sink.Collect(2)
	_ = withSink(func(*scope.Scope) scope.ErrorSink { return c }, "one", "two", "three")
	fmt.Println(c.Err())
	// Output:
	// up got /up/s: three
	// /up/s: one
	// /up/s: two
}

func ExampleSlog() {
	h := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})
	_ = withSink(func(*scope.Scope) scope.ErrorSink {
		return sink.Slog(slog.New(h), slog.LevelWarn)
	}, "boom")
	// Output: level=WARN msg="scope: task failed" path=/up/s error=boom
}

func ExampleLimit() {
	_ = withSink(func(up *scope.Scope) scope.ErrorSink {
		return sink.Limit(up, 1, time.Hour, say("next"))
	}, "one", "two", "three")
	// Output:
	// next got /up/s: one
	// next got /up: sink: 2 errors held back, from: /up/s: two; to: /up/s: three
}

func ExampleGroup() {
	_ = withSink(func(up *scope.Scope) scope.ErrorSink {
		return sink.Group(up, time.Hour, scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			if g, ok := errors.AsType[*sink.Grouped](e); ok {
				fmt.Println(g.Count, "of", g.Shape, "from", g.Path)
			}
		}))
	}, "one", "two", "three")
	// Output: 3 of *errors.errorString from /up/s
}

func ExampleBreaker() {
	err := withSink(func(up *scope.Scope) scope.ErrorSink {
		return sink.Breaker(up, 2, time.Hour, say("next"))
	}, "one", "two", "three")
	tripped, ok := errors.AsType[*sink.Tripped](err)
	fmt.Println(ok, tripped)
	// Output:
	// next got /up/s: one
	// next got /up/s: two
	// next got /up/s: three
	// true sink: 2 failures within 1h0m0s, the last: /up/s: two
}

func ExampleAsync() {
	_ = withSink(func(up *scope.Scope) scope.ErrorSink {
		return sink.Async(up, 100, say("next")) // in a task of its own
	}, "one", "two")
	// Output:
	// next got /up/s: one
	// next got /up/s: two
}

func ExampleSerialize() {
	n := 0 // needs no lock
	s := sink.Serialize(scope.SinkFunc(func(context.Context, *scope.TaskError) { n++ }))
	_ = scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
		for range 100 {
			_ = s.Go(ctx, func(context.Context) error { return errors.New("boom") })
		}
		return nil
	}, scope.WithSink(s))
	fmt.Println(n)
	// Output: 100
}

func ExampleErrorStream() {
	errs := sink.NewErrorStream(100)
	_ = scope.Run(context.Background(), "jobs", func(ctx context.Context, s *scope.Scope) error {
		for _, text := range []string{"disk full", "no route", "disk full"} {
			s.Report(ctx, errors.New(text))
		}
		return nil
	}, scope.WithSink(errs))

	full := operators.Filter(errs.Stream(), func(e *scope.TaskError) bool { return e.Err.Error() == "disk full" })
	all, err := operators.Take(full, 2).Collect(context.Background())
	fmt.Println(all, err)
	errs.Close()
	// Output:
	// [/jobs: disk full /jobs: disk full] <nil>
}
