package merge_test

import (
	"context"
	"flag"
	"runtime"
	"testing"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// events is how long the streams are whose memory is looked at.
var events = flag.Int("events", 20_000, "length of the streams of the memory test")

// counting is a source of n events, every tenth an error, that looks at the heap
// now and then.
func counting(n int, heap *uint64) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		for i := range n {
			if heap != nil && i%(n/4) == n/4-1 {
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
	sum := func(p lo.Tuple2[int, int]) int { return p.A + p.B }
	len1 := func(s []int) int { return len(s) }
	for name, op := range map[string]func(a, b ints) ints{
		"Merge":          func(a, b ints) ints { return merge.Merge(a, b) },
		"MergeSorted":    func(a, b ints) ints { return merge.MergeSorted([]ints{a, b}, func(a, b int) int { return a - b }) },
		"Concat":         func(a, b ints) ints { return merge.Concat(a, b) },
		"Flatten":        func(a, b ints) ints { return merge.Flatten(stream.Of(a, b), 2) },
		"Switch":         func(a, _ ints) ints { return merge.Switch(stream.Of(a)) },
		"Zip2":           func(a, b ints) ints { return operators.Map(merge.Zip2(a, b), sum) },
		"ZipN":           func(a, b ints) ints { return operators.Map(merge.ZipN([]ints{a, b}), len1) },
		"CombineLatest2": func(a, b ints) ints { return operators.Map(merge.CombineLatest2(a, b), sum) },
		"WithLatestFrom": func(a, b ints) ints { return operators.Map(merge.WithLatestFrom(a, b), sum) },
		"SequenceEqual": func(a, b ints) ints {
			return operators.Map(merge.SequenceEqual(a, b), func(equal bool) int { return 0 })
		},
		"ForkJoin2": func(a, b ints) ints { return operators.Map(merge.ForkJoin2(a, b), sum) },
	} {
		heap := func(n int) (peak uint64) {
			op(counting(n, &peak), counting(n, nil))(t.Context(), func(int, error) bool { return true })
			return peak
		}
		if few, many := heap(*events/100), heap(*events); many > few+512<<10 {
			t.Errorf("%s: %d bytes of heap for %d events, %d for %d", name, many, *events, few, *events/100)
		}
	}
}
