package merge_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
)

func TestMergeUnderLoad(t *testing.T) {
	const each = 10_000
	for _, n := range []int{8, 64} {
		var srcs []stream.Stream[int]
		for i := range n {
			srcs = append(srcs, stream.Range(i*each, each))
		}
		for name, s := range map[string]stream.Stream[int]{
			"Merge":           merge.Merge(srcs...),
			"MergeSeq":        merge.MergeSeq(slices.Values(srcs), 8),
			"merge of merges": merge.Merge(merge.Merge(srcs[:n/2]...), merge.Merge(srcs[n/2:]...)),
		} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				next := make([]int, n)
				k := 0
				for v, err := range s.All(t.Context()) {
					i := v / each
					if err != nil || v%each != next[i] {
						t.Fatalf("event %d, %v of source %d, want %d", v%each, err, i, next[i])
					}
					next[i]++
					k++
				}
				if k != n*each {
					t.Errorf("%d events, want %d", k, n*each)
				}
			})
		}
	}
}

func TestBreaksUnderLoad(t *testing.T) {
	var srcs []stream.Stream[int]
	for range 64 {
		srcs = append(srcs, stream.Range(0, 1<<30))
	}
	for name, s := range map[string]stream.Stream[int]{
		"Merge":    merge.Merge(srcs...),
		"MergeSeq": merge.MergeSeq(slices.Values(srcs), 8),
	} {
		t.Run(name, func(t *testing.T) {
			for at := range 100 {
				k := 0
				for range s.All(t.Context()) {
					if k == at*7 {
						break
					}
					k++
				}
			}
		})
	}
}
