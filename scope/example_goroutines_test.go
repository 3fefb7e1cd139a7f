package scope_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/rxscope/rxscope/scope"
)

// A library leaves a goroutine behind. The scope whose task had called it is
// known even after it has closed.
func ExampleOrphans() {
	started, stop := make(chan struct{}), make(chan struct{})
	library := func() {
		go func() { close(started); <-stop }()
	}
	s := scope.New(context.Background(), "exports")
	_ = s.Do(context.Background(), func(context.Context) error { library(); return nil })
	<-started
	_ = s.Close()
	for _, o := range scope.Orphans() {
		for _, stack := range o.Stacks {
			if strings.Contains(stack.Text, "ExampleOrphans") {
				fmt.Println(o.Path, "left behind", stack.Count)
			}
		}
	}
	close(stop)
	// Output: /exports left behind 1
}

// Each scope knows its goroutines.
func ExampleScope_Goroutines() {
	s := scope.New(context.Background(), "poller")
	stop := make(chan struct{})
	ready := make(chan struct{})
	for range 2 {
		_ = s.Go(context.Background(), func(context.Context) error { ready <- struct{}{}; <-stop; return nil })
		<-ready
	}
	n := 0
	for _, stack := range s.Goroutines() {
		n += stack.Count
	}
	fmt.Println(n, "goroutines")
	close(stop)
	fmt.Println(s.Close())
	// Output:
	// 2 goroutines
	// <nil>
}
