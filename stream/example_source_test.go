package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing/fstest"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// An error is an event: the loop decides whether to go on.
func Example() {
	ctx := context.Background()
	input := strings.NewReader("6\nseven\n8\n")
	sum := 0
	for line, err := range stream.Lines(input).All(ctx) {
		if err != nil {
			fmt.Println("cannot read:", err)
			continue
		}
		var n int
		if _, err := fmt.Sscan(line, &n); err != nil {
			fmt.Println("not a number:", line)
			continue
		}
		sum += n
	}
	fmt.Println("sum:", sum)
	// Output:
	// not a number: seven
	// sum: 14
}

func ExampleOf() {
	for v, err := range stream.Of("a", "b").All(context.Background()) {
		fmt.Println(v, err)
	}
	// Output:
	// a <nil>
	// b <nil>
}

func ExampleFromSlice() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	for v, err := range stream.FromSlice([]int{1, 2, 3}).All(ctx) {
		fmt.Println(v, err)
		if v == 2 {
			cancel(errors.New("enough"))
		}
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 0 enough
}

func ExampleFromSeq() {
	ages := map[string]int{"Ada": 36}
	name, err := stream.FromSeq(maps.Keys(ages)).First(context.Background())
	fmt.Println(name, err)
	// Output: Ada <nil>
}

func ExampleFromSeq2() {
	rows := func(yield func(string, error) bool) {
		_ = yield("first", nil) && yield("", errors.New("row 2 is broken")) && yield("third", nil)
	}
	for row, err := range stream.FromSeq2(rows).All(context.Background()) {
		fmt.Printf("%q %v\n", row, err)
	}
	// Output:
	// "first" <nil>
	// "" row 2 is broken
	// "third" <nil>
}

func ExampleFromChan() {
	ch := make(chan int, 2)
	ch <- 1
	ch <- 2
	close(ch)
	values, err := stream.FromChan(ch).Collect(context.Background())
	fmt.Println(values, err)
	// Output: [1 2] <nil>
}

func ExampleFromFunc() {
	answers := []error{nil, errors.New("busy"), nil, io.EOF}
	s := stream.FromFunc(func(context.Context) (string, error) {
		err := answers[0]
		answers = answers[1:]
		return "answer", err
	})
	for v, err := range s.All(context.Background()) {
		fmt.Printf("%q %v\n", v, err)
	}
	// Output:
	// "answer" <nil>
	// "" busy
	// "answer" <nil>
}

func ExampleGenerate() {
	powers := stream.Generate(1,
		func(v int) bool { return v < 100 },
		func(v int) int { return 3 * v })
	values, err := powers.Collect(context.Background())
	fmt.Println(values, err)
	// Output: [1 3 9 27 81] <nil>
}

func ExampleRange() {
	values, err := stream.Range(5, 3).Collect(context.Background())
	fmt.Println(values, err)
	// Output: [5 6 7] <nil>
}

func ExampleEmpty() {
	_, err := stream.Empty[int]().First(context.Background())
	fmt.Println(err)
	// Output: stream: empty
}

func ExampleNever() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := stream.Never[int]().First(ctx)
	fmt.Println(err)
	// Output: context deadline exceeded
}

func ExampleThrow() {
	_, err := stream.Throw[int](errors.New("no such queue")).Collect(context.Background())
	fmt.Println(err, stream.IsFatal(err))
	// Output: no such queue true
}

func ExampleDefer() {
	runs := 0
	s := stream.Defer(func(context.Context) stream.Stream[int] {
		runs++
		return stream.Of(runs)
	})
	for range 2 {
		v, err := s.First(context.Background())
		fmt.Println(v, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
}

func ExampleIif() {
	cached := false
	s := stream.Iif(func() bool { return cached }, stream.Of("from the cache"), stream.Of("from the disk"))
	for range 2 {
		v, err := s.First(context.Background())
		fmt.Println(v, err)
		cached = true
	}
	// Output:
	// from the disk <nil>
	// from the cache <nil>
}

func ExampleUsing() {
	s := stream.Using(
		func(context.Context) (string, error) { fmt.Println("open"); return "text", nil },
		func(string) stream.Stream[int] { return stream.Of(1, 2, 3) },
		func(string) { fmt.Println("release") })
	for v, err := range s.All(context.Background()) {
		fmt.Println(v, err)
		break
	}
	// Output:
	// open
	// 1 <nil>
	// release
}

func ExampleLines() {
	text := "header\r\none\n" + strings.Repeat("x", stream.MaxLineLength+1) + "\nlast"
	lines := stream.Lines(strings.NewReader(text))
	header, err := lines.First(context.Background()) // the next run goes on behind it
	fmt.Println(header, err)
	for line, err := range lines.All(context.Background()) {
		fmt.Printf("%q %v\n", line, err)
	}
	// Output:
	// header <nil>
	// "one" <nil>
	// "" reading line 3: more than 1048576 bytes: bufio.Scanner: token too long
	// "last" <nil>
}

func ExampleWalk() {
	fsys := fstest.MapFS{"docs/index.md": {}, "docs/img/logo.png": {}}
	for e, err := range stream.Walk(fsys, "docs").All(context.Background()) {
		if err != nil {
			fmt.Println(err) // what else there is can still be read
			continue
		}
		fmt.Println(e.Path, e.IsDir())
	}
	// Unordered output:
	// docs true
	// docs/img true
	// docs/img/logo.png false
	// docs/index.md false
}

func ExampleFatal() {
	tries := 0
	s := stream.FromFunc(func(context.Context) (int, error) {
		tries++
		err := fmt.Errorf("try %d failed", tries)
		if tries == 3 {
			err = stream.Fatal(err) // this source will not get better
		}
		return 0, err
	})
	for _, err := range s.All(context.Background()) {
		fmt.Println(err, stream.IsFatal(err))
	}
	// Output:
	// try 1 failed false
	// try 2 failed false
	// try 3 failed true
}

func ExampleIsCut() {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("closing time"))
	fmt.Println(stream.IsCut(ctx, context.Cause(ctx)))
	fmt.Println(stream.IsCut(ctx, fmt.Errorf("reading: %w", ctx.Err())))
	fmt.Println(stream.IsCut(ctx, errors.Join(ctx.Err(), errors.New("disk full"))))
	// Output:
	// true
	// true
	// false
}
