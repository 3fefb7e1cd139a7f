package gallery_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/samber/lo"
)

// slow is how long calls for values take.
var slow = map[string]time.Duration{"a": 7 * ms, "b": 2 * ms, "c": 3 * ms}

// calls are functions that take so long.
func calls() []scope.Func[string] {
	call := func(v string, err error) scope.Func[string] {
		return func(ctx context.Context) (string, error) {
			out, cut := takes(slow)(ctx, v)
			if cut != nil {
				return "", cut
			}
			return out, err
		}
	}
	return []scope.Func[string]{call("a", nil), call("b", nil), call("c", errBad)}
}

var parallel = []picture{
	{name: "operators.MapParallel", label: "MapParallel(2, upper: a takes 7ms, b 2ms, c 3ms)", build: func(r *rig) s {
		return operators.MapParallel(r.cold("src", "-a-b---#-c-|"), 2, takes(slow))
	}},
	{name: "operators.MapOrdered", label: "MapOrdered(2, upper: a takes 7ms, b 2ms, c 3ms)", build: func(r *rig) s {
		return operators.MapOrdered(r.cold("src", "-a-b---#-c-|"), 2, takes(slow))
	}},
	{name: "operators.ParallelBy", label: "ParallelBy(the value, 2, upper: a takes 7ms)", build: func(r *rig) s {
		return operators.ParallelBy(r.cold("src", "-a-a---#-----a-|"), func(v string) string { return v }, 1, takes(slow))
	}},
	{name: "operators.FilterParallel", label: "FilterParallel(2, not b: a takes 7ms, b 2ms, c 3ms)", build: func(r *rig) s {
		return operators.FilterParallel(r.cold("src", "-a-b---#-c-|"), 2, func(ctx context.Context, v string) (bool, error) {
			_, err := takes(slow)(ctx, v)
			return v != "b", err
		})
	}},
	{name: "operators.AsCompleted", label: "AsCompleted(A takes 7ms, B 2ms, C fails after 3ms)", build: func(*rig) s {
		return operators.AsCompleted(calls()...)
	}},
	{name: "operators.AsCompletedSeq", label: "AsCompletedSeq([A, B, C], 2)", build: func(*rig) s {
		return operators.AsCompletedSeq(slices.Values(calls()), 2)
	}},
	{name: "operators.AsCompletedIndexed", label: "AsCompletedIndexed([A, B, C], 2)", build: func(*rig) s {
		return operators.Map(operators.AsCompletedIndexed(slices.Values(calls()), 2), func(c operators.Completion[string]) string {
			return string(rune('0'+c.Index)) + c.Value
		})
	}},
}

var combining = []picture{
	{name: "merge.Merge", label: "Merge(a, b)", build: func(r *rig) s {
		return merge.Merge(r.cold("a", "-a--#--b|"), r.cold("b", "--x--y----z|"))
	}},
	{name: "merge.MergeSeq", label: "MergeSeq([a, b, c], 2)", build: func(r *rig) s {
		return merge.MergeSeq(slices.Values([]s{r.cold("a", "-a--#|"), r.cold("b", "--x---y|"), r.cold("c", "-1-2|")}), 2)
	}},
	{name: "merge.Concat", label: "Concat(a, b)", build: func(r *rig) s {
		return merge.Concat(r.cold("a", "-a--#--b|"), r.cold("b", "--x--y|"))
	}},
	{name: "merge.Zip2", label: "Zip2(a, b)", build: func(r *rig) s {
		return pairs(merge.Zip2(r.cold("a", "-a-b--#--c--|"), r.cold("b", "--1----2-3-4-|")))
	}},
	{name: "merge.Zip3", label: "Zip3(a, b, c)", build: func(r *rig) s {
		return triples(merge.Zip3(r.cold("a", "-a--b--|"), r.cold("b", "-1--#--|"), r.cold("c", "--x--y-|")))
	}},
	{name: "merge.ZipN", label: "ZipN([a, b])", build: func(r *rig) s {
		return joined(merge.ZipN([]s{r.cold("a", "-a-b--#--c--|"), r.cold("b", "--1----2-3-4-|")}))
	}},
	{name: "merge.CombineLatest2", label: "CombineLatest2(a, b)", build: func(r *rig) s {
		return pairs(merge.CombineLatest2(r.cold("a", "-a---b-#---c|"), r.cold("b", "---1-----2--|")))
	}},
	{name: "merge.CombineLatest3", label: "CombineLatest3(a, b, c)", build: func(r *rig) s {
		return triples(merge.CombineLatest3(r.cold("a", "-a----b-#--|"), r.cold("b", "--1------2-|"), r.cold("c", "---x----|")))
	}},
	{name: "merge.CombineLatestN", label: "CombineLatestN([a, b])", build: func(r *rig) s {
		return joined(merge.CombineLatestN([]s{r.cold("a", "-a---b-#---c|"), r.cold("b", "---1-----2--|")}))
	}},
	{name: "merge.MergeSorted", label: "MergeSorted([a, b])", build: func(r *rig) s {
		return merge.MergeSorted([]s{r.cold("a", "-a---c--#---e|"), r.cold("b", "---b-----d----|")}, strings.Compare)
	}},
	{name: "merge.WithLatestFrom", label: "WithLatestFrom(src, other)", build: func(r *rig) s {
		return pairs(merge.WithLatestFrom(r.cold("src", "-a---b-#---c|"), r.cold("other", "---1-----2|")))
	}},
	{name: "merge.ForkJoin2", label: "ForkJoin2(a, b)", build: func(r *rig) s {
		return pairs(merge.ForkJoin2(r.cold("a", "-a-b-#|"), r.cold("b", "---1--2--|")))
	}},
	{name: "merge.ForkJoin3", label: "ForkJoin3(a, b, c)", build: func(r *rig) s {
		return triples(merge.ForkJoin3(r.cold("a", "-a-b|"), r.cold("b", "---1--|"), r.cold("c", "-x-#---|")))
	}},
	{name: "merge.ForkJoinN", label: "ForkJoinN([a, b])", build: func(r *rig) s {
		return joined(merge.ForkJoinN([]s{r.cold("a", "-a-b-#|"), r.cold("b", "---1--2--|")}))
	}},
	{name: "merge.SequenceEqual", label: "SequenceEqual(a, b)", build: func(r *rig) s {
		return text(merge.SequenceEqual(r.cold("a", "-x-#-y|"), r.cold("b", "--x---y|")))
	}},
	{name: "merge.Flatten", label: "Flatten(2)", build: func(r *rig) s {
		return merge.Flatten(operators.Map(r.cold("srcs", "a--#-b-----|"), streamsOf(r)), 2)
	}},
	{name: "merge.Switch", label: "Switch()", build: func(r *rig) s {
		return merge.Switch(operators.Map(r.cold("srcs", "a-#b------|"), streamsOf(r)))
	}},
	{name: "race.Streams", label: "race.Streams(a, b)", build: func(r *rig) s {
		return race.Streams(r.cold("a", "---a--b-|"), r.cold("b", "-1--#--2|"))
	}},
	{name: "merge.StartWith", label: "StartWith(z)", build: func(r *rig) s {
		return merge.StartWith(r.cold("src", "-a-#-b|"), "z")
	}},
	{name: "merge.EndWith", label: "EndWith(z)", build: func(r *rig) s {
		return merge.EndWith(r.cold("src", "-a-#-b|"), "z")
	}},
}

// pairs draws pairs as their values side by side.
func pairs(p stream.Stream[lo.Tuple2[string, string]]) s {
	return operators.Map(p, func(p lo.Tuple2[string, string]) string { return p.A + p.B })
}

// triples does the same for three.
func triples(p stream.Stream[lo.Tuple3[string, string, string]]) s {
	return operators.Map(p, func(p lo.Tuple3[string, string, string]) string { return p.A + p.B + p.C })
}
