package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// summarise reads the failures of the whole tree and tells of them once a
// minute, and a last time when errs ends.
func summarise(ctx context.Context, errs stream.Stream[*scope.TaskError], j *journal) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for sum, err := range summaries(errs, stream.FromChan(ticker.C)).All(ctx) {
		if err != nil {
			return err
		}
		slog.Info("summary", "failures", sum)
		// A summary that cannot be kept has been logged; the next one may fare
		// better.
		if err := j.add(ctx, sum); err != nil {
			slog.Error("summary", "err", err)
		}
		if sum.last {
			break
		}
	}
	return nil
}

// summaries turns failures into one summary for each tick and a last one when
// errs ends. Between them it knows only how many there were of each kind.
func summaries(errs stream.Stream[*scope.TaskError], ticks stream.Stream[time.Time]) stream.Stream[summary] {
	type change = func(summary) summary
	failures := operators.Map(errs, func(e *scope.TaskError) change {
		return func(s summary) summary { return s.count(e) }
	})
	ends := operators.Map(ticks, func(time.Time) change { return summary.end })
	all := merge.Merge(merge.Concat(failures, stream.Of(summary.endLast)), ends)
	each := operators.Scan(all, summary{}, func(s summary, c change) summary { return c(s) })
	return operators.Filter(each, func(s summary) bool { return s.last || s.ended && len(s.kinds) > 0 })
}

// A summary counts failures by where they came from.
type summary struct {
	kinds map[kind]tally
	ended bool // whatever comes next begins a new one
	last  bool
}

type kind struct{ path, task string }

type tally struct {
	n    int
	last error
}

func (s summary) count(e *scope.TaskError) summary {
	if s.ended || s.kinds == nil {
		s = summary{kinds: map[kind]tally{}}
	}
	k := kind{e.Path, e.Task}
	s.kinds[k] = tally{s.kinds[k].n + 1, e.Err}
	return s
}

func (s summary) end() summary {
	if s.ended {
		return summary{ended: true}
	}
	return summary{kinds: s.kinds, ended: true}
}

func (s summary) endLast() summary {
	s = s.end()
	s.last = true
	return s
}

// String lists the kinds in the order of the tree, with the last error of each.
func (s summary) String() string {
	if len(s.kinds) == 0 {
		return "none"
	}
	kinds := slices.SortedFunc(maps.Keys(s.kinds), func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.task, b.task))
	})
	var lines []string
	for _, k := range kinds {
		t := s.kinds[k]
		lines = append(lines, fmt.Sprintf("%s %s: %d (%v)", k.path, k.task, t.n, t.last))
	}
	return strings.Join(lines, "; ")
}
