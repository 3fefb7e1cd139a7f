package scope_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

func TestHandlesAreReadToldOrBothAtTheBoundaryNeverLost(t *testing.T) {
	for range rounds(200) {
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		const n = 20
		var read atomic.Int32
		var all sync.WaitGroup
		for i := range n {
			task := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, numbered(i) })
			all.Go(func() {
				<-task.Done()
				if i%2 == 0 {
					if _, err := task.Wait(context.Background()); err == nil {
						t.Error("Wait() = nil, want a failure")
					}
					read.Add(1)
				}
			})
		}
		mustClose(t, s)
		all.Wait()
		seen := map[string]int{}
		for _, e := range sink.all() {
			seen[e.Error()]++
		}
		for i := range n {
			text := fmt.Sprint("/s: failure ", i)
			if seen[text] > 1 || i%2 == 1 && seen[text] != 1 {
				t.Fatalf("%q was told %d times", text, seen[text])
			}
		}
	}
}

func TestDoneOfAHandleIsClosedOnce(t *testing.T) {
	s := scope.New(t.Context(), "s")
	for range rounds(2000) {
		task := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 7, nil })
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				<-task.Done()
				if v, err := task.Wait(context.Background()); v != 7 || err != nil {
					t.Errorf("Wait() = %v, %v, want 7, nil", v, err)
				}
			})
		}
		all.Wait()
	}
	mustClose(t, s)
}

func TestFailureOfRunIsToldOnceHoweverItsParentCloses(t *testing.T) {
	for range rounds(500) {
		sink := new(told)
		over := scope.New(context.Background(), "over", scope.WithSink(sink))
		entered := make(chan struct{})
		got := make(chan error, 1)
		go func() {
			got <- scope.Run(over.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
				s.Defer("resource", func(context.Context) error { return errCrash })
				mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); return errBoom })
				close(entered)
				<-ctx.Done()
				return nil
			}, scope.FailFast())
		}()
		<-entered
		mustClose(t, over) // its children's errors were Run's
		if err := <-got; !errors.Is(err, errBoom) || !errors.Is(err, errCrash) {
			t.Fatalf("Run() = %v, want %v and %v in it", err, errBoom, errCrash)
		}
		sink.want(t)
	}
}
