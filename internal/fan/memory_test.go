package fan_test

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// TestMemoryDoesNotGrowWithTheStream measures what is referenced during runs of
// a million items.
func TestMemoryDoesNotGrowWithTheStream(t *testing.T) {
	const bound = 2 << 20
	items := 1_000_000
	if raceEnabled || testing.Short() {
		items = 100_000
	}
	type thing [64]byte
	call := func(context.Context, int) (*thing, error) { return new(thing), nil }
	source := func(n int) stream.Stream[*thing] {
		return operators.Map(stream.Range(0, n), func(int) *thing { return new(thing) })
	}
	small := func(n int) iter.Seq[stream.Stream[*thing]] {
		return repeat(n, func() stream.Stream[*thing] { return source(10) })
	}
	tests := map[string]stream.Stream[*thing]{
		"MapParallel": operators.MapParallel(stream.Range(0, items), 4, call),
		"MapOrdered":  operators.MapOrdered(stream.Range(0, items), 4, call),
		"AsCompletedSeq": operators.AsCompletedSeq(repeat(items, func() scope.Func[*thing] {
			return func(ctx context.Context) (*thing, error) { return call(ctx, 0) }
		}), 4),
		"Merge":    merge.Merge(source(items/4), source(items/4), source(items/4), source(items/4)),
		"MergeSeq": merge.MergeSeq(small(items/10), 4),
		"Concat":   merge.Concat(slices.Collect(small(items / 10))...),
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			before := heap()
			k := 0
			for range s.All(t.Context()) {
				if k++; k%(items/4) == 0 {
					if grown := heap() - before; grown > bound {
						t.Errorf("%d bytes more after %d items", grown, k)
					}
				}
			}
			if k != items {
				t.Errorf("%d events, want %d", k, items)
			}
		})
	}
}

// repeat is the sequence of n calls of make.
func repeat[T any](n int, make func() T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for range n {
			if !yield(make()) {
				return
			}
		}
	}
}

// heap returns the bytes that are referenced.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
