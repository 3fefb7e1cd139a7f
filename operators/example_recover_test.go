package operators_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func ExampleMapError() {
	show(operators.MapError(numbers("1", "two"), func(err error) error { return fmt.Errorf("reading prices: %w", err) }))
	// Output:
	// 1
	// error: reading prices: "two" is no number
}

func ExampleOnErrorReturn() {
	show(operators.OnErrorReturn(numbers("1", "two", "3"), func(error) int { return -1 }))
	// Output:
	// 1
	// -1
	// 3
}

func ExampleFilterErrors() {
	errBusy := errors.New("busy")
	s := stream.FromSeq2(func(yield func(int, error) bool) {
		_ = yield(0, errBusy) && yield(1, nil) && yield(0, errors.New("disk is full"))
	})
	show(operators.FilterErrors(s, func(err error) bool { return !errors.Is(err, errBusy) }))
	// Output:
	// 1
	// error: disk is full
}

func ExampleOnErrorResumeNext() {
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println("sink:", e.Err) })
	s := scope.New(context.Background(), "app", scope.WithSink(sink))
	defer s.Cancel(nil)
	primary := stream.Throw[string](errors.New("primary is down"))
	answers, err := operators.OnErrorResumeNext(primary, stream.Of("from the replica")).Collect(s.Context())
	fmt.Println(answers, err)
	// Output:
	// sink: primary is down
	// [from the replica] <nil>
}

func ExampleErrorBudget() {
	s := operators.ErrorBudget(numbers("1", "two", "3", "four", "5"), 1, time.Minute)
	for n, err := range s.All(context.Background()) {
		fmt.Println(n, err, stream.IsFatal(err))
	}
	// Output:
	// 1 <nil> false
	// 0 "two" is no number false
	// 3 <nil> false
	// 0 operators: more than 1 errors within 1m0s, the last: "four" is no number true
}

func ExampleBackOffOnError() {
	accepted := 0
	accept := stream.FromFunc(func(context.Context) (string, error) {
		if accepted++; accepted < 3 {
			return "", errors.New("too many open files")
		}
		return "connection", nil
	})
	quick := func() scope.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
	show(operators.Take(operators.BackOffOnError(accept, quick), 1))
	// Output:
	// error: too many open files
	// error: too many open files
	// connection
}

func ExampleDelayErrors() {
	show(operators.DelayErrors(numbers("one", "2", "three", "four", "5"), 2))
	// Output:
	// 2
	// 5
	// error: 3 errors: "one" is no number; "three" is no number; 1 more
}

func ExampleWithItem() {
	half := func(_ context.Context, n int) (int, error) {
		if n%2 != 0 {
			return 0, errors.New("odd")
		}
		return n / 2, nil
	}
	for v, err := range operators.WithItem(stream.Of(4, 7, 8), half).All(context.Background()) {
		if failed, ok := errors.AsType[*operators.ItemError[int]](err); ok {
			fmt.Println("to be tried again:", failed.Item, "at", failed.Index, "because", failed.Err)
			continue
		}
		fmt.Println(v)
	}
	// Output:
	// 2
	// to be tried again: 7 at 1 because odd
	// 4
}

func ExampleRetry() {
	attempt := 0
	feed := stream.Defer(func(context.Context) stream.Stream[string] {
		attempt++
		if attempt < 3 {
			return stream.Throw[string](fmt.Errorf("connection %d refused", attempt))
		}
		return stream.Of("hello")
	})
	quick := func() scope.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
	show(operators.Retry(feed, operators.Retries(5), operators.BackOff(quick), operators.ShowFailures()))
	// Output:
	// error: connection 1 refused
	// error: connection 2 refused
	// hello
}

func ExampleMapRetry() {
	calls := 0
	send := func(_ context.Context, n int) (string, error) {
		if calls++; n == 2 {
			return "", errors.New("2 is refused")
		}
		return fmt.Sprint("sent ", n), nil
	}
	show(operators.MapRetry(stream.Of(1, 2, 3), send, operators.Retries(1), operators.ShowFailures()))
	fmt.Println(calls, "calls")
	// Output:
	// sent 1
	// error: 2 is refused
	// error: 2 is refused
	// sent 3
	// 4 calls
}

func ExampleRepeat() {
	poll := numbers("1", "?")
	show(operators.Repeat(poll, 2, time.Millisecond))
	// Output:
	// 1
	// error: "?" is no number
	// 1
	// error: "?" is no number
}
