package merge_test

import (
	"slices"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
	"github.com/samber/lo"
)

// The tests of this file try every operator of the package: internal/house sees
// to it that none is missing.

type (
	item  = *streamtest.Item
	items = stream.Stream[item]
	ints  = stream.Stream[int]
)

// conform tries one operator.
func conform[A, B any](t *testing.T, name string, op func(stream.Stream[A]) stream.Stream[B], relaxed ...streamtest.Relaxation) {
	t.Helper()
	t.Run(name, func(t *testing.T) { streamtest.Conform(t, op, relaxed...) })
}

func TestOperatorsConform(t *testing.T) {
	conform(t, "Merge", func(s items) items { return merge.Merge(s) }, streamtest.Unordered)
	conform(t, "Merge with others", func(s ints) ints { return merge.Merge(stream.Of(7, 8), s, stream.Empty[int]()) }, streamtest.Unordered)
	conform(t, "Merge of merges", func(s ints) ints { return merge.Merge(merge.Merge(s, stream.Of(7)), stream.Of(8)) }, streamtest.Unordered)
	conform(t, "MergeSeq", func(s items) items {
		return merge.MergeSeq(slices.Values([]items{stream.Empty[item](), s}), 1)
	}, streamtest.Unordered)
	conform(t, "MergeSeq with others", func(s ints) ints {
		return merge.MergeSeq(slices.Values([]ints{stream.Of(7, 8), s, stream.Of(9)}), 2)
	}, streamtest.Unordered)
	conform(t, "Concat", func(s items) items { return merge.Concat(s) })
	conform(t, "Concat with others", func(s ints) ints { return merge.Concat(stream.Of(7, 8), s, stream.Of(9)) })
	conform(t, "StartWith", func(s ints) ints { return merge.StartWith(s, 7, 8) })
	conform(t, "EndWith", func(s ints) ints { return merge.EndWith(s, 7, 8) }, streamtest.Handles)
	first := func(p lo.Tuple2[item, int]) item { return p.A }
	conform(t, "Zip2", func(s items) items { return operators.Map(merge.Zip2(s, stream.Range(0, 100)), first) }, streamtest.Delayed)
	conform(t, "Zip3", func(s items) items {
		return operators.Map(merge.Zip3(s, stream.Range(0, 100), stream.Range(0, 100)), func(p lo.Tuple3[item, int, int]) item { return p.A })
	}, streamtest.Delayed)
	conform(t, "ZipN", func(s items) stream.Stream[[]item] { return merge.ZipN([]items{s}) }, streamtest.Delayed)
	conform(t, "CombineLatest2", func(s items) items {
		return operators.Map(merge.CombineLatest2(s, stream.Empty[int]()), first)
	}, streamtest.Delayed)
	conform(t, "CombineLatest3", func(s items) items {
		return operators.Map(merge.CombineLatest3(s, stream.Empty[int](), stream.Empty[int]()), func(p lo.Tuple3[item, int, int]) item { return p.A })
	}, streamtest.Delayed)
	conform(t, "CombineLatestN", func(s items) stream.Stream[[]item] { return merge.CombineLatestN([]items{s}) }, streamtest.Delayed)
	conform(t, "WithLatestFrom", func(s items) items { return operators.Map(merge.WithLatestFrom(s, stream.Never[int]()), first) }, streamtest.Delayed)
	conform(t, "ForkJoin2", func(s items) items {
		return operators.Map(merge.ForkJoin2(s, stream.Of(1)), first)
	}, streamtest.Unordered, streamtest.Flushes, streamtest.Handles)
	conform(t, "ForkJoin3", func(s items) items {
		return operators.Map(merge.ForkJoin3(s, stream.Of(1), stream.Of(2)), func(p lo.Tuple3[item, int, int]) item { return p.A })
	}, streamtest.Unordered, streamtest.Flushes, streamtest.Handles)
	conform(t, "ForkJoinN", func(s items) stream.Stream[[]item] { return merge.ForkJoinN([]items{s}) }, streamtest.Unordered, streamtest.Flushes)
	zeros := stream.Generate(0, nil, func(v int) int { return v })
	conform(t, "SequenceEqual", func(s ints) stream.Stream[bool] {
		return merge.SequenceEqual(operators.Map(s, func(int) int { return 0 }), zeros)
	}, streamtest.Unordered, streamtest.Flushes)
	conform(t, "Switch", func(s items) items { return merge.Switch(stream.Of(s)) }, streamtest.Delayed)
	conform(t, "Flatten", func(s items) items { return merge.Flatten(stream.Of(s), 2) }, streamtest.Unordered)
	conform(t, "MergeSorted", func(s items) items {
		return merge.MergeSorted([]items{s, stream.Empty[item]()}, func(a, b item) int { return a.N - b.N })
	}, streamtest.Delayed)
}
