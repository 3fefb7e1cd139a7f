package scope_test

import (
	"context"
	"fmt"

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
