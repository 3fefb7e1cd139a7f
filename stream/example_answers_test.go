package stream_test

import (
	"cmp"
	"context"
	"fmt"

	"github.com/rxscope/rxscope/stream"
)

func ExampleStream_Every() {
	ctx := context.Background()
	warm := func(v int) bool { return v > 15 }
	fmt.Println(stream.Of(20, 22).Every(ctx, warm))
	fmt.Println(readings().Every(ctx, warm)) // an error stands between
	// Output:
	// true <nil>
	// false sensor busy
}

func ExampleStream_Any() {
	ctx := context.Background()
	fmt.Println(readings().Any(ctx, func(v int) bool { return v == 20 })) // known before the error
	fmt.Println(readings().Any(ctx, func(v int) bool { return v == 22 }))
	// Output:
	// true <nil>
	// false sensor busy
}

func ExampleStream_IsEmpty() {
	fmt.Println(readings().IsEmpty(context.Background()))
	fmt.Println(stream.Empty[int]().IsEmpty(context.Background()))
	// Output:
	// false <nil>
	// true <nil>
}

func ExampleContains() {
	fmt.Println(stream.Contains(context.Background(), readings(), 20))
	fmt.Println(stream.Contains(context.Background(), readings(), 7))
	// Output:
	// true <nil>
	// false sensor busy
}

func ExampleMin() {
	fmt.Println(stream.Min(context.Background(), stream.Of(3, 1, 2)))
	fmt.Println(stream.Min(context.Background(), readings())) // the least so far
	// Output:
	// 1 <nil>
	// 20 sensor busy
}

func ExampleMax() {
	fmt.Println(stream.Max(context.Background(), stream.Of("a", "c", "b")))
	fmt.Println(stream.Max(context.Background(), stream.Empty[int]()))
	// Output:
	// c <nil>
	// 0 stream: empty
}

func ExampleMinFunc() {
	byLength := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
	fmt.Println(stream.MinFunc(context.Background(), stream.Of("ccc", "a", "b"), byLength))
	// Output: a <nil>
}

func ExampleMaxFunc() {
	byLength := func(a, b string) int { return cmp.Compare(len(a), len(b)) }
	fmt.Println(stream.MaxFunc(context.Background(), stream.Of("a", "bbb", "ccc"), byLength))
	// Output: bbb <nil>
}

func ExampleSum() {
	fmt.Println(stream.Sum(context.Background(), stream.Of(1.5, 2.5)))
	fmt.Println(stream.Sum(context.Background(), readings()))
	// Output:
	// 4 <nil>
	// 20 sensor busy
}

func ExampleToSet() {
	set, err := stream.ToSet(context.Background(), stream.Of("a", "b", "a"))
	fmt.Println(len(set), err)
	// Output: 2 <nil>
}

func ExampleStream_Partition() {
	even, odd, err := stream.Range(1, 5).Partition(context.Background(), 10, func(v int) bool { return v%2 == 0 })
	fmt.Println(even, odd, err)
	// Output: [2 4] [1 3 5] <nil>
}
