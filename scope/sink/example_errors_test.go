package sink_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

// Sinks are put together from the last to the first. Those that keep something
// back stand on a scope above the one they serve.
func ExampleLimit_chain() {
	app := scope.New(context.Background(), "app")
	log := sink.Slog(slog.Default(), slog.LevelError)
	jobs := app.Child("jobs", scope.WithSink(
		sink.Breaker(app, 100, time.Minute, // 100 failures in a minute end app
			sink.Limit(app, 10, time.Second, // 10 lines a second, and one that counts the rest
				log))))
	fmt.Println(jobs.Path(), app.Close())
	// Output: /app/jobs <nil>
}

// The reader of an ErrorStream stands above the scopes that write into it, and
// the last of those ends the stream.
func ExampleNewErrorStream() {
	ctx := context.Background()
	server := scope.New(ctx, "server")
	errs := sink.NewErrorStream(100)
	app := server.Child("app", scope.WithSink(errs))
	app.Defer("errors", func(context.Context) error { errs.Close(); return nil })

	seen := make(chan struct{})
	read := func(ctx context.Context) error {
		for e, err := range errs.Stream().All(ctx) {
			if err != nil {
				return err
			}
			fmt.Println("read:", e)
			seen <- struct{}{}
		}
		return nil
	}
	_ = server.Go(ctx, read, scope.Named("summary"))
	_ = app.Go(ctx, func(context.Context) error { return errors.New("disk full") })
	<-seen
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// read: /server/app: disk full
	// <nil>
}

// As a service the reader may stand in the scope whose errors it reads: it
// outlives the other tasks, and closes the stream when its turn to drain comes.
func ExampleNewErrorStream_service() {
	ctx := context.Background()
	errs := sink.NewErrorStream(100)
	server := scope.New(ctx, "server", scope.WithSink(errs))

	seen := make(chan struct{}, 2)
	read := func(ctx context.Context) error {
		for e, err := range errs.Stream().All(ctx) {
			if err != nil {
				return err
			}
			fmt.Println("read:", e)
			seen <- struct{}{}
		}
		fmt.Println("the end of the stream")
		return nil
	}
	err := server.Go(ctx, read, scope.Service(), scope.OnDrain(
		func(context.Context) error { errs.Close(); return nil }))
	if err != nil {
		fmt.Println(err)
	}
	server.Report(ctx, errors.New("disk full"))
	<-seen // the reader is at work
	_ = server.Child("app").Go(ctx, func(ctx context.Context) error {
		<-scope.Draining(ctx)
		return errors.New("not saved")
	})
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// read: /server: disk full
	// read: /server/app: not saved
	// the end of the stream
	// <nil>
}
