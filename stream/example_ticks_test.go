package stream_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

func ExampleTimer() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Millisecond, errors.New("gave up"))
	defer cancel()
	fmt.Println(stream.Timer(0).First(ctx))
	fmt.Println(stream.Timer(time.Hour).First(ctx))
	// Output:
	// 0 <nil>
	// 0 gave up
}

func ExampleInterval() {
	for n, err := range stream.Interval(time.Millisecond).All(context.Background()) {
		if err != nil || n >= 2 {
			break // err is the cause of a cut
		}
	}
	fmt.Println("two or more ticks have passed")
	// Output: two or more ticks have passed
}

func ExampleIntervalFrom() {
	first, err := stream.IntervalFrom(0, time.Hour).First(context.Background())
	fmt.Println(first, err)
	// Output: 0 <nil>
}
