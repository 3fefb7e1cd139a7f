package scope_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/scope"
)

// Who reads an error has it. What nobody reads goes to the sink, once.
func ExampleErrorSink() {
	ctx := context.Background()
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { fmt.Println("sink:", e) })
	s := scope.New(ctx, "app", scope.WithSink(sink))
	fails := func(context.Context) error { return errors.New("disk full") }
	failsToo := func(context.Context) (int, error) { return 0, errors.New("no route") }

	_ = s.Go(ctx, fails) // nobody reads it: to the sink, before Wait returns
	_ = s.Wait(ctx)
	fmt.Println("caller:", s.Do(ctx, fails))
	_, err := scope.Go(ctx, s, failsToo).Wait(ctx)
	fmt.Println("reader:", err)
	unread := scope.Go(ctx, s, failsToo) // to the sink when s closes
	<-unread.Done()
	fmt.Println("closing:", s.Close())
	fmt.Println("refused:", s.Go(ctx, fails))
	// Output:
	// sink: /app: disk full
	// caller: disk full
	// reader: /app: no route
	// sink: /app: no route
	// closing: <nil>
	// refused: scope: closed: /app: scope /app cancelled by Close
}

// The cause of a context says who ended it, where and why.
func ExampleCancelled() {
	ctx := context.Background()
	s := scope.New(ctx, "app", scope.FailFast())
	_ = s.Go(ctx, func(context.Context) error { return errors.New("disk full") }, scope.Named("import"))

	<-s.Context().Done()
	cause := context.Cause(s.Context())
	if c, ok := errors.AsType[*scope.Cancelled](cause); ok {
		fmt.Printf("path %s, by %s, reason %v\n", c.Path, c.By, c.Reason)
	}
	fmt.Println(errors.Is(cause, context.Canceled))
	fmt.Println(s.Close())
	// Output:
	// path /app, by task import, reason /app task "import": disk full
	// true
	// /app task "import": disk full
}

// A hook sees all that goes to sinks, whatever they do with it.
func ExampleObserve() {
	remove := scope.Observe(&scope.Hooks{
		ErrorReported: func(_ context.Context, s *scope.Scope, e *scope.TaskError) {
			fmt.Println("to the sink of", s.Path()+":", e)
		},
		TaskEnded: func(_ context.Context, t *scope.TaskInfo, end scope.TaskEnd) {
			fmt.Println("task", t.Name, end.State, end.Err)
		},
	})
	defer remove()
	ctx := context.Background()
	silent := scope.SinkFunc(func(context.Context, *scope.TaskError) {})
	s := scope.New(ctx, "app", scope.WithSink(silent))
	_ = s.Go(ctx, func(context.Context) error { return errors.New("disk full") }, scope.Named("import"))
	_ = s.Wait(ctx)
	_ = s.Go(ctx, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, scope.Named("poll"))
	_ = s.Close()
	// Output:
	// task import failed disk full
	// to the sink of /app: /app task "import": disk full
	// task poll cancelled context canceled
}
