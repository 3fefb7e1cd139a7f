package merge_test

import (
	"slices"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
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
}
