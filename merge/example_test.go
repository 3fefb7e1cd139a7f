package merge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
)

func Example() {
	ctx := context.Background()
	access := stream.Lines(strings.NewReader("GET /\nGET /about"))
	failed := stream.Lines(strings.NewReader("timeout"))

	// Which line comes first is open, that all of them come is not.
	lines, err := merge.Merge(access, failed).Collect(ctx)
	slices.Sort(lines)
	fmt.Println(lines, err)
	// Output:
	// [GET / GET /about timeout] <nil>
}

func ExampleMerge() {
	broken := stream.Throw[int](errors.New("no signal"))
	sum := 0
	for v, err := range merge.Merge(stream.Of(1, 2), broken, stream.Of(3)).All(context.Background()) {
		if err != nil {
			fmt.Println("one source:", err) // the others go on
			continue
		}
		sum += v
	}
	fmt.Println(sum)
	// Output:
	// one source: no signal
	// 6
}

func ExampleMergeSeq() {
	pages := func(yield func(stream.Stream[int]) bool) {
		for page := range 3 {
			if !yield(stream.Range(10*page, 2)) {
				return
			}
		}
	}
	// One at a time, so the pages come in order.
	items, err := merge.MergeSeq(pages, 1).Collect(context.Background())
	fmt.Println(items, err)
	// Output:
	// [0 1 10 11 20 21] <nil>
}

func ExampleConcat() {
	head := stream.Of("id,name")
	body := stream.Throw[string](errors.New("line 2 is torn"))
	foot := stream.Of("total")
	for line, err := range merge.Concat(head, body, foot).All(context.Background()) {
		fmt.Println(line, err)
	}
	// Output:
	// id,name <nil>
	//  line 2 is torn
	// total <nil>
}

func ExampleStartWith() {
	lines, err := merge.StartWith(stream.Of("1,ann", "2,bob"), "id,name").Collect(context.Background())
	fmt.Println(lines, err)
	// Output: [id,name 1,ann 2,bob] <nil>
}

// A source that has failed has no normal end.
func ExampleEndWith() {
	ctx := context.Background()
	fmt.Println(merge.EndWith(stream.Of("1,ann"), "total: 1").Collect(ctx))
	torn := merge.Concat(stream.Of("1,ann"), stream.Throw[string](errors.New("line 2 is torn")))
	for line, err := range merge.EndWith(torn, "total: 1").All(ctx) {
		fmt.Println(line, err)
	}
	// Output:
	// [1,ann total: 1] <nil>
	// 1,ann <nil>
	//  line 2 is torn
}

func ExampleDiscard() {
	produced := make(chan struct{})
	src := func(_ context.Context, yield func(string, error) bool) {
		if yield("taken", nil) && yield("too much", nil) {
			close(produced)
		}
	}
	giveBack := merge.Discard(func(v string) { fmt.Println("given back:", v) })
	srcs := slices.Values([]stream.Stream[string]{src})
	for v := range merge.MergeSeq(srcs, 1, giveBack).All(context.Background()) {
		<-produced
		fmt.Println(v)
		break
	}
	// Output:
	// taken
	// given back: too much
}
