package gallery_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

type s = stream.Stream[string]

var transforming = []picture{
	{name: "operators.Map", label: "Map(upper)", build: func(r *rig) s {
		return operators.Map(r.cold("src", "-a-b-#-c-|"), upper)
	}},
	{name: "operators.MapErr", label: "MapErr(upper, fails on b)", build: func(r *rig) s {
		return operators.MapErr(r.cold("src", "-a-b---#-c-|"), func(_ context.Context, v string) (string, error) {
			if v == "b" {
				return "", errBad
			}
			return upper(v), nil
		})
	}},
	{name: "operators.FilterMap", label: "FilterMap(upper, not of b)", build: func(r *rig) s {
		return operators.FilterMap(r.cold("src", "-a-b-#-c-|"), func(v string) (string, bool) { return upper(v), v != "b" })
	}},
	{name: "operators.Scan", label: `Scan("", +)`, build: func(r *rig) s {
		return operators.Scan(r.cold("src", "-a--b--#--c--|"), "", func(acc, v string) string { return acc + v })
	}},
	{name: "operators.Pairwise", label: "Pairwise()", build: func(r *rig) s {
		return operators.Map(operators.Pairwise(r.cold("src", "-a--b--#--c--|")), func(p [2]string) string { return p[0] + p[1] })
	}},
	{name: "operators.WithIndex", label: "WithIndex()", build: func(r *rig) s {
		return text(operators.Map(operators.WithIndex(r.cold("src", "-a--b--#--c--|")), func(i operators.Indexed[string]) string { return string(rune('0'+i.Index)) + i.Value }))
	}},
	{name: "operators.Timestamp", label: "Timestamp()", build: func(r *rig) s {
		return operators.Map(operators.Timestamp(r.cold("src", "-a--b--#--c---|")), func(v operators.Timestamped[string]) string {
			return v.Value + "@" + v.Time.Sub(r.begun).Round(ms).String()
		})
	}},
	{name: "operators.TimeInterval", label: "TimeInterval()", build: func(r *rig) s {
		return operators.Map(operators.TimeInterval(r.cold("src", "-a---b--#--c---|")), func(v operators.Spaced[string]) string { return v.Value + "+" + v.After.Round(ms).String() })
	}},
	{name: "operators.Transform", label: "Transform(each twice, but b)", build: func(r *rig) s {
		return operators.Transform(r.cold("src", "-a--b--#--c--|"), func(_ context.Context, v string, emit func(string) bool) error {
			if v == "b" {
				return errBad
			}
			_ = emit(v) && emit(upper(v))
			return nil
		})
	}},
	{name: "operators.Materialize", label: "Materialize()", build: func(r *rig) s {
		return operators.Map(operators.Materialize(r.cold("src", "-a--b--#--c--|")), func(e stream.Event[string]) string {
			switch {
			case e.Err == operators.ErrEnd: //nolint:errorlint // the mark itself
				return "end"
			case e.Err != nil:
				return "err"
			}
			return e.Value
		})
	}},
	{name: "operators.Dematerialize", label: "Dematerialize()", build: func(r *rig) s {
		return operators.Dematerialize(operators.Map(r.cold("events", "-a--b--e--x-c-|"), func(v string) stream.Event[string] {
			switch v {
			case "e":
				return stream.Event[string]{Err: errBad}
			case "x":
				return stream.Event[string]{Err: operators.ErrEnd}
			}
			return stream.Event[string]{Value: v}
		}))
	}},
	{name: "operators.Unbatch", label: "Unbatch()", build: func(r *rig) s {
		return operators.Unbatch(operators.Map(r.cold("slices", "-a--b--#--c--|"), func(v string) []string { return []string{v + "1", v + "2"} }))
	}},
}

var filtering = []picture{
	{name: "operators.Filter", label: "Filter(not b)", build: func(r *rig) s {
		return operators.Filter(r.cold("src", "-a-b-#-c-|"), func(v string) bool { return v != "b" })
	}},
	{name: "operators.Take", label: "Take(2)", build: func(r *rig) s {
		return operators.Take(r.cold("src", "-a-#-b-c-d-|"), 2)
	}},
	{name: "operators.TakeWhile", label: "TakeWhile(before c)", build: func(r *rig) s {
		return operators.TakeWhile(r.cold("src", "-a-#-b-c-d-|"), func(v string) bool { return v < "c" })
	}},
	{name: "operators.TakeWhileInclusive", label: "TakeWhileInclusive(before c)", build: func(r *rig) s {
		return operators.TakeWhileInclusive(r.cold("src", "-a-#-b-c-d-|"), func(v string) bool { return v < "c" })
	}},
	{name: "operators.TakeLast", label: "TakeLast(2)", build: func(r *rig) s {
		return operators.TakeLast(r.cold("src", "-a-#-b-c-d-|"), 2)
	}},
	{name: "operators.TakeFor", label: "TakeFor(6ms)", build: func(r *rig) s {
		return operators.TakeFor(r.cold("src", "-a-#-b-c-d-|"), 6*ms)
	}},
	{name: "operators.Skip", label: "Skip(2)", build: func(r *rig) s {
		return operators.Skip(r.cold("src", "-a-#-b-c-d-|"), 2)
	}},
	{name: "operators.SkipWhile", label: "SkipWhile(before c)", build: func(r *rig) s {
		return operators.SkipWhile(r.cold("src", "-a-#-b-c-a-|"), func(v string) bool { return v < "c" })
	}},
	{name: "operators.SkipLast", label: "SkipLast(2)", build: func(r *rig) s {
		return operators.SkipLast(r.cold("src", "-a-b-#-c-d-|"), 2)
	}},
	{name: "operators.Find", label: "Find(after b)", build: func(r *rig) s {
		return operators.Find(r.cold("src", "-a-#-b-c-d-|"), func(v string) bool { return v > "b" })
	}},
	{name: "operators.ElementAt", label: "ElementAt(1)", build: func(r *rig) s {
		return operators.ElementAt(r.cold("src", "-a-#-b-c-d-|"), 1)
	}},
	{name: "operators.Distinct", label: "Distinct(100, 1h)", build: func(r *rig) s {
		return operators.Distinct(r.cold("src", "-a-b-#-a-c-b-|"), 100, time.Hour)
	}},
	{name: "operators.DistinctBy", label: "DistinctBy(lower, 100, 1h)", build: func(r *rig) s {
		return operators.DistinctBy(r.cold("src", "-a-b-#-A-c-B-|"), strings.ToLower, 100, time.Hour)
	}},
	{name: "operators.DistinctUntilChanged", label: "DistinctUntilChanged()", build: func(r *rig) s {
		return operators.DistinctUntilChanged(r.cold("src", "-a-a-#-a-b-a-|"))
	}},
	{name: "operators.DistinctUntilChangedBy", label: "DistinctUntilChangedBy(lower)", build: func(r *rig) s {
		return operators.DistinctUntilChangedBy(r.cold("src", "-a-A-#-a-b-a-|"), strings.ToLower)
	}},
	{name: "operators.ErrorsOnly", label: "ErrorsOnly()", build: func(r *rig) s {
		return operators.ErrorsOnly(r.cold("src", "-a-#-b-#-|"))
	}},
	{name: "operators.ValuesOnly", label: "ValuesOnly()", build: func(r *rig) s {
		return operators.ValuesOnly(r.cold("src", "-a-#-b-#-|"))
	}},
	{name: "operators.DefaultIfEmpty", label: "DefaultIfEmpty(z)", build: func(r *rig) s {
		return operators.DefaultIfEmpty(r.cold("src", "---#---|"), "z")
	}},
	{name: "operators.ThrowIfEmpty", label: "ThrowIfEmpty(bad)", build: func(r *rig) s {
		return operators.ThrowIfEmpty(r.cold("src", "---#-----|"), errBad)
	}},
}

// fails returns src with each error fatal.
func fatal(src s) s {
	return operators.MapError(src, stream.Fatal)
}

func every(d time.Duration) func() scope.BackOff {
	return func() scope.BackOff { return backoff.NewConstantBackOff(d) }
}

var recovering = []picture{
	{name: "operators.StopOnError", label: "StopOnError()", build: func(r *rig) s {
		return operators.StopOnError(r.cold("src", "-a-#-b-|"))
	}},
	{name: "operators.Catch", label: "Catch(error → other)", build: func(r *rig) s {
		src := r.cold("src", "-a-#-b-|")
		other := r.cold("other", "x--y|")
		return operators.Catch(src, func(error) s { return other })
	}},
	{name: "operators.OnErrorReturn", label: "OnErrorReturn(z)", build: func(r *rig) s {
		return operators.OnErrorReturn(r.cold("src", "-a-#-b-|"), func(error) string { return "z" })
	}},
	{name: "operators.OnErrorResumeNext", label: "OnErrorResumeNext(next)", build: func(r *rig) s {
		src := fatal(r.cold("src", "-a-#--b-|"))
		return operators.OnErrorResumeNext(src, r.cold("next", "--x-y-|"))
	}},
	{name: "operators.FilterErrors", label: "FilterErrors(none)", build: func(r *rig) s {
		return operators.FilterErrors(r.cold("src", "-a-#-b-|"), func(error) bool { return false })
	}},
	{name: "operators.MapError", label: "MapError(to bad)", build: func(r *rig) s {
		return operators.MapError(r.cold("src", "-a--#--b-|"), func(error) error { return errBad })
	}},
	{name: "operators.ErrorsTo", label: "ErrorsTo(sink)", build: func(r *rig) s {
		return operators.ErrorsTo(r.cold("src", "-a-#-b-|"), quiet)
	}},
	{name: "operators.ErrorBudget", label: "ErrorBudget(1, 10ms)", build: func(r *rig) s {
		return operators.ErrorBudget(r.cold("src", "-a-#-b-#-c-|"), 1, 10*ms)
	}},
	{name: "operators.BackOffOnError", label: "BackOffOnError(4ms)", build: func(r *rig) s {
		return operators.BackOffOnError(r.cold("src", "-a-#-b-c-|"), every(4*ms))
	}},
	{name: "operators.DelayErrors", label: "DelayErrors(10)", build: func(r *rig) s {
		return operators.DelayErrors(r.cold("src", "-a-#-b-c-|"), 10)
	}},
	{name: "operators.Retry", label: "Retry(wait 3ms, 2 times)", build: func(r *rig) s {
		runs := 0
		first, second := r.inner("run 1", "-a-#"), r.inner("run 2", "-a-b-|")
		src := stream.Defer(func(context.Context) s {
			if runs++; runs == 1 {
				return fatal(first)
			}
			return second
		})
		return operators.Retry(src, operators.Retries(2), operators.BackOff(every(3*ms)))
	}},
	{name: "operators.MapRetry", label: "MapRetry(upper, b fails once, wait 2ms)", build: func(r *rig) s {
		failed := false
		return operators.MapRetry(r.cold("src", "-a--b---#-c-|"), func(_ context.Context, v string) (string, error) {
			if v == "b" && !failed {
				failed = true
				return "", errBad
			}
			return upper(v), nil
		}, operators.BackOff(every(2*ms)))
	}},
	{name: "operators.WithItem", label: "WithItem(upper, fails on b)", build: func(r *rig) s {
		return operators.WithItem(r.cold("src", "-a--b---#-c-|"), func(_ context.Context, v string) (string, error) {
			if v == "b" {
				return "", errBad
			}
			return upper(v), nil
		})
	}},
	{name: "operators.Repeat", label: "Repeat(2, 3ms)", build: func(r *rig) s {
		return operators.Repeat(r.cold("src", "-a-#-b|"), 2, 3*ms)
	}},
}

var grouping = []picture{
	{name: "operators.Chunk", label: "Chunk(2)", build: func(r *rig) s {
		return joined(operators.Chunk(r.cold("src", "-a--b--c--#--d--|"), 2))
	}},
	{name: "operators.ChunkWhile", label: "ChunkWhile(equal)", build: func(r *rig) s {
		return joined(operators.ChunkWhile(r.cold("src", "-a--a--b--#--b--|"), 10, func(last, v string) bool { return last == v }))
	}},
	{name: "operators.GroupBy", label: "GroupBy(the value, 9, 0)", build: func(r *rig) s {
		groups := operators.GroupBy(r.cold("src", "-a-b-#-a-b-|"), func(v string) string { return v }, 9, 0)
		return operators.FlatMap(groups, 9, func(g *operators.Group[string, string]) s { return r.note(r.line("group "+g.Key), g.Stream()) })
	}},
	{name: "operators.Partition", label: "yes, no := Partition(not b)", build: func(r *rig) s {
		yes, no := operators.Partition(r.cold("src", "-a-b-#-a-b-|"), func(v string) bool { return v != "b" })
		return merge.Concat(r.note(r.line("yes"), yes), no)
	}},
	{name: "operators.Sliding", label: "Sliding(2, 1)", build: func(r *rig) s {
		return joined(operators.Sliding(r.cold("src", "-a--b--c--#--d--e--|"), 2, 1))
	}},
}

var utility = []picture{
	{name: "operators.Tap", label: "Tap(observer)", build: func(r *rig) s {
		return operators.Tap(r.cold("src", "-a-#-b-|"), operators.Observer[string]{OnValue: func(string) {}})
	}},
	{name: "operators.Finally", label: "Finally(f)", build: func(r *rig) s {
		return operators.Finally(r.cold("src", "-a-#-b-|"), func() {})
	}},
	{name: "operators.Log", label: `Log(logger, "src")`, build: func(r *rig) s {
		return operators.Log(r.cold("src", "-a-#-b-|"), slog.New(slog.NewTextHandler(io.Discard, nil)), "src")
	}},
}
