package scope_test

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/rxscope/rxscope/scope"
)

// Accept looks at no context: what ends it is the end of its listener.
func ExampleOnDrain() {
	ctx := context.Background()
	server := scope.New(ctx, "server")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	handle := func(ctx context.Context, conn net.Conn) error { return conn.Close() }

	accept := func(ctx context.Context) error {
		for {
			conn, err := ln.Accept()
			if errors.Is(err, net.ErrClosed) {
				return nil // by OnDrain
			}
			if err != nil {
				return err
			}
			err = server.Go(ctx, func(ctx context.Context) error { return handle(ctx, conn) })
			if err != nil {
				return errors.Join(err, conn.Close())
			}
		}
	}
	closeListener := func(context.Context) error { return ln.Close() }
	err = server.Go(ctx, accept, scope.Named("accept"), scope.OnDrain(closeListener))
	fmt.Println(err, server.Shutdown(ctx))
	// Output: <nil> <nil>
}

// A read that looks at no context ends when its connection is closed. Then it
// is cancelled, and has not failed, if it says so.
func ExampleInterrupt() {
	ctx := context.Background()
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println("failed:", e) })
	s := scope.New(ctx, "feed", scope.WithSink(sink))
	conn, other := net.Pipe()
	defer func() { _ = other.Close() }()

	read := func(ctx context.Context) error {
		buf := make([]byte, 512)
		for {
			n, err := conn.Read(buf)
			if ctx.Err() != nil {
				return context.Cause(ctx) // the error is that of Interrupt
			}
			if err != nil {
				return err
			}
			fmt.Printf("read %s\n", buf[:n])
		}
	}
	closeConn := func(context.Context) error { return conn.Close() }
	err := s.Go(ctx, read, scope.Interrupt(closeConn))
	fmt.Println(err, s.Close())
	// Output: <nil> <nil>
}

// A loop that takes work from somewhere stops taking it when its scope drains.
// What it has begun it finishes.
func ExampleDraining() {
	ctx := context.Background()
	s := scope.New(ctx, "jobs")
	jobs := make(chan string)
	work := func(_ context.Context, job string) error { fmt.Println(job, "done"); return nil }

	loop := func(ctx context.Context) error {
		for {
			select {
			case <-scope.Draining(ctx):
				return nil
			case job := <-jobs:
				if err := work(ctx, job); err != nil {
					scope.Report(ctx, err) // and on with the next
				}
			}
		}
	}
	err := s.Go(ctx, loop, scope.Named("loop"))
	jobs <- "first"
	fmt.Println(err, s.Shutdown(ctx))
	// Output:
	// first done
	// <nil> <nil>
}

// A pool outlives the tasks that use it, although it is a task of the same
// scope.
func ExampleService() {
	ctx := context.Background()
	s := scope.New(ctx, "app")
	pool := func(ctx context.Context) error {
		<-scope.Draining(ctx) // when its users have ended
		fmt.Println("pool: nobody needs it any more")
		return nil
	}
	user := func(ctx context.Context) error {
		<-scope.Draining(ctx)
		fmt.Println("user: the last query")
		return nil
	}
	fmt.Println(s.Go(ctx, pool, scope.Service(), scope.Named("pool")), s.Go(ctx, user))
	fmt.Println(s.Shutdown(ctx))
	// Output:
	// <nil> <nil>
	// user: the last query
	// pool: nobody needs it any more
	// <nil>
}

// Children close at the same time, unless one has to wait for others.
func ExampleAfter() {
	ctx := context.Background()
	server := scope.New(ctx, "server")
	api := server.Child("api")
	jobs := server.Child("jobs")
	store := server.Child("store", scope.After(api, jobs))
	store.Defer("db", func(context.Context) error {
		fmt.Println("api is", api.State(), "and jobs are", jobs.State())
		return nil
	})
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// api is closed and jobs are closed
	// <nil>
}

// A plan tells how long a shutdown can take at most.
func ExampleScope_Plan() {
	server := scope.New(context.Background(), "server")
	app := server.Child("app")
	app.Defer("db", func(context.Context) error { return nil })
	app.Child("handlers")

	plan := server.Plan()
	for _, step := range plan.Steps {
		fmt.Println(step.Path, "closes", step.AtMost, "after the signal, at the latest")
	}
	fmt.Println(plan.AtMost > 25e9, server.Close())
	// Output:
	// /server/app/handlers closes 15s after the signal, at the latest
	// /server/app closes 35.1s after the signal, at the latest
	// /server closes 50.1s after the signal, at the latest
	// true <nil>
}
