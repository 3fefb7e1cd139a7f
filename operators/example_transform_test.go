package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// numbers is a stream that goes on after an error.
func numbers(texts ...string) stream.Stream[int] {
	return operators.MapErr(stream.FromSlice(texts), func(_ context.Context, s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, fmt.Errorf("%q is no number", s)
		}
		return n, nil
	})
}

// show runs s and prints its events, one a line.
func show[T any](s stream.Stream[T]) {
	for v, err := range s.All(context.Background()) {
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(v)
	}
}

func ExampleFilterMap() {
	roots := map[int]int{1: 1, 4: 2, 9: 3}
	show(operators.FilterMap(numbers("4", "5", "six", "9"), func(n int) (string, bool) {
		root, ok := roots[n]
		return fmt.Sprintf("%d²", root), ok
	}))
	// Output:
	// 2²
	// error: "six" is no number
	// 3²
}

func ExampleUnbatch() {
	pages := stream.FromSeq2(func(yield func([]string, error) bool) {
		_ = yield([]string{"ann", "bob"}, nil) && yield(nil, errors.New("page 2 is missing")) && yield([]string{"cyd"}, nil)
	})
	show(operators.Unbatch(pages))
	// Output:
	// ann
	// bob
	// error: page 2 is missing
	// cyd
}

func ExamplePairwise() {
	changes := operators.Map(operators.Pairwise(numbers("10", "12", "?", "11")), func(p [2]int) int { return p[1] - p[0] })
	show(changes)
	// Output:
	// 2
	// error: "?" is no number
	// -1
}

func ExampleWithIndex() {
	show(operators.WithIndex(numbers("7", "?", "8")))
	// Output:
	// {0 7}
	// error: "?" is no number
	// {1 8}
}

func ExampleTimestamp() {
	begin := time.Now()
	for v, err := range operators.Timestamp(numbers("7", "?")).All(context.Background()) {
		fmt.Println(v.Value, v.Time.Before(begin), err)
	}
	// Output:
	// 7 false <nil>
	// 0 true "?" is no number
}

func ExampleTimeInterval() {
	ticks := operators.Tap(stream.Of("a", "b"), operators.Observer[string]{OnValue: func(string) { time.Sleep(time.Millisecond) }})
	for v, err := range operators.TimeInterval(ticks).All(context.Background()) {
		fmt.Println(v.Value, v.After >= time.Millisecond, err)
	}
	// Output:
	// a true <nil>
	// b true <nil>
}

func ExampleTransform() {
	countdown := func(_ context.Context, from int, emit func(string) bool) error {
		for n := from; n > 0; n-- {
			if !emit(strconv.Itoa(n)) {
				return nil
			}
		}
		if from > 2 {
			return errors.New("that took long")
		}
		return nil
	}
	show(operators.Transform(numbers("2", "none", "0", "3"), countdown))
	// Output:
	// 2
	// 1
	// error: "none" is no number
	// 3
	// 2
	// 1
	// error: that took long
}

func ExampleMaterialize() {
	show(operators.Materialize(numbers("1", "two")))
	// Output:
	// {1 <nil>}
	// {0 "two" is no number}
	// {0 operators: end of the stream}
}

func ExampleDematerialize() {
	type event = stream.Event[string]
	recorded := stream.Of(event{Value: "a"}, event{Err: errors.New("torn")}, event{Err: operators.ErrEnd}, event{Value: "never"})
	show(operators.Dematerialize(recorded))
	// Output:
	// a
	// error: torn
}
