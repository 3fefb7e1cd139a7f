package merge_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
)

// An error takes the place of a pair, so that the pairs stay aligned.
func ExampleZip2() {
	names := stream.FromSlice([]string{"a", "b", "c"})
	sizes := func(_ context.Context, yield func(int, error) bool) {
		_ = yield(1, nil) && yield(0, errors.New("no size")) && yield(3, nil)
	}
	for pair, err := range merge.Zip2(names, sizes).All(context.Background()) {
		fmt.Println(pair.A, pair.B, err)
	}
	// Output:
	// a 1 <nil>
	//  0 no size
	// c 3 <nil>
}

func ExampleForkJoin2() {
	users := stream.Of("ann", "bob")
	total := stream.Of(7)
	for both, err := range merge.ForkJoin2(users, total).All(context.Background()) {
		fmt.Println(both.A, both.B, err)
	}
	// Output:
	// bob 7 <nil>
}

// What a replica sends is compared with what the original does, up to the first
// difference.
func ExampleSequenceEqual() {
	original, replica := stream.Of("a", "b", "c"), stream.Of("a", "x", "c")
	same, err := merge.SequenceEqual(original, replica).Single(context.Background())
	fmt.Println(same, err)
	// Output: false <nil>
}

func ExampleFlatten() {
	pages := stream.Of(stream.Of(1, 2), stream.Of(3))
	for v, err := range merge.Flatten(pages, 1).All(context.Background()) {
		fmt.Println(v, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}
