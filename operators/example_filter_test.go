package operators_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func ExampleTakeWhileInclusive() {
	lines := stream.Of("220-hello", "220-again", "220 ready", "next")
	more := func(line string) bool { return line[3] == '-' }
	show(operators.TakeWhileInclusive(lines, more))
	// Output:
	// 220-hello
	// 220-again
	// 220 ready
}

func ExampleSkipWhile() {
	show(operators.SkipWhile(numbers("0", "?", "0", "7", "0"), func(n int) bool { return n == 0 }))
	// Output:
	// error: "?" is no number
	// 7
	// 0
}

func ExampleFind() {
	show(operators.Find(numbers("3", "?", "8", "10"), func(n int) bool { return n%2 == 0 }))
	// Output:
	// error: "?" is no number
	// 8
}

func ExampleElementAt() {
	show(operators.ElementAt(numbers("3", "?", "8", "10"), 1))
	// Output:
	// error: "?" is no number
	// 8
}

// Errors do not wait for the end.
func ExampleTakeLast() {
	show(operators.TakeLast(numbers("1", "2", "3", "?", "4"), 2))
	// Output:
	// error: "?" is no number
	// 3
	// 4
}

func ExampleSkipLast() {
	show(operators.SkipLast(numbers("1", "2", "?", "3", "4"), 2))
	// Output:
	// error: "?" is no number
	// 1
	// 2
}

func ExampleTakeFor() {
	slow := stream.FromFunc(func(ctx context.Context) (string, error) {
		<-ctx.Done() // says nothing for ever
		return "", ctx.Err()
	})
	show(operators.DefaultIfEmpty(operators.TakeFor(slow, time.Millisecond), "silence"))
	// Output: silence
}

func ExampleDistinctUntilChanged() {
	show(operators.DistinctUntilChanged(numbers("1", "1", "?", "1", "2", "1")))
	// Output:
	// 1
	// error: "?" is no number
	// 2
	// 1
}

func ExampleDistinctUntilChangedBy() {
	decade := func(n int) int { return n / 10 }
	show(operators.DistinctUntilChangedBy(numbers("11", "12", "?", "13", "25"), decade))
	// Output:
	// 11
	// error: "?" is no number
	// 25
}

// Two are remembered: 3 makes 1 forgotten.
func ExampleDistinct() {
	show(operators.Distinct(numbers("1", "2", "1", "?", "3", "1"), 2, 0))
	// Output:
	// 1
	// 2
	// error: "?" is no number
	// 3
	// 1
}

func ExampleDistinctBy() {
	type message struct{ id, text string }
	id := func(m message) string { return m.id }
	show(operators.DistinctBy(stream.Of(message{"7", "a"}, message{"8", "b"}, message{"7", "a again"}), id, 1000, time.Minute))
	// Output:
	// {7 a}
	// {8 b}
}

func ExampleErrorsOnly() {
	show(operators.ErrorsOnly(numbers("1", "two", "3", "four")))
	// Output:
	// error: "two" is no number
	// error: "four" is no number
}

func ExampleValuesOnly() {
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println("sink:", e.Path, e.Err) })
	err := scope.Run(context.Background(), "import", func(ctx context.Context, _ *scope.Scope) error {
		sum, err := stream.Reduce(ctx, operators.ValuesOnly(numbers("1", "two", "3")), 0, func(a, b int) int { return a + b })
		fmt.Println("sum:", sum)
		return err
	}, scope.WithSink(sink))
	fmt.Println(err)
	// Output:
	// sink: /import "two" is no number
	// sum: 4
	// <nil>
}

func ExampleErrorsTo() {
	failures := 0
	sink := scope.SinkFunc(func(context.Context, *scope.TaskError) { failures++ })
	show(operators.ErrorsTo(numbers("1", "two", "3"), sink))
	fmt.Println("failures:", failures)
	// Output:
	// 1
	// 3
	// failures: 1
}

func ExampleDefaultIfEmpty() {
	show(operators.DefaultIfEmpty(numbers("one", "two"), 7))
	// Output:
	// error: "one" is no number
	// error: "two" is no number
	// 7
}

func ExampleThrowIfEmpty() {
	show(operators.ThrowIfEmpty(stream.Empty[int](), errors.New("nobody answered")))
	// Output: error: nobody answered
}
