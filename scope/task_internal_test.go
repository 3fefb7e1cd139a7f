package scope

import (
	"context"
	"testing"
)

// A handle and the closure that starts the task are all that a task with a
// handle costs, and a plain task started from one costs what it costs anywhere.
func TestAllocationsOfATask(t *testing.T) {
	s := New(t.Context(), "s")
	done := make(chan struct{})
	nothing := func(context.Context) error { done <- struct{}{}; return nil }
	typed := func(context.Context) (int, error) { done <- struct{}{}; return 0, nil }
	measure := func(name string, want float64, start func()) {
		if got := testing.AllocsPerRun(200, start); got > want {
			t.Errorf("%s: %v allocations, want %v", name, got, want)
		}
	}
	measure("Go", 1, func() { _ = s.Go(t.Context(), nothing); <-done })
	measure("Go with a handle", 2, func() { Go(t.Context(), s, typed); <-done })
	Go(t.Context(), s, func(ctx context.Context) (int, error) {
		measure("Go from a task with a handle", 1, func() { _ = s.Go(ctx, nothing); <-done })
		return 0, nil
	}).await(t.Context())
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}
