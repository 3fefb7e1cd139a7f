package race_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// replica returns a contender that answers at once.
func replica(name string) scope.Func[string] {
	return func(context.Context) (string, error) { return name, nil }
}

// silent is a contender that does not answer.
func silent(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func ExampleFirst() {
	acks, err := race.First(context.Background(), 2, []scope.Func[string]{silent, replica("b"), down, replica("b")})
	for _, a := range acks {
		fmt.Println(a.Value)
	}
	fmt.Println(err)
	// Output:
	// b
	// b
	// <nil>
}

// Contenders that are found while the first ones run.
func ExampleLazy() {
	found := func(ctx context.Context, yield func(scope.Func[string], error) bool) {
		_ = yield(down, nil) && yield(nil, errors.New("no more in the cache")) && yield(replica("from the registry"), nil)
	}
	out, err := race.Lazy(context.Background(), stream.Stream[scope.Func[string]](found), race.Limit(1))
	fmt.Println(out.Value, err)
	for _, a := range out.Attempts {
		fmt.Println(a.Index, a.Err)
	}
	// Output:
	// from the registry <nil>
	// 0 connection refused
	// 1 no more in the cache
	// 2 <nil>
}

// The second mirror is asked when the first has not answered for a while.
func ExampleStagger() {
	out, err := race.DeferErrors(context.Background(), []scope.Func[string]{silent, replica("second"), replica("third")},
		race.Stagger(10*time.Millisecond))
	fmt.Println(out.Value, len(out.Attempts), err)
	// Output: second 2 <nil>
}

func ExampleAccept() {
	long := func(_ context.Context, v string) error {
		if len(v) < 3 {
			return fmt.Errorf("%q is too short", v)
		}
		return nil
	}
	_, err := race.DeferErrors(context.Background(), []scope.Func[string]{replica("x")}, race.Accept(long))
	fmt.Println(err)
	// Output: race: all 1 contenders failed: contender 0: "x" is too short
}
