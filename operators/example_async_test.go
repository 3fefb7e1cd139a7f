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

// A page that cannot be read is one event, and the others come all the same.
func ExampleConcatMap() {
	pages := func(n int) stream.Stream[string] {
		if n == 2 {
			return stream.Throw[string](errors.New("no page 2"))
		}
		return stream.Of(fmt.Sprintf("%da", n), fmt.Sprintf("%db", n))
	}
	for line, err := range operators.ConcatMap(stream.Range(1, 3), pages).All(context.Background()) {
		fmt.Println(line, err)
	}
	// Output:
	// 1a <nil>
	// 1b <nil>
	//  no page 2
	// 3a <nil>
	// 3b <nil>
}

// Two logs are read at a time, and come one behind the other.
func ExampleFlatMapOrdered() {
	log := func(name string) stream.Stream[string] { return stream.Of(name+": start", name+": stop") }
	for line, err := range operators.FlatMapOrdered(stream.Of("a", "b"), 2, log).All(context.Background()) {
		fmt.Println(line, err)
	}
	// Output:
	// a: start <nil>
	// a: stop <nil>
	// b: start <nil>
	// b: stop <nil>
}

// A job is let through when what it needs is there.
func ExampleDelayWhen() {
	ready := func(job string) stream.Stream[int] {
		if job == "big" {
			return stream.Timer(20 * time.Millisecond)
		}
		return stream.Empty[int]()
	}
	for job, err := range operators.DelayWhen(stream.Of("big", "small"), 8, ready).All(context.Background()) {
		fmt.Println(job, err)
	}
	// Output:
	// small <nil>
	// big <nil>
}

// Rows are written in slices, and none waits for longer than a second.
func ExampleBatch() {
	rows := stream.Of(1, 2, 3, 4, 5)
	for slice, err := range operators.Batch(rows, 2, time.Second).All(context.Background()) {
		fmt.Println(slice, err)
	}
	// Output:
	// [1 2] <nil>
	// [3 4] <nil>
	// [5] <nil>
}

// Each key is counted by itself, at the same time as the others.
func ExampleGroupBy() {
	words := stream.Of("ant", "bee", "ape", "bat", "asp")
	initial := func(w string) byte { return w[0] }
	counts := func(g *operators.Group[byte, string]) stream.Stream[string] {
		return operators.MapErr(stream.Of(g), func(ctx context.Context, g *operators.Group[byte, string]) (string, error) {
			n, err := g.Stream().Count(ctx)
			return fmt.Sprintf("%c: %d", g.Key, n), err
		})
	}
	groups := operators.GroupBy(words, initial, 26, 0)
	for count, err := range operators.FlatMap(groups, 26, counts).All(context.Background()) {
		fmt.Println(count, err)
	}
	// Unordered output:
	// a: 3 <nil>
	// b: 2 <nil>
}

// The quotes are read once, for as long as somebody looks at them.
func ExampleShare() {
	ctx := context.Background()
	app := scope.New(ctx, "app")
	reads := 0
	quotes := stream.Defer(func(context.Context) stream.Stream[int] {
		reads++
		return stream.Range(100, 3)
	})
	shared := operators.Share(app, quotes)
	n, err := shared.Count(ctx)
	fmt.Println(n, err, reads)
	fmt.Println(app.Close())
	// Output:
	// 3 <nil> 1
	// <nil>
}

func ExampleToChan() {
	ctx := context.Background()
	app := scope.New(ctx, "app")
	events, err := operators.ToChan(ctx, app, stream.Of(1, 2), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for e := range events {
		fmt.Println(e.Value, e.Err)
	}
	fmt.Println(app.Close())
	// Output:
	// 1 <nil>
	// 2 <nil>
	// <nil>
}
