package race_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

// mirror returns a contender that answers once ready is closed.
func mirror(name string, ready <-chan struct{}) scope.Func[string] {
	return func(ctx context.Context) (string, error) {
		select {
		case <-ready:
			return name, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// down is a contender that fails.
func down(context.Context) (string, error) { return "", errors.New("connection refused") }

func Example() {
	near, far := make(chan struct{}), make(chan struct{})
	close(near)
	out, err := race.DeferErrors(context.Background(), []scope.Func[string]{down, mirror("far", far), mirror("near", near)})
	fmt.Println(out.Value, out.Index, err)
	fmt.Println(len(out.Attempts), "attempts have ended")
	// Output:
	// near 2 <nil>
	// 3 attempts have ended
}

func ExampleFailFast() {
	never := make(chan struct{})
	_, err := race.FailFast(context.Background(), []scope.Func[string]{mirror("slow", never), down})
	fmt.Println(err)
	// Output:
	// race: the first to end has failed: contender 1: connection refused
}

func ExampleDeferErrors() {
	_, err := race.DeferErrors(context.Background(), []scope.Func[string]{down})
	fmt.Println(err)
	_, err = race.DeferErrors[string](context.Background(), nil)
	fmt.Println(err, errors.Is(err, race.ErrNoContenders))
	// Output:
	// race: all 1 contenders failed: contender 0: connection refused
	// race: no contenders true
}

func ExampleError() {
	ctx, cancel := context.WithCancelCause(context.Background())
	hangUp := func(ctx context.Context) (string, error) {
		cancel(errors.New("user hung up"))
		<-ctx.Done()
		return "", ctx.Err()
	}
	_, err := race.DeferErrors(ctx, []scope.Func[string]{hangUp})
	if e, ok := errors.AsType[*race.Error](err); ok {
		fmt.Println(e.Cause, len(e.Attempts))
	}
	fmt.Println(err)
	// Output:
	// user hung up 1
	// race: cut short: user hung up
}

func ExampleDiscard() {
	begun := make(chan struct{})
	first := func(context.Context) (string, error) { <-begun; return "first", nil }
	second := func(ctx context.Context) (string, error) {
		close(begun)
		<-ctx.Done() // the race is decided, but this has come too far to stop
		return "second", nil
	}
	giveBack := func(v string) { fmt.Println("given back:", v) }
	out, err := race.FailFast(context.Background(), []scope.Func[string]{first, second}, race.Discard(giveBack))
	fmt.Println(out.Value, err)
	// Output:
	// given back: second
	// first <nil>
}

func ExampleOutcome() {
	fast := func(context.Context) (int, error) { return 42, nil }
	out, err := race.FailFast(context.Background(), []scope.Func[int]{fast})
	fmt.Println(out.Value, out.Index, err)
	for _, a := range out.Attempts {
		fmt.Println("contender", a.Index, "ended in time:", a.Start <= a.End, a.Err)
	}
	// Output:
	// 42 0 <nil>
	// contender 0 ended in time: true <nil>
}
