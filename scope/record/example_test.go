package record_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/record"
)

func Example() {
	r := record.New(100)
	silent := scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {}))
	s := scope.New(context.Background(), "server", scope.WithHooks(r.Hooks()), silent)
	for _, name := range []string{"import", "export"} {
		_ = s.Go(context.Background(), func(context.Context) error {
			if name == "import" {
				return errors.New("no such file")
			}
			return nil
		}, scope.Named(name))
		_ = s.Wait(context.Background())
	}
	for _, t := range r.Tasks() {
		fmt.Println(t.Path, t.Name, t.State)
	}
	for _, f := range r.Failures() {
		fmt.Println(f.Task.Name, "failed:", f.Error)
	}
	_ = s.Close()
	// Output:
	// /server export succeeded
	// /server import failed
	// import failed: no such file
}
