package scope_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxscope/rxscope/scope"
)

// The tasks of a scope that fails fast: the first failure ends the others and
// is what Run returns.
func ExampleRun_failFast() {
	ctx := context.Background()
	urls := []string{"a.example", "b.example", "broken.example"}
	get := func(_ context.Context, url string) error {
		if url == "broken.example" {
			return errors.New("no such host " + url)
		}
		return nil
	}

	err := scope.Run(ctx, "fetch", func(ctx context.Context, s *scope.Scope) error {
		for _, url := range urls {
			if err := s.Go(ctx, func(ctx context.Context) error { return get(ctx, url) }); err != nil {
				return err
			}
		}
		return nil
	}, scope.FailFast(), scope.WithLimit(8))

	fmt.Println(err)
	// Output: /fetch: no such host broken.example
}
