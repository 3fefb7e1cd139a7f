package scope_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/scope"
)

// When Run returns, the tasks have ended and the resources are released.
func ExampleRun() {
	squares := make([]int, 3)
	err := scope.Run(context.Background(), "squares", func(ctx context.Context, s *scope.Scope) error {
		s.Defer("table", func(context.Context) error { fmt.Println("released"); return nil })
		for i := range squares {
			if err := s.Go(ctx, func(context.Context) error { squares[i] = i * i; return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(squares, err)
	// Output:
	// released
	// [0 1 4] <nil>
}

// Scopes form a tree, and close from the leaves to the root.
func ExampleNew() {
	server := scope.New(context.Background(), "server")
	app := scope.New(server.Context(), "app")
	timers := app.Child("timers")

	server.Defer("listener", func(context.Context) error { fmt.Println("listener closed"); return nil })
	app.Defer("database", func(context.Context) error { fmt.Println("database closed"); return nil })
	timers.Defer("clock", func(context.Context) error { fmt.Println("clock stopped"); return nil })

	fmt.Println(timers.Path())
	fmt.Println(server.Close())
	fmt.Println(context.Cause(timers.Context()))
	// Output:
	// /server/app/timers
	// clock stopped
	// database closed
	// listener closed
	// <nil>
	// scope /server cancelled by Close
}

// A task with a value has a handle. An error that it returned goes nowhere
// else.
func ExampleGo() {
	ctx := context.Background()
	s := scope.New(ctx, "answers")
	good := scope.Go(ctx, s, func(context.Context) (int, error) { return 42, nil })
	bad := scope.Go(ctx, s, func(context.Context) (int, error) {
		return 0, errors.New("no answer")
	}, scope.Named("oracle"))

	fmt.Println(good.Wait(ctx))
	fmt.Println(bad.Wait(ctx))
	fmt.Println(s.Close())
	// Output:
	// 42 <nil>
	// 0 /answers task "oracle": no answer
	// <nil>
}

// A value that nobody reads is given back when the scope closes, at the
// latest.
func ExampleDiscard() {
	ctx := context.Background()
	s := scope.New(ctx, "pool")
	task := scope.Go(ctx, s, func(context.Context) (string, error) { return "connection", nil },
		scope.Discard(func(v string) { fmt.Println(v, "given back") }))
	<-task.Done() // which is not reading
	fmt.Println(s.Close())
	// Output:
	// connection given back
	// <nil>
}

type traceKey struct{}

// The task has the values of the context it is started with, and the life of
// the scope: it goes on when the request has ended.
func ExampleScope_Go() {
	background := scope.New(context.Background(), "background")
	request, cancel := context.WithCancel(context.WithValue(context.Background(), traceKey{}, "trace 7"))
	err := background.Go(request, func(ctx context.Context) error {
		<-request.Done()
		fmt.Println(ctx.Value(traceKey{}), ctx.Err())
		return nil
	})
	cancel()
	fmt.Println(err, background.Wait(context.Background()), background.Close())
	// Output:
	// trace 7 <nil>
	// <nil> <nil> <nil>
}

// At its limit a scope takes no more, and TryGo says so without waiting.
func ExampleScope_TryGo() {
	ctx := context.Background()
	s := scope.New(ctx, "small", scope.WithLimit(1))
	untilEnd := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	fmt.Println(s.TryGo(ctx, untilEnd), s.TryGo(ctx, untilEnd))
	fmt.Println(s.Close())
	// Output:
	// true false
	// <nil>
}

// Spawn needs no scope at hand: it finds that of the context.
func ExampleSpawn() {
	library := func(ctx context.Context) error {
		return scope.Spawn(ctx, func(ctx context.Context) error {
			fmt.Println("running in", scope.Current(ctx).Path())
			return nil
		})
	}
	fmt.Println(library(context.Background()))
	fmt.Println(scope.Run(context.Background(), "app", func(ctx context.Context, _ *scope.Scope) error {
		return library(ctx)
	}))
	// Output:
	// scope: no scope in the context
	// running in /app
	// <nil>
}

// Do runs a task on the calling goroutine and returns what it returned: for
// code that is called, such as a handler.
func ExampleScope_Do() {
	ctx := context.Background()
	s := scope.New(ctx, "handlers")
	handle := func(context.Context) error { return errors.New("bad request") }
	fmt.Println(s.Do(ctx, handle))
	fmt.Println(s.Close())
	fmt.Println(errors.Is(s.Do(ctx, handle), scope.ErrClosed))
	// Output:
	// bad request
	// <nil>
	// true
}

// Wait leaves the scope open, so that work can be done in stages.
func ExampleScope_Wait() {
	ctx := context.Background()
	s := scope.New(ctx, "stages")
	for _, stage := range []string{"load", "compute"} {
		results := make([]string, 2)
		for i := range results {
			_ = s.Go(ctx, func(context.Context) error {
				results[i] = fmt.Sprint(stage, " ", i)
				return nil
			})
		}
		fmt.Println(s.Wait(ctx), results)
	}
	_ = s.Go(ctx, func(ctx context.Context) error {
		fmt.Println(s.Wait(ctx)) // from a task of its own
		return nil
	})
	fmt.Println(s.Close())
	// Output:
	// <nil> [load 0 load 1]
	// <nil> [compute 0 compute 1]
	// scope: waiting for /stages: scope: task would wait for itself
	// <nil>
}

// Releases run in reverse order, all of them, and after a close at once.
func ExampleScope_Defer() {
	s := scope.New(context.Background(), "resources")
	s.Defer("first", func(context.Context) error { fmt.Println("first"); return nil })
	s.Defer("second", func(context.Context) error { return errors.New("stuck") })
	fmt.Println(s.Close())
	s.Defer("late", func(context.Context) error { fmt.Println("late"); return nil })
	// Output:
	// first
	// scope: releasing "second" of /resources: stuck
	// late
}

// Cancel says why, and whoever sees the end can read it.
func ExampleScope_Cancel() {
	ctx := context.Background()
	s := scope.New(ctx, "search")
	task := scope.Go(ctx, s, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	s.Cancel(errors.New("found elsewhere"))
	_, err := task.Wait(ctx)
	if cancelled, ok := errors.AsType[*scope.Cancelled](err); ok {
		fmt.Println(cancelled.Path, cancelled.By, cancelled.Reason)
	}
	fmt.Println(errors.Is(err, context.Canceled), s.Close())
	// Output:
	// /search Cancel found elsewhere
	// true <nil>
}

// Under FailFast the first failure ends the other tasks, and is the error.
func ExampleFailFast() {
	ctx := context.Background()
	s := scope.New(ctx, "group", scope.FailFast())
	_ = s.Go(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	_ = s.Go(ctx, func(context.Context) error { return errors.New("disk full") }, scope.Named("writer"))
	fmt.Println(s.Wait(ctx))
	fmt.Println(context.Cause(s.Context()))
	fmt.Println(s.Close())
	// Output:
	// /group task "writer": disk full
	// scope /group cancelled by task writer: /group task "writer": disk full
	// <nil>
}

// Without FailFast a failure ends nothing. It goes to the sink, which scopes
// below inherit.
func ExampleWithSink() {
	ctx := context.Background()
	server := scope.New(ctx, "server", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		fmt.Println("failed:", e)
	})))
	handlers := server.Child("handlers")
	_ = handlers.Go(ctx, func(context.Context) error { panic("nil map") })
	fmt.Println(handlers.Wait(ctx))
	handlers.Report(ctx, errors.New("slow client"))
	fmt.Println(server.Close())
	// Output:
	// failed: /server/handlers: panic: nil map
	// <nil>
	// failed: /server/handlers: slow client
	// <nil>
}

// Go waits for a slot, so that what is started never runs ahead of what can
// run.
func ExampleWithLimit() {
	ctx := context.Background()
	s := scope.New(ctx, "narrow", scope.WithLimit(2))
	running := make(chan struct{}, 2) // one more and the send would not go through
	for range 100 {
		_ = s.Go(ctx, func(context.Context) error {
			select {
			case running <- struct{}{}:
				<-running
				return nil
			default:
				return errors.New("too many")
			}
		})
	}
	fmt.Println(s.Wait(ctx), s.Close())
	// Output: <nil> <nil>
}

// Roots and Children show what is open.
func ExampleRoots() {
	server := scope.New(context.Background(), "server")
	server.Child("app")
	server.Child("app")
	for _, s := range scope.Roots() {
		fmt.Println(s.Path())
		for _, child := range s.Children() {
			fmt.Println(child.Path())
		}
	}
	fmt.Println(server.Close(), len(scope.Roots()))
	// Output:
	// /server
	// /server/app
	// /server/app#2
	// <nil> 0
}
