package operators_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

// An operator is a row of the table that the contract is tested over.
type operator struct {
	name  string
	apply func(src stream.Stream[int]) stream.Stream[string]
	// want returns the events out for those in, where errors are not simply
	// passed on at once.
	want    func(in []stream.Event[int]) []event
	relaxed streamtest.Relaxation // of Conform
	// adds says that more than one event may come after the operator has stopped
	// its source, or that has ended, each under the eye of the context.
	adds bool
}

// row makes a row of an operator of any result.
func row[R any](name string, op func(s ints) stream.Stream[R], want func(in []stream.Event[int]) []event) operator {
	o := operator{name: name, apply: func(s ints) stream.Stream[string] { return text(op(s)) }, want: want}
	if want != nil {
		o.relaxed = streamtest.Handles
	}
	return o
}

// relaxed is row for an operator that keeps more of E0 than that errors may be
// replaced.
func relaxed(r streamtest.Relaxation, op operator) operator {
	op.relaxed = r
	return op
}

func adding(op operator) operator {
	op.adds = true
	return op
}

func even(v int) bool            { return v%2 == 0 }
func below(n int) func(int) bool { return func(v int) bool { return v < n } }
func sum(acc, v int) int         { return acc + v }
func double(v int) int           { return 2 * v }
func next(v int) int             { return v + 1 } // not 0 for the zero value
func nothing()                   {}
func ignore[T any](T)            {}
func retold(error) ints          { return stream.Of(70, 71) }

func failOn3(_ context.Context, v int) (int, error) {
	if v == 3 {
		return v, errBoom
	}
	return v, nil
}

func retoldWithError(error) ints {
	return (&probe{events: []stream.Event[int]{{Value: 70}, {Err: errBoom}, {Value: 71}}}).stream()
}

// bare replaces errors that wrap errBoom by errBoom.
func bare[T any](s stream.Stream[T]) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		s(ctx, func(v T, err error) bool {
			if isBoom(err) {
				err = errBoom
			}
			return yield(v, err)
		})
	}
}

func synchronous() []operator {
	return slices.Concat(transforming(), filtering(), recovering(), grouping(), watching())
}

func transforming() []operator {
	return []operator{
		row("Map", func(s ints) ints { return operators.Map(s, next) }, nil),
		row("MapErr", func(s ints) ints { return operators.MapErr(s, failOn3) }, nil),
		row("Scan", func(s ints) ints { return operators.Scan(s, 100, sum) }, nil),
		row("FilterMap", func(s ints) ints {
			return operators.FilterMap(s, func(v int) (int, bool) { return 10 * v, even(v) })
		}, nil),
		row("Pairwise", operators.Pairwise[int], nil),
		row("WithIndex", operators.WithIndex[int], nil),
		row("Timestamp", func(s ints) ints {
			return operators.Map(operators.Timestamp(s), func(v operators.Timestamped[int]) int { return v.Value })
		}, nil),
		row("TimeInterval", func(s ints) ints {
			return operators.Map(operators.TimeInterval(s), func(v operators.Spaced[int]) int { return v.Value })
		}, nil),
		row("Transform", func(s ints) stream.Stream[string] {
			return operators.Transform(s, func(_ context.Context, v int, emit func(string) bool) error {
				_ = even(v) && emit(fmt.Sprint(v)) && emit("again")
				_, err := failOn3(context.Background(), v)
				return err
			})
		}, nil),
		row("Materialize", operators.Materialize[int], materialized),
		row("Dematerialize", func(s ints) ints { return operators.Dematerialize(operators.Materialize(s)) }, nil),
		row("Unbatch", func(s ints) ints { return operators.Unbatch(operators.Chunk(s, 3)) }, toText),
		row("Unbatch of one each", func(s ints) ints {
			return operators.Unbatch(operators.Map(s, func(v int) []int { return []int{v, 10 * v, 100 * v}[:v%4] }))
		}, nil),
		row("pipeline", func(s ints) ints {
			return operators.Take(operators.Filter(operators.Map(operators.Skip(s, 1), double), below(11)), 3)
		}, nil),
	}
}

func filtering() []operator {
	third := func(v int) int { return v / 3 }
	return []operator{
		row("Filter", func(s ints) ints { return operators.Filter(s, even) }, nil),
		row("Filter none", func(s ints) ints { return operators.Filter(s, below(0)) }, nil),
		row("Take 0", func(s ints) ints { return operators.Take(s, 0) }, nil),
		row("Take 1", func(s ints) ints { return operators.Take(s, 1) }, nil),
		row("Take 3", func(s ints) ints { return operators.Take(s, 3) }, nil),
		row("Take more", func(s ints) ints { return operators.Take(s, 100) }, nil),
		row("TakeWhile", func(s ints) ints { return operators.TakeWhile(s, below(4)) }, nil),
		row("TakeWhile none", func(s ints) ints { return operators.TakeWhile(s, below(0)) }, nil),
		row("TakeWhileInclusive", func(s ints) ints { return operators.TakeWhileInclusive(s, below(4)) }, nil),
		row("TakeLast", func(s ints) ints { return operators.TakeLast(s, 1) }, nil),
		adding(row("TakeLast 3", func(s ints) ints { return operators.TakeLast(s, 3) }, nil)),
		adding(row("TakeLast more", func(s ints) ints { return operators.TakeLast(s, 100) }, nil)),
		row("TakeFor", func(s ints) ints { return operators.TakeFor(s, time.Hour) }, nil),
		row("Skip 0", func(s ints) ints { return operators.Skip(s, 0) }, nil),
		row("Skip 2", func(s ints) ints { return operators.Skip(s, 2) }, nil),
		row("Skip more", func(s ints) ints { return operators.Skip(s, 100) }, nil),
		row("SkipWhile", func(s ints) ints { return operators.SkipWhile(s, below(4)) }, nil),
		row("SkipLast 0", func(s ints) ints { return operators.SkipLast(s, 0) }, nil),
		row("SkipLast 2", func(s ints) ints { return operators.SkipLast(s, 2) }, nil),
		row("ElementAt", func(s ints) ints { return operators.ElementAt(s, 2) }, nil),
		row("ElementAt more", func(s ints) ints { return operators.ElementAt(s, 100) }, nil),
		row("Find", func(s ints) ints { return operators.Find(s, even) }, nil),
		row("DistinctUntilChanged", func(s ints) ints { return operators.DistinctUntilChanged(operators.Map(s, third)) }, nil),
		row("DistinctUntilChangedBy", func(s ints) ints { return operators.DistinctUntilChangedBy(s, third) }, nil),
		row("Distinct", func(s ints) ints {
			return operators.Distinct(operators.Map(s, func(v int) int { return v % 3 }), 2, time.Hour)
		}, nil),
		row("DistinctBy", func(s ints) ints { return operators.DistinctBy(s, even, 2, 0) }, nil),
		row("ErrorsOnly", operators.ErrorsOnly[int], nil),
		row("ValuesOnly", operators.ValuesOnly[int], replaced()),
		row("DefaultIfEmpty", func(s ints) ints { return operators.DefaultIfEmpty(s, 7) }, nil),
		row("DefaultIfEmpty empty", func(s ints) ints { return operators.DefaultIfEmpty(operators.ErrorsOnly(s), 7) }, nil),
		row("ThrowIfEmpty", func(s ints) ints { return operators.ThrowIfEmpty(s, errBoom) }, nil),
		row("ThrowIfEmpty empty", func(s ints) ints { return bare(operators.ThrowIfEmpty(operators.ErrorsOnly(s), errBoom)) }, nil),
	}
}

func recovering() []operator {
	errMapped := errors.New("mapped")
	return []operator{
		relaxed(streamtest.Stops, row("StopOnError", operators.StopOnError[int], upToError(1))),
		row("Catch", func(s ints) ints { return operators.Catch(s, retold) }, replaced(event{Value: "70"}, event{Value: "71"})),
		row("Catch with nothing", func(s ints) ints {
			return operators.Catch(s, func(error) ints { return stream.Empty[int]() })
		}, replaced()),
		row("Catch with an error", func(s ints) ints {
			return operators.Catch(s, retoldWithError)
		}, replaced(event{Value: "70"}, event{Err: errBoom}, event{Value: "71"})),
		row("MapError", func(s ints) ints {
			return operators.MapError(s, func(error) error { return errMapped })
		}, replaced(event{Err: errMapped})),
		row("OnErrorReturn", func(s ints) ints {
			return operators.OnErrorReturn(s, func(error) int { return -1 })
		}, replaced(event{Value: "-1"})),
		relaxed(streamtest.Handles, row("FilterErrors", func(s ints) ints { return operators.FilterErrors(s, isBoom) }, nil)),
		row("FilterErrors none", func(s ints) ints {
			return operators.FilterErrors(s, func(error) bool { return false })
		}, replaced()),
		relaxed(streamtest.Handles, adding(row("OnErrorResumeNext", func(s ints) ints {
			return operators.OnErrorResumeNext(s, stream.Of(70, 71))
		}, nil))),
		row("ErrorsTo", func(s ints) ints {
			return operators.ErrorsTo(s, scope.SinkFunc(func(context.Context, *scope.TaskError) {}))
		}, replaced()),
		relaxed(streamtest.Handles, row("ErrorBudget", func(s ints) ints { return bare(operators.ErrorBudget(s, 2, time.Hour)) }, upToError(3))),
		row("BackOffOnError", func(s ints) ints { return operators.BackOffOnError(s, noBackOff) }, nil),
		row("DelayErrors", func(s ints) ints { return bare(operators.DelayErrors(s, 2)) }, delayed),
		row("WithItem", func(s ints) ints { return bare(operators.WithItem(s, failOn3)) }, nil),
		row("MapRetry", func(s ints) ints {
			return operators.MapRetry(s, failOn3, operators.Retries(2), operators.ShowFailures())
		}, nil),
		relaxed(streamtest.Handles|streamtest.Delayed, row("Retry unneeded", func(s ints) ints { return operators.Retry(s, operators.Retries(1), operators.ShowFailures()) }, nil)),
		adding(row("Retry", func(s ints) ints {
			return bare(operators.Retry(s, operators.RetryIf(isBoom), operators.Retries(1), operators.ShowFailures()))
		}, retriedOnce)),
		row("Repeat once", func(s ints) ints { return operators.Repeat(s, 1, 0) }, nil),
		row("Repeat", func(s ints) ints { return operators.Repeat(s, 2, 0) }, twice),
	}
}

func grouping() []operator {
	near := func(last, v int) bool { return last%3 != 0 }
	rows := []operator{
		relaxed(streamtest.Boundary, row("ChunkWhile", func(s ints) stream.Stream[[]int] { return operators.ChunkWhile(s, 9, near) }, grouped(9, near))),
		relaxed(streamtest.Boundary, row("ChunkWhile 2", func(s ints) stream.Stream[[]int] { return operators.ChunkWhile(s, 2, near) }, grouped(2, near))),
		relaxed(streamtest.Boundary, row("ChunkWhile 1", func(s ints) stream.Stream[[]int] { return operators.ChunkWhile(s, 1, near) }, grouped(1, near))),
	}
	for _, n := range []int{1, 2, 3, 100} {
		rows = append(rows, relaxed(streamtest.Boundary, row(fmt.Sprintf("Chunk %d", n), func(s ints) stream.Stream[[]int] {
			return operators.Chunk(s, n)
		}, slid(n, n))))
		for _, step := range []int{1, 2, 5} {
			rows = append(rows, relaxed(streamtest.Boundary, adding(row(fmt.Sprintf("Sliding %d by %d", n, step), func(s ints) stream.Stream[[]int] {
				return operators.Sliding(s, n, step)
			}, slid(n, step)))))
		}
	}
	return rows
}

func watching() []operator {
	return []operator{
		row("Tap", func(s ints) ints {
			return operators.Tap(s, operators.Observer[int]{
				OnStart: nothing, OnValue: ignore[int], OnError: ignore[error], OnEnd: ignore[error],
			})
		}, nil),
		row("Finally", func(s ints) ints { return operators.Finally(s, nothing) }, nil),
		row("Log", func(s ints) ints { return operators.Log(s, slog.New(slog.DiscardHandler), "test") }, nil),
	}
}

// What follows says what comes out of operators that do not pass errors on in
// their place.

func toText(in []stream.Event[int]) []event {
	var out []event
	for _, e := range in {
		if e.Err != nil {
			out = append(out, event{Err: e.Err})
		} else {
			out = append(out, event{Value: fmt.Sprint(e.Value)})
		}
	}
	return out
}

// upToError ends with the n-th error.
func upToError(n int) func([]stream.Event[int]) []event {
	return func(in []stream.Event[int]) []event {
		left := n
		for i, e := range in {
			if e.Err != nil {
				left--
			}
			if left == 0 {
				return toText(in[:i+1])
			}
		}
		return toText(in)
	}
}

func replaced(by ...event) func([]stream.Event[int]) []event {
	return func(in []stream.Event[int]) []event {
		var out []event
		for _, e := range toText(in) {
			if e.Err != nil {
				out = append(out, by...)
			} else {
				out = append(out, e)
			}
		}
		return out
	}
}

func materialized(in []stream.Event[int]) []event {
	var out []event
	for _, e := range append(slices.Clone(in), stream.Event[int]{Err: operators.ErrEnd}) {
		out = append(out, event{Value: fmt.Sprint(e)})
	}
	return out
}

func delayed(in []stream.Event[int]) []event {
	out := replaced()(in)
	if len(out) < len(in) {
		out = append(out, event{Err: errBoom})
	}
	return out
}

func twice(in []stream.Event[int]) []event { return append(toText(in), toText(in)...) }

func retriedOnce(in []stream.Event[int]) []event {
	if first := upToError(1)(in); len(first) > 0 && first[len(first)-1].Err != nil {
		return append(first, toText(in)...)
	}
	return toText(in)
}

// segments calls f with each run of values without an error between, and adds
// the error after it.
func segments(in []stream.Event[int], f func(values []string) []event) []event {
	var out []event
	var values []string
	for _, e := range toText(in) {
		if e.Err == nil {
			values = append(values, e.Value)
			continue
		}
		out = append(append(out, f(values)...), e)
		values = nil
	}
	return append(out, f(values)...)
}

func bracketed(values []string) event { return event{Value: "[" + strings.Join(values, " ") + "]"} }

func slid(n, step int) func([]stream.Event[int]) []event {
	return func(in []stream.Event[int]) []event {
		return segments(in, func(values []string) (out []event) {
			for at := 0; at < len(values); at += step {
				out = append(out, bracketed(values[at:min(at+n, len(values))]))
			}
			return out
		})
	}
}

func grouped(n int, joins func(last, v int) bool) func([]stream.Event[int]) []event {
	return func(in []stream.Event[int]) []event {
		return segments(in, func(values []string) (out []event) {
			for len(values) > 0 {
				size := 1
				for size < min(n, len(values)) && joins(number(values[size-1]), 0) {
					size++
				}
				out = append(out, bracketed(values[:size]))
				values = values[size:]
			}
			return out
		})
	}
}

func number(s string) (n int) {
	_, _ = fmt.Sscan(s, &n)
	return n
}
