package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/rxscope/rxscope/scope"
)

func ExampleHooks() {
	h := &scope.Hooks{
		TaskEnded: func(_ context.Context, t *scope.TaskInfo, end scope.TaskEnd) {
			fmt.Println("task", t.Name, end.State)
		},
		ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
			fmt.Println(s.Path(), step.State)
		},
	}
	s := scope.New(context.Background(), "app", scope.WithHooks(h))
	_ = s.Do(context.Background(), func(context.Context) error { return nil }, scope.Named("first"))
	_ = s.Do(context.Background(), func(context.Context) error { return errors.New("no") }, scope.Named("second"))
	_ = s.Close()
	// Output:
	// task first succeeded
	// task second failed
	// /app draining
	// /app cancelling
	// /app closed
}

func ExampleScope_Events() {
	ctx := context.Background()
	s := scope.New(ctx, "app")
	go func() { // work, until the scope takes no more
		for s.Do(ctx, func(context.Context) error { return nil }) == nil {
			runtime.Gosched()
		}
	}()
	for e, err := range s.Events().All(ctx) {
		switch {
		case err != nil: // a *stream.Lagged, here
		case e.Kind == scope.TaskEnded && s.State() == scope.StateOpen:
			s.Child("handlers")
			s.Cancel(nil)
		case e.Kind == scope.ScopeMoved && e.State == scope.StateClosed:
			fmt.Println(e.Path, "has closed")
		}
	}
	// Output:
	// /app/handlers has closed
	// /app has closed
}
