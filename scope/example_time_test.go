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
