package gallery_test

import (
	"context"
	"slices"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
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
	{name: "merge.StartWith", label: "StartWith(z)", build: func(r *rig) s {
		return merge.StartWith(r.cold("src", "-a-#-b|"), "z")
	}},
	{name: "merge.EndWith", label: "EndWith(z)", build: func(r *rig) s {
		return merge.EndWith(r.cold("src", "-a-#-b|"), "z")
	}},
}
