package operators_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
)

func ExampleAsCompleted() {
	ask := func(context.Context) (string, error) { return "answer", nil }
	fail := func(context.Context) (string, error) { return "", errors.New("no route") }
	wait := func(ctx context.Context) (string, error) {
		<-ctx.Done() // ends when the loop does
		return "", ctx.Err()
	}
	left := 2
	for v, err := range operators.AsCompleted(ask, fail, wait).All(context.Background()) {
		if e, ok := errors.AsType[*scope.TaskError](err); ok {
			fmt.Println("function", e.Index, "failed:", e.Err)
		} else {
			fmt.Println("the", v)
		}
		if left--; left == 0 {
			break
		}
	}
	// Unordered output:
	// the answer
	// function 1 failed: no route
}

func ExampleAsCompletedSeq() {
	jobs := func(yield func(scope.Func[int]) bool) {
		for i := range 4 {
			if !yield(func(context.Context) (int, error) { return i * i, nil }) {
				return
			}
		}
	}
	for v, err := range operators.AsCompletedSeq(jobs, 2).All(context.Background()) {
		fmt.Println(v, err)
	}
	// Unordered output:
	// 0 <nil>
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
}

func ExampleAsCompletedIndexed() {
	names := []string{"go", "rx", "scope"}
	jobs := func(yield func(scope.Func[int]) bool) {
		for _, name := range names {
			if !yield(func(context.Context) (int, error) { return len(name), nil }) {
				return
			}
		}
	}
	for c, err := range operators.AsCompletedIndexed(jobs, 3).All(context.Background()) {
		fmt.Println(names[c.Index], c.Value, err)
	}
	// Unordered output:
	// go 2 <nil>
	// rx 2 <nil>
	// scope 5 <nil>
}
