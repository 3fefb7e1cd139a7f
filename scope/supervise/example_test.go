package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

// quick is a back-off for examples.
func quick() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }

// show is a sink that prints.
var show = scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
	fmt.Printf("told: %v (attempt %d)\n", e, e.Attempt)
})

func ExampleGo() {
	ctx := context.Background()
	s := scope.New(ctx, "server", scope.WithSink(show))
	defer func() { _ = s.Close() }()
	attempt := 0
	sv, err := supervise.Go(ctx, s, "import", func(context.Context) error {
		if attempt++; attempt < 3 {
			return errors.New("connection refused")
		}
		return nil
	}, supervise.BackOff(quick))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sv.Wait(ctx), sv.Attempts())
	// Output:
	// told: /server task "import": connection refused (attempt 1)
	// told: /server task "import": connection refused (attempt 2)
	// <nil> 3
}

func ExampleIntensity() {
	ctx := context.Background()
	err := scope.Run(ctx, "server", func(ctx context.Context, s *scope.Scope) error {
		sv, err := supervise.Go(ctx, s, "import", func(context.Context) error { return errors.New("disk full") },
			supervise.BackOff(quick), supervise.Intensity(2, time.Minute))
		if err != nil {
			return err
		}
		<-sv.Done()
		return nil
	}, scope.FailFast(), scope.WithSink(show))
	fmt.Println(err)
	// Output:
	// told: /server task "import": disk full (attempt 1)
	// told: /server task "import": disk full (attempt 2)
	// /server task "import": supervise: "import" gave up after 2 restarts within 1m0s (more than allowed): disk full
}

func ExampleGroup() {
	ctx := context.Background()
	s := scope.New(ctx, "server", scope.WithSink(show))
	defer func() { _ = s.Close() }()
	opened := 0
	broken := make(chan struct{})
	sv, _ := supervise.Group(ctx, s, "store", supervise.RestForOne, []supervise.Child{
		{Name: "db", AwaitReady: true, Run: func(ctx context.Context) error {
			opened++
			fmt.Println("db opens")
			supervise.Ready(ctx)
			if opened == 2 {
				return nil
			}
			<-broken
			return errors.New("db broke")
		}},
		{Name: "cache", Run: func(ctx context.Context) error {
			fmt.Println("cache fills")
			if opened == 2 {
				return nil
			}
			close(broken)
			<-ctx.Done()
			fmt.Println("cache:", context.Cause(ctx))
			return ctx.Err()
		}},
	}, supervise.BackOff(quick))
	fmt.Println(sv.Wait(ctx))
	// Output:
	// db opens
	// cache fills
	// told: /server task "store.db": db broke (attempt 1)
	// cache: scope /server/store cancelled by task store.db: db broke
	// db opens
	// cache fills
	// <nil>
}

func ExampleSupervisor_Restart() {
	ctx := context.Background()
	s := scope.New(ctx, "server")
	defer func() { _ = s.Close() }()
	config := make(chan string, 1)
	config <- "old"
	running := make(chan string)
	sv, _ := supervise.Go(ctx, s, "proxy", func(ctx context.Context) error {
		running <- <-config
		<-ctx.Done()
		return nil
	})
	fmt.Println("runs with", <-running)
	config <- "new"
	sv.Restart()
	fmt.Println("runs with", <-running)
	// Output:
	// runs with old
	// runs with new
}
