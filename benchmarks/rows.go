// Package benchmarks holds the workloads that rxscope is measured with: each a
// list of contestants that do the same work, the first of them hand-written Go
// that does the least the contract allows. README.md says how to run and read
// them. A new workload is a file with a function that returns its rows, and a
// line here.
package benchmarks

import (
	"context"
	"slices"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// Rows returns all workloads that are about time.
func Rows() []duel.Row {
	return slices.Concat(
		spawnRows(nothing),
		openRows(),
		pipelineRows(),
		mergeRows(),
		completedRows(),
		mapRows(),
		broadcastRows(),
		clockRows(),
		raceRows(),
		dialRows(),
		treeRows(),
		cancelRows(),
	)
}

// Holdings returns all workloads that are about memory.
func Holdings() []duel.Holding {
	return []duel.Holding{taskMemory(), scopeMemory()}
}

// count is the result of a row that does n things.
func count(n int) int { return n }

// ints are the values that streams are made of.
var ints = func() []int {
	values := make([]int, 100_000)
	for i := range values {
		values[i] = i
	}
	return values
}()

// sum adds up the first n of ints.
func sum(n int) int { return n * (n - 1) / 2 }

// inBody calls f with the context of the body of a scope, as code in a program
// that is built on scopes would have it.
func inBody(f func(ctx context.Context, s *scope.Scope) int) int {
	got := 0
	err := scope.Run(context.Background(), "bench", func(ctx context.Context, s *scope.Scope) error {
		got = f(ctx, s)
		return nil
	})
	if err != nil {
		return -1
	}
	return got
}

// underCancel calls f with a plain context that can be cancelled.
func underCancel(f func(ctx context.Context) int) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return f(ctx)
}
