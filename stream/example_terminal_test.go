package stream_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/stream"
)

// readings is a stream that goes on after its errors.
func readings() stream.Stream[int] {
	return stream.FromSeq2(func(yield func(int, error) bool) {
		_ = yield(20, nil) && yield(0, errors.New("sensor busy")) && yield(22, nil) && yield(0, errors.New("sensor hot"))
	})
}

func ExampleStream_All() {
	for v, err := range readings().All(context.Background()) {
		fmt.Println(v, err)
	}
	// Output:
	// 20 <nil>
	// 0 sensor busy
	// 22 <nil>
	// 0 sensor hot
}

func ExampleStream_Collect() {
	values, err := readings().Collect(context.Background())
	fmt.Println(values, err)
	// Output: [20] sensor busy
}

func ExampleStream_CollectAll() {
	values, err := readings().CollectAll(context.Background(), 1)
	fmt.Println(values, err)
	// Output: [20 22] 2 errors: sensor busy; 1 more
}

func ExampleStream_ForEach() {
	err := readings().ForEach(context.Background(), func(v int) error {
		fmt.Println(v)
		return nil
	})
	fmt.Println("ended with:", err)
	// Output:
	// 20
	// ended with: sensor busy
}

func ExampleStream_ForEachEvent() {
	err := readings().ForEachEvent(context.Background(), func(v int, err error) error {
		if err != nil && err.Error() == "sensor hot" {
			return err // too much
		}
		fmt.Println(v, err)
		return nil
	})
	fmt.Println("ended with:", err)
	// Output:
	// 20 <nil>
	// 0 sensor busy
	// 22 <nil>
	// ended with: sensor hot
}

func ExampleStream_Drain() {
	err := readings().Drain(context.Background(), func(err error) { fmt.Println("told:", err) })
	fmt.Println(err)
	// Output:
	// told: sensor busy
	// told: sensor hot
	// <nil>
}

func ExampleStream_First() {
	v, err := readings().First(context.Background())
	fmt.Println(v, err)
	// Output: 20 <nil>
}

func ExampleStream_FirstValue() {
	hosts := stream.FromSeq2(func(yield func(string, error) bool) {
		_ = yield("", errors.New("a is down")) && yield("b", nil) && yield("c", nil)
	})
	host, err := hosts.FirstValue(context.Background())
	fmt.Println(host, err)
	// Output: b <nil>
}

func ExampleStream_Last() {
	v, err := stream.Of(1, 2, 3).Last(context.Background())
	fmt.Println(v, err)
	// Output: 3 <nil>
}

func ExampleStream_Single() {
	for _, s := range []stream.Stream[int]{stream.Of(1), stream.Of(1, 2), stream.Of[int]()} {
		v, err := s.Single(context.Background())
		fmt.Println(v, err)
	}
	// Output:
	// 1 <nil>
	// 0 stream: more than one value
	// 0 stream: empty
}

func ExampleStream_Count() {
	n, err := stream.Range(0, 10).Count(context.Background())
	fmt.Println(n, err)
	// Output: 10 <nil>
}

func ExampleReduce() {
	longest, err := stream.Reduce(context.Background(), stream.Of("ab", "abc", "a"), 0,
		func(n int, s string) int { return max(n, len(s)) })
	fmt.Println(longest, err)
	// Output: 3 <nil>
}

func ExampleToMap() {
	lengths, err := stream.ToMap(context.Background(), stream.Of("Ada", "Grace"),
		func(name string) (string, int) { return name, len(name) })
	fmt.Println(lengths, err)
	// Output: map[Ada:3 Grace:5] <nil>
}

func ExampleJoinedError() {
	_, err := readings().CollectAll(context.Background(), 10)
	if joined, ok := errors.AsType[*stream.JoinedError](err); ok {
		for _, err := range joined.Errs {
			fmt.Println(err)
		}
		fmt.Println("and", joined.More, "more")
	}
	// Output:
	// sensor busy
	// sensor hot
	// and 0 more
}

// An Event carries value and error through what takes one value at a time.
func ExampleEvent() {
	log := make(chan stream.Event[int], 8)
	for v, err := range readings().All(context.Background()) {
		log <- stream.Event[int]{Value: v, Err: err}
	}
	close(log)
	fmt.Println(len(log), "events, first:", (<-log).Value)
	// Output: 4 events, first: 20
}
