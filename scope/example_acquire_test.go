package scope_test

import (
	"context"
	"fmt"

	"github.com/rxscope/rxscope/scope"
)

// The connection is closed when the scope is, and whoever closes it can see
// why.
func ExampleAcquire() {
	type conn struct{ addr string }
	dial := func(context.Context) (*conn, error) { return &conn{"db:5432"}, nil }

	s := scope.New(context.Background(), "app")
	hangUp := func(_ context.Context, c *conn) error {
		fmt.Println("closing", c.addr, "because", context.Cause(s.Context()))
		return nil
	}
	db, err := scope.Acquire(s.Context(), s, "db", dial, hangUp)
	fmt.Println(db.addr, err)
	fmt.Println(s.Close())

	_, err = scope.Acquire(context.Background(), s, "cache", dial, hangUp)
	fmt.Println(err)
	// Output:
	// db:5432 <nil>
	// closing db:5432 because scope /app cancelled by Close
	// <nil>
	// scope: closed: /app: scope /app cancelled by Close
}
