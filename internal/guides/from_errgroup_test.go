package guides_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// What the rows start.
var (
	ctx     = context.Background()
	errBad  = errors.New("bad")
	nothing = func(context.Context) error { return nil }
	failing = func(context.Context) error { return errBad }
	seven   = func(context.Context) (int, error) { return 7, nil }
)

// `g, ctx := errgroup.WithContext(ctx)` … `g.Wait()`: the first failure ends the
// others and is returned, with the path of its task around it
func Example_errgroupWithContext() {
	err := scope.Run(ctx, "fetch", func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, failing) }, scope.FailFast())
	fmt.Println(err)
	// Output: /fetch: bad
}

// `var g errgroup.Group` … `g.Wait()`: the others go on; errors go to the sink of
// the scope, all of them, and not to the caller
func Example_errgroupGroup() {
	err := scope.Run(ctx, "fetch", func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, failing) }, scope.WithSink(sink))
	fmt.Println(err)
	// Output:
	// sink: /fetch: bad
	// <nil>
}

// `g.Go(f)`: f gets a context; the error says that the scope is closing and f
// will not run
func Example_errgroupGo() {
	err := group.Go(ctx, nothing)
	fmt.Println(err)
	// Output: <nil>
}

// `g.TryGo(f)`: false also if the scope is closing
func Example_errgroupTryGo() {
	started := group.TryGo(ctx, nothing)
	fmt.Println(started)
	// Output: true
}

// `g.SetLimit(8)`: also while tasks run
func Example_errgroupSetLimit() {
	limited := root.Child("group", scope.WithLimit(8))
	fmt.Println(limited.Limit())
	// Output: 8
}

// `errgroup` and a slice of results: a handle has the value
func Example_errgroupResults() {
	task := scope.Go(ctx, group, seven)
	fmt.Println(task.Wait(ctx))
	// Output: 7 <nil>
}

// `errgroup` and a channel of results: one stream of results and errors, in the
// order in which they come
func Example_errgroupChannel() {
	for v, err := range operators.AsCompleted(seven, seven).All(ctx) {
		fmt.Println(v, err)
	}
	// Output:
	// 7 <nil>
	// 7 <nil>
}

// `for _, v := range in { g.Go(…) }` with `SetLimit(8)`: workers instead of a
// goroutine a value
func Example_errgroupForEach() {
	out := operators.MapParallel(stream.FromSlice(in), 8, double)
	print(out)
	// Unordered output:
	// 2
	// 4
	// 6
}

// `sync.WaitGroup`: a panic of a task is an error here
func Example_errgroupWaitGroup() {
	err := scope.Run(ctx, "work", func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, nothing) })
	fmt.Println(err)
	// Output: <nil>
}

// `ctx, stop := signal.NotifyContext(…)` … `g.Wait()`: drains first, then ends
// contexts, then releases, each in its time; the exit status tells
func Example_errgroupSignals() {
	status := scope.Main("server", func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, nothing) })
	fmt.Println(status)
	// Output: 0
}

// `defer db.Close()` behind `g.Wait()`: runs when all tasks have ended, bounded
// in time
func Example_errgroupClose() {
	db, err := scope.Acquire(ctx, group, "db", openDB, closeDB)
	fmt.Println(db != nil, err)
	// Output: true <nil>
}

// `context.WithTimeout` around a task: the failure is a TimeoutError that says which task
func Example_errgroupTimeout() {
	err := group.Go(ctx, nothing, scope.TaskTimeout(time.Second))
	fmt.Println(err)
	// Output: <nil>
}

// `semaphore.Weighted` shared by groups: a task says its Weight
func Example_errgroupLimiter() {
	sharing := root.Child("group", scope.WithLimiter(limiter))
	fmt.Println(sharing.Go(ctx, nothing, scope.Weight(2)))
	// Output: <nil>
}

// A database is what a row acquires.
type database struct{}

func openDB(context.Context) (*database, error) { return new(database), nil }
func closeDB(context.Context, *database) error  { return nil }

var sink = scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println("sink:", e) })

var (
	root    = scope.New(ctx, "guides")
	group   = root.Child("group")
	limiter = scope.NewLimiter(8)
)

var in = []int{1, 2, 3}

func double(_ context.Context, v int) (int, error) { return 2 * v, nil }

// print prints the events of a stream.
func print[T any](s stream.Stream[T]) {
	for v, err := range s.All(ctx) {
		if err != nil {
			fmt.Println(err)
		} else {
			fmt.Println(v)
		}
	}
}
