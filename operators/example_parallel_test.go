package operators_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func ExampleMapParallel() {
	ctx := context.Background()
	numbers := operators.MapParallel(stream.Of("1", "two", "3"), 2, atoi)

	var got []int
	for n, err := range numbers.All(ctx) {
		if err != nil {
			fmt.Println(err) // an event in place of a result; the others come
			continue
		}
		got = append(got, n)
	}
	slices.Sort(got) // they come as they complete
	fmt.Println(got)
	// Output:
	// strconv.Atoi: parsing "two": invalid syntax
	// [1 3]
}

func ExampleMapOrdered() {
	last := make(chan struct{})
	lastFirst := func(_ context.Context, v int) (string, error) {
		if v == 3 {
			close(last)
		}
		<-last // the calls for 1 and 2 end when that for 3 does
		return fmt.Sprint("result ", v), nil
	}
	results, err := operators.MapOrdered(stream.Of(1, 2, 3), 3, lastFirst).Collect(context.Background())
	fmt.Println(results, err)
	// Output:
	// [result 1 result 2 result 3] <nil>
}

// Large values are not read far ahead.
func ExampleWindow() {
	pages := stream.Of("1", "2", "3")
	for n, err := range operators.MapOrdered(pages, 2, atoi, operators.Window(4)).All(context.Background()) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

func ExampleMapOrdered_errors() {
	for n, err := range operators.MapOrdered(stream.Of("1", "two", "3"), 3, atoi).All(context.Background()) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "two": invalid syntax
	// 3 <nil>
}
