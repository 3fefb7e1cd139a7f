package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// atoi is a function that may fail.
func atoi(_ context.Context, s string) (int, error) { return strconv.Atoi(s) }

func Example() {
	text := strings.NewReader("3\n\nfour\n5\n6\n7\n")
	lines := operators.Filter(stream.Lines(text), func(line string) bool { return line != "" })
	numbers := operators.MapErr(lines, atoi)
	for n, err := range operators.Take(numbers, 3).All(context.Background()) {
		if err != nil {
			fmt.Println("skipped:", err)
			continue
		}
		fmt.Println(n)
	}
	// Output:
	// 3
	// skipped: strconv.Atoi: parsing "four": invalid syntax
	// 5
	// 6
}

func ExampleMap() {
	squares := operators.Map(stream.Range(1, 4), func(n int) string { return fmt.Sprintf("%d²=%d", n, n*n) })
	fmt.Println(squares.Collect(context.Background()))
	// Output: [1²=1 2²=4 3²=9 4²=16] <nil>
}

func ExampleMapErr() {
	numbers := operators.MapErr(stream.Of("1", "two", "3"), atoi)
	for n, err := range numbers.All(context.Background()) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "two": invalid syntax
	// 3 <nil>
}

func ExampleFilter() {
	even := operators.Filter(stream.Range(1, 10), func(n int) bool { return n%2 == 0 })
	fmt.Println(even.Collect(context.Background()))
	// Output: [2 4 6 8 10] <nil>
}

func ExampleTake() {
	powers := stream.Generate(1, nil, func(n int) int { return 2 * n }) // without end
	fmt.Println(operators.Take(powers, 5).Collect(context.Background()))
	// Output: [1 2 4 8 16] <nil>
}

// Errors pass and do not count.
func ExampleTake_errors() {
	numbers := operators.MapErr(stream.Of("1", "two", "3", "4"), atoi)
	for n, err := range operators.Take(numbers, 2).All(context.Background()) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "two": invalid syntax
	// 3 <nil>
}

func ExampleTakeWhile() {
	header := operators.TakeWhile(stream.Of("From: a", "To: b", "", "Body"), func(line string) bool { return line != "" })
	fmt.Println(header.Collect(context.Background()))
	// Output: [From: a To: b] <nil>
}

func ExampleSkip() {
	rows := operators.Skip(stream.Of("name", "ann", "bob"), 1)
	fmt.Println(rows.Collect(context.Background()))
	// Output: [ann bob] <nil>
}

func ExampleScan() {
	balance := operators.Scan(stream.Of(50, -20, 5), 100, func(sum, n int) int { return sum + n })
	fmt.Println(balance.Collect(context.Background()))
	// Output: [150 130 135] <nil>
}

func ExampleTap() {
	values, failures := 0, 0
	numbers := operators.Tap(operators.MapErr(stream.Of("1", "two", "3", "4"), atoi), operators.Observer[int]{
		OnValue: func(int) { values++ },
		OnError: func(error) { failures++ },
		OnEnd:   func(cause error) { fmt.Println(values, "values,", failures, "failures, ended by:", cause) },
	})
	for n := range numbers.All(context.Background()) {
		if n == 3 {
			break
		}
	}
	// Output: 2 values, 1 failures, ended by: operators: consumer stopped
}

func ExampleFinally() {
	s := operators.Finally(stream.Of(1, 2, 3), func() { fmt.Println("unlocked") })
	for n := range s.All(context.Background()) {
		fmt.Println(n)
		if n == 2 {
			break
		}
	}
	fmt.Println("after the loop")
	// Output:
	// 1
	// 2
	// unlocked
	// after the loop
}

func ExampleStopOnError() {
	numbers := operators.StopOnError(operators.MapErr(stream.Of("1", "two", "3"), atoi))
	for n, err := range numbers.All(context.Background()) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "two": invalid syntax
}

func ExampleCatch() {
	numbers := operators.MapErr(stream.Of("1", "two", "", "4"), atoi)
	mended := operators.Catch(numbers, func(err error) stream.Stream[int] {
		if e, ok := errors.AsType[*strconv.NumError](err); ok && e.Num == "" {
			return stream.Empty[int]() // drop it
		}
		return stream.Of(-1) // put something in its place
	})
	fmt.Println(mended.Collect(context.Background()))
	// Output: [1 -1 4] <nil>
}

func ExampleChunk() {
	for rows, err := range operators.Chunk(stream.Range(1, 5), 2).All(context.Background()) {
		fmt.Println(rows, err)
	}
	// Output:
	// [1 2] <nil>
	// [3 4] <nil>
	// [5] <nil>
}

// An error is a boundary: what came before it comes out before it.
func ExampleChunk_errors() {
	numbers := operators.MapErr(stream.Of("1", "2", "3", "four", "5", "6"), atoi)
	for rows, err := range operators.Chunk(numbers, 2).All(context.Background()) {
		fmt.Println(rows, err)
	}
	// Output:
	// [1 2] <nil>
	// [3] <nil>
	// [] strconv.Atoi: parsing "four": invalid syntax
	// [5 6] <nil>
}

func ExampleDiscard() {
	ctx, cancel := context.WithCancelCause(context.Background())
	requests := operators.Tap(stream.Range(1, 5), operators.Observer[int]{OnValue: func(n int) {
		if n == 4 {
			cancel(errors.New("shutting down"))
		}
	}})
	chunks := operators.Chunk(requests, 3, operators.Discard(func(n int) { fmt.Println("refused", n) }))
	for rows, err := range chunks.All(ctx) {
		fmt.Println(rows, err)
	}
	// Output:
	// [1 2 3] <nil>
	// refused 4
	// [] shutting down
}
