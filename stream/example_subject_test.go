package stream_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/stream"
)

// A subscription that is made before the first event misses nothing.
func ExampleSubject() {
	ctx := context.Background()
	prices := stream.NewSubject[int]()
	sub := prices.Subscribe()
	go func() {
		defer prices.End()
		_ = prices.Publish(ctx, 100)
		_ = prices.PublishError(ctx, errors.New("exchange is closed"))
		_ = prices.Publish(ctx, 101)
	}()
	for price, err := range sub.Stream().All(ctx) {
		fmt.Println(price, err)
	}
	// Output:
	// 100 <nil>
	// 0 exchange is closed
	// 101 <nil>
}

// A subscriber that is slow loses what it says it can do without, and is told how
// much.
func ExampleOverflow() {
	ctx := context.Background()
	positions := stream.NewSubject[int]()
	sub := positions.Subscribe(stream.Overflow{Policy: stream.DropOldest, N: 1})
	for p := range 5 {
		_ = positions.Publish(ctx, p)
	}
	positions.End()
	for p, err := range sub.Stream().All(ctx) {
		fmt.Println(p, err)
	}
	// Output:
	// 0 stream: 4 events were dropped
	// 4 <nil>
}
