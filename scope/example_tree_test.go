package scope_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func ExampleScope_State() {
	s := scope.New(context.Background(), "server")
	s.Defer("database", func(context.Context) error {
		fmt.Println(s.State())
		return nil
	})
	fmt.Println(s.State())
	fmt.Println(s.Close())
	fmt.Println(s.State())
	// Output:
	// open
	// releasing
	// <nil>
	// closed
}

func ExampleScope_Statistics() {
	s := scope.New(context.Background(), "server", scope.WithDurations())
	_ = scope.Run(s.Context(), "request", func(ctx context.Context, r *scope.Scope) error {
		for range 3 {
			_ = r.Go(ctx, func(context.Context) error { return nil })
		}
		return nil
	})
	st := s.Statistics()
	fmt.Println(st.Started, "started,", st.Succeeded, "succeeded,", st.Running, "running")
	fmt.Println(st.Durations.Count, "measured, none longer than a minute:", st.Durations.Quantile(1) < time.Minute)
	_ = s.Close()
	// Output:
	// 3 started, 3 succeeded, 0 running
	// 3 measured, none longer than a minute: true
}

func ExampleScope_Find() {
	server := scope.New(context.Background(), "server")
	for _, app := range []string{"app-a", "app-b"} {
		s := server.Child(app)
		s.Child("timers")
		s.Child("handlers")
	}
	timers, err := server.Find("app-*/timers")
	fmt.Println(len(timers), err)
	for _, s := range timers {
		s.Cancel(nil)
	}
	for s := range server.Walk() {
		fmt.Println(s.Path())
	}
	_ = server.Close()
	// Output:
	// 2 <nil>
	// /server
	// /server/app-a
	// /server/app-a/handlers
	// /server/app-b
	// /server/app-b/handlers
}

func ExampleWithSites() {
	s := scope.New(context.Background(), "server", scope.WithSites(),
		scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			file, _, _ := strings.Cut(filepath.Base(e.Caller), ":")
			fmt.Println(e, "- started in", file)
		})))
	_ = s.Go(context.Background(), func(context.Context) error { return errors.New("boom") })
	_ = s.Wait(context.Background())
	_ = s.Close()
	// Output:
	// /server: boom - started in example_tree_test.go
}

func ExampleScope_Snapshot() {
	s := scope.New(context.Background(), "server")
	s.Defer("database", func(context.Context) error { return nil })
	s.Child("app-a")
	s.Child("app-b")
	sn := s.Snapshot(scope.MaxChildren(1))
	fmt.Println(sn.Path, sn.State, sn.Releases)
	for _, k := range sn.Children {
		fmt.Println(k.Path, k.Statistics.Running, "tasks")
	}
	fmt.Println("and", sn.OmittedChildren, "more")
	data, err := json.Marshal(sn.State) // and so can all of it
	fmt.Println(string(data), err)
	_ = s.Close()
	// Output:
	// /server open [database]
	// /server/app-a 0 tasks
	// and 1 more
	// "open" <nil>
}
