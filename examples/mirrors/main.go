// Mirrors fetches pages in parallel, each from the faster of two mirrors.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func main() {
	err := scope.Run(context.Background(), "site", func(ctx context.Context, s *scope.Scope) error {
		pages := stream.Of("home", "about", "gone", "news")
		for text, err := range operators.MapOrdered(pages, 3, fetch).All(ctx) {
			if err != nil {
				fmt.Println("failed:", err) // an event like any: the loop goes on
				continue
			}
			fmt.Println(text)
		}
		return nil
	})
	fmt.Println("all stopped, error:", err)
}

// fetch asks both mirrors and takes the first answer. When it returns, the
// slower one has stopped.
func fetch(ctx context.Context, page string) (string, error) {
	won, err := race.DeferErrors(ctx, []scope.Func[string]{
		mirror("eu", page, 20*time.Millisecond),
		mirror("us", page, 60*time.Millisecond),
	})
	return won.Value, err
}

func mirror(name, page string, latency time.Duration) scope.Func[string] {
	return func(ctx context.Context) (string, error) {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(latency):
		}
		if page == "gone" {
			return "", fmt.Errorf("%s: no page %q", name, page)
		}
		return page + " from " + name, nil
	}
}
