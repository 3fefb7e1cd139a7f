package gallery_test

import (
	"github.com/rxscope/rxscope/operators"
)

// streamsOf returns what makes a stream of each value: a and b.
func streamsOf(r *rig) func(v string) s {
	a, b := r.inner("of a", "-1--2--|"), r.inner("of b", "-3--4|")
	return func(v string) s {
		if v == "a" {
			return a
		}
		return b
	}
}

var flattening = []picture{
	{name: "operators.FlatMap", label: "FlatMap(2, f)", build: func(r *rig) s {
		return operators.FlatMap(r.cold("src", "a--#-b-----|"), 2, streamsOf(r))
	}},
	{name: "operators.FlatMapOrdered", label: "FlatMapOrdered(2, f)", build: func(r *rig) s {
		return operators.FlatMapOrdered(r.cold("src", "a-b--#-----|"), 2, streamsOf(r))
	}},
	{name: "operators.ConcatMap", label: "ConcatMap(f)", build: func(r *rig) s {
		return operators.ConcatMap(r.cold("src", "a-#b--|"), streamsOf(r))
	}},
	{name: "operators.SwitchMap", label: "SwitchMap(f)", build: func(r *rig) s {
		return operators.SwitchMap(r.cold("src", "a-#b------|"), streamsOf(r))
	}},
	{name: "operators.ExhaustMap", label: "ExhaustMap(f)", build: func(r *rig) s {
		return operators.ExhaustMap(r.cold("src", "a-#b-----b----|"), streamsOf(r))
	}},
}
