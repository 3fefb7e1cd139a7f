package scope_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// untilTold waits for the end of ctx.
func untilTold(ctx context.Context, _ *scope.Scope) error {
	<-ctx.Done()
	return ctx.Err()
}

// The error names the scope whose time was over.
func ExampleTimeout() {
	err := scope.Run(context.Background(), "report", func(ctx context.Context, _ *scope.Scope) error {
		return scope.Run(ctx, "fetch", untilTold, scope.Timeout(time.Millisecond))
	}, scope.Timeout(time.Hour))

	var t *scope.TimeoutError
	fmt.Println(errors.As(err, &t) && t.Path == "/report", errors.Is(err, context.DeadlineExceeded))
	fmt.Println(err)
	// Output:
	// false true
	// scope /report/fetch: timed out after 1ms
}

// What is found in time is enough.
func ExampleMoveOn() {
	var found []string
	err := scope.Run(context.Background(), "suggestions", func(ctx context.Context, s *scope.Scope) error {
		found = append(found, "from the cache")
		return s.Go(ctx, func(ctx context.Context) error {
			<-ctx.Done() // the slow source
			return ctx.Err()
		})
	}, scope.MoveOn(time.Millisecond))
	fmt.Println(found, err)
	// Output:
	// [from the cache] <nil>
}

// The task is cancelled, and its cleanup has another second.
func ExampleGrace() {
	rollback := func(ctx context.Context) error {
		fmt.Println("rolling back:", ctx.Err())
		return ctx.Err()
	}
	ctx := context.Background()
	s := scope.New(ctx, "orders")
	started := make(chan struct{})
	_ = s.Go(ctx, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		fmt.Println(context.Cause(ctx))
		ctx, cancel := scope.Grace(ctx, time.Second)
		defer cancel()
		return rollback(ctx)
	})
	<-started
	fmt.Println(s.Close())
	// Output:
	// scope /orders cancelled by Close
	// rolling back: <nil>
	// <nil>
}

// A retry that cannot end in time is not begun.
func ExampleRemaining() {
	const backOff = 10 * time.Second
	err := scope.Run(context.Background(), "fetch", func(ctx context.Context, s *scope.Scope) error {
		if left, ok := scope.Remaining(ctx); ok && left < backOff {
			return errors.New("gave up in time")
		}
		return nil
	}, scope.Timeout(time.Second))
	fmt.Println(err)
	// Output: gave up in time
}
