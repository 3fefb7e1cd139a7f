package operators_test

import (
	"context"
	"runtime"
	"testing"
)

// longRun is a source of n events, every tenth an error, that looks at the heap
// now and then.
func longRun(n int, heap *uint64) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		for i := range n {
			if i%(n/4) == n/4-1 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				*heap = max(*heap, m.HeapAlloc)
			}
			switch {
			case ctx.Err() != nil:
				yield(0, context.Cause(ctx))
				return
			case i%10 == 9 && !yield(0, errBoom), i%10 != 9 && !yield(i, nil):
				return
			}
		}
	}
}

func TestMemoryDoesNotGrowWithTheStream(t *testing.T) {
	const bound = 256 << 10
	events := 100_000
	if raceEnabled {
		events = 10_000
	}
	heap := func(op operator, n int) (peak uint64) {
		ctx, _ := newSilentSink(t)
		op.apply(longRun(n, &peak))(ctx, func(string, error) bool { return true })
		return peak
	}
	for _, op := range synchronous() {
		t.Run(op.name, func(t *testing.T) {
			few, many := heap(op, events/100), heap(op, events)
			if many > few+bound {
				t.Errorf("%d bytes of heap for %d events, %d for %d", many, events, few, events/100)
			}
		})
	}
}
