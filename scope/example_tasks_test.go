package scope_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rxscope/rxscope/scope"
)

func ExampleTasks() {
	s := scope.New(context.Background(), "crawler")
	defer s.Close() //nolint:errcheck // nothing can go wrong here
	pages := scope.NewTasks[string](s, 100)

	links := map[string]string{"/": "/about", "/about": "/team"}
	var visit func(path string) scope.Func[string]
	visit = func(path string) scope.Func[string] {
		return func(ctx context.Context) (string, error) {
			next, ok := links[path]
			if !ok {
				pages.Close() // the last one
				return path, errors.New("not found")
			}
			return path, pages.Go(ctx, visit(next))
		}
	}
	_ = pages.Go(context.Background(), visit("/"))

	var found []string
	for path, err := range pages.Stream().All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		found = append(found, path)
	}
	fmt.Println(len(found), strings.Join(slices.Sorted(slices.Values(found)), " "))
	// Output:
	// /crawler: not found
	// 2 / /about
}
