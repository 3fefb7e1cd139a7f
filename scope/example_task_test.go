package scope_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
)

func ExampleTask_Cancel() {
	s := scope.New(context.Background(), "server")
	defer s.Close() //nolint:errcheck // nothing can go wrong here
	upload := scope.Go(context.Background(), s, func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	upload.Cancel(errors.New("the user has changed their mind"))

	_, err := upload.Wait(context.Background())
	var cause *scope.Cancelled
	fmt.Println(errors.As(err, &cause), cause.Reason)
	fmt.Println(upload.State())
	// Output:
	// true the user has changed their mind
	// cancelled
}

func ExampleLimiter() {
	memory := scope.NewLimiter(100) // MB, for whatever tasks need it
	thumbnails := scope.New(context.Background(), "thumbnails", scope.WithLimiter(memory))
	exports := scope.New(context.Background(), "exports", scope.WithLimiter(memory))

	finish := make(chan struct{})
	export := func(context.Context) error { <-finish; return nil }
	thumbnail := func(context.Context) error { return nil }
	fmt.Println(exports.TryGo(context.Background(), export, scope.Weight(90)))
	fmt.Println(thumbnails.TryGo(context.Background(), thumbnail, scope.Weight(20)))
	close(finish)
	fmt.Println(thumbnails.Go(context.Background(), thumbnail, scope.Weight(20)))
	fmt.Println(thumbnails.Close(), exports.Close())
	// Output:
	// true
	// false
	// <nil>
	// <nil> <nil>
}

func ExampleRetry() {
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		fmt.Printf("told: %v (attempt %d)\n", e, e.Attempt)
	})
	s := scope.New(context.Background(), "server", scope.WithSink(sink))
	defer s.Close() //nolint:errcheck // nothing can go wrong here

	n := 0
	dial := func(context.Context) error {
		if n++; n < 3 {
			return errors.New("connection refused")
		}
		return nil
	}
	soon := func() scope.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
	err := s.Do(context.Background(), dial, scope.Named("dial"), scope.Retry(5, soon))
	fmt.Println(err, n)
	// Output:
	// told: /server task "dial": connection refused (attempt 1)
	// told: /server task "dial": connection refused (attempt 2)
	// <nil> 3
}

func ExampleTaskTimeout() {
	s := scope.New(context.Background(), "server")
	defer s.Close() //nolint:errcheck // nothing can go wrong here
	slow := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	err := s.Do(context.Background(), slow, scope.Named("probe"), scope.TaskTimeout(time.Millisecond))
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// scope /server task "probe": timed out after 1ms
	// true
}
