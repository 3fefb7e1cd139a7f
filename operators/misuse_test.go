package operators_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func TestMisusePanicsWhereItIsWritten(t *testing.T) {
	src := stream.Of(1)
	ok := func(context.Context, int) (int, error) { return 0, nil }
	handler := func(error) stream.Stream[int] { return src }
	joins := func(int, int) bool { return true }
	transform := func(context.Context, int, func(int) bool) error { return nil }
	tests := []struct {
		want string
		f    func()
	}{
		{"operators: Map: src is nil", func() { operators.Map(nil, double) }},
		{"operators: Map: f is nil", func() { operators.Map[int, int](src, nil) }},
		{"operators: MapErr: src is nil", func() { operators.MapErr(nil, ok) }},
		{"operators: MapErr: f is nil", func() { operators.MapErr[int, int](src, nil) }},
		{"operators: Filter: src is nil", func() { operators.Filter(nil, even) }},
		{"operators: Filter: pred is nil", func() { operators.Filter(src, nil) }},
		{"operators: Take: src is nil", func() { operators.Take[int](nil, 0) }},
		{"operators: Take: n is -1, want at least 0", func() { operators.Take(src, -1) }},
		{"operators: TakeWhile: src is nil", func() { operators.TakeWhile(nil, even) }},
		{"operators: TakeWhile: pred is nil", func() { operators.TakeWhile(src, nil) }},
		{"operators: Skip: src is nil", func() { operators.Skip[int](nil, 0) }},
		{"operators: Skip: n is -2, want at least 0", func() { operators.Skip(src, -2) }},
		{"operators: Scan: src is nil", func() { operators.Scan(nil, 0, sum) }},
		{"operators: Scan: f is nil", func() { operators.Scan(src, 0, nil) }},
		{"operators: Tap: src is nil", func() { operators.Tap(nil, operators.Observer[int]{}) }},
		{"operators: Finally: src is nil", func() { operators.Finally[int](nil, nothing) }},
		{"operators: Finally: f is nil", func() { operators.Finally(src, nil) }},
		{"operators: StopOnError: src is nil", func() { operators.StopOnError[int](nil) }},
		{"operators: Catch: src is nil", func() { operators.Catch(nil, handler) }},
		{"operators: Catch: f is nil", func() { operators.Catch(src, nil) }},
		{"operators: Chunk: src is nil", func() { operators.Chunk[int](nil, 1) }},
		{"operators: Chunk: n is 0, want at least 1", func() { operators.Chunk(src, 0) }},
		{"operators: FilterMap: src is nil", func() { operators.FilterMap(nil, func(int) (int, bool) { return 0, true }) }},
		{"operators: FilterMap: f is nil", func() { operators.FilterMap[int, int](src, nil) }},
		{"operators: MapError: src is nil", func() { operators.MapError[int](nil, stream.Fatal) }},
		{"operators: MapError: f is nil", func() { operators.MapError(src, nil) }},
		{"operators: OnErrorReturn: src is nil", func() { operators.OnErrorReturn(nil, func(error) int { return 0 }) }},
		{"operators: OnErrorReturn: f is nil", func() { operators.OnErrorReturn(src, nil) }},
		{"operators: FilterErrors: src is nil", func() { operators.FilterErrors[int](nil, isBoom) }},
		{"operators: FilterErrors: keep is nil", func() { operators.FilterErrors(src, nil) }},
		{"operators: Unbatch: src is nil", func() { operators.Unbatch[int](nil) }},
		{"operators: Pairwise: src is nil", func() { operators.Pairwise[int](nil) }},
		{"operators: WithIndex: src is nil", func() { operators.WithIndex[int](nil) }},
		{"operators: Timestamp: src is nil", func() { operators.Timestamp[int](nil) }},
		{"operators: TimeInterval: src is nil", func() { operators.TimeInterval[int](nil) }},
		{"operators: Transform: src is nil", func() { operators.Transform(nil, transform) }},
		{"operators: Transform: f is nil", func() { operators.Transform[int, int](src, nil) }},
		{"operators: Materialize: src is nil", func() { operators.Materialize[int](nil) }},
		{"operators: Dematerialize: src is nil", func() { operators.Dematerialize[int](nil) }},
		{"operators: TakeWhileInclusive: src is nil", func() { operators.TakeWhileInclusive(nil, even) }},
		{"operators: TakeWhileInclusive: pred is nil", func() { operators.TakeWhileInclusive(src, nil) }},
		{"operators: SkipWhile: src is nil", func() { operators.SkipWhile(nil, even) }},
		{"operators: SkipWhile: pred is nil", func() { operators.SkipWhile(src, nil) }},
		{"operators: Find: src is nil", func() { operators.Find(nil, even) }},
		{"operators: Find: pred is nil", func() { operators.Find(src, nil) }},
		{"operators: ElementAt: src is nil", func() { operators.ElementAt[int](nil, 0) }},
		{"operators: ElementAt: n is -1, want at least 0", func() { operators.ElementAt(src, -1) }},
		{"operators: TakeLast: src is nil", func() { operators.TakeLast[int](nil, 1) }},
		{"operators: TakeLast: n is 0, want at least 1", func() { operators.TakeLast(src, 0) }},
		{"operators: SkipLast: src is nil", func() { operators.SkipLast[int](nil, 1) }},
		{"operators: SkipLast: n is -1, want at least 0", func() { operators.SkipLast(src, -1) }},
		{"operators: TakeFor: src is nil", func() { operators.TakeFor[int](nil, 1) }},
		{"operators: TakeFor: d is 0s, want more than 0", func() { operators.TakeFor(src, 0) }},
		{"operators: DistinctUntilChanged: src is nil", func() { operators.DistinctUntilChanged[int](nil) }},
		{"operators: DistinctUntilChangedBy: src is nil", func() { operators.DistinctUntilChangedBy(nil, even) }},
		{"operators: DistinctUntilChangedBy: key is nil", func() { operators.DistinctUntilChangedBy[int, int](src, nil) }},
		{"operators: Distinct: src is nil", func() { operators.Distinct[int](nil, 1, 0) }},
		{"operators: Distinct: size is 0, want at least 1", func() { operators.Distinct(src, 0, 0) }},
		{"operators: Distinct: age is -1ns, want at least 0", func() { operators.Distinct(src, 1, -1) }},
		{"operators: DistinctBy: src is nil", func() { operators.DistinctBy(nil, even, 1, 0) }},
		{"operators: DistinctBy: key is nil", func() { operators.DistinctBy[int, int](src, nil, 1, 0) }},
		{"operators: ErrorsOnly: src is nil", func() { operators.ErrorsOnly[int](nil) }},
		{"operators: ValuesOnly: src is nil", func() { operators.ValuesOnly[int](nil) }},
		{"operators: ErrorsTo: src is nil", func() { operators.ErrorsTo[int](nil, nil) }},
		{"operators: ErrorsTo: sink is nil", func() { operators.ErrorsTo(src, nil) }},
		{"operators: DefaultIfEmpty: src is nil", func() { operators.DefaultIfEmpty(nil, 1) }},
		{"operators: ThrowIfEmpty: src is nil", func() { operators.ThrowIfEmpty[int](nil, errBoom) }},
		{"operators: ThrowIfEmpty: err is nil", func() { operators.ThrowIfEmpty(src, nil) }},
		{"operators: OnErrorResumeNext: src is nil", func() { operators.OnErrorResumeNext[int](nil) }},
		{"operators: OnErrorResumeNext: one of next is nil", func() { operators.OnErrorResumeNext(src, src, nil) }},
		{"operators: ErrorBudget: src is nil", func() { operators.ErrorBudget[int](nil, 0, 1) }},
		{"operators: ErrorBudget: n is -1, want at least 0", func() { operators.ErrorBudget(src, -1, 1) }},
		{"operators: ErrorBudget: window is 0s, want more than 0", func() { operators.ErrorBudget(src, 0, 0) }},
		{"operators: BackOffOnError: src is nil", func() { operators.BackOffOnError[int](nil, noBackOff) }},
		{"operators: BackOffOnError: backOff is nil", func() { operators.BackOffOnError(src, nil) }},
		{"operators: DelayWhen: src is nil", func() { operators.DelayWhen(nil, 1, func(int) ints { return src }) }},
		{"operators: DelayWhen: signal is nil", func() { operators.DelayWhen[int, int](src, 1, nil) }},
		{"operators: DelayWhen: n is 0, want at least 1", func() { operators.DelayWhen(src, 0, func(int) ints { return src }) }},
		{"operators: DelayErrors: src is nil", func() { operators.DelayErrors[int](nil, 0) }},
		{"operators: DelayErrors: k is -1, want at least 0", func() { operators.DelayErrors(src, -1) }},
		{"operators: WithItem: src is nil", func() { operators.WithItem(nil, ok) }},
		{"operators: WithItem: f is nil", func() { operators.WithItem[int, int](src, nil) }},
		{"operators: Retry: src is nil", func() { operators.Retry[int](nil) }},
		{"operators: MapRetry: src is nil", func() { operators.MapRetry(nil, ok) }},
		{"operators: MapRetry: f is nil", func() { operators.MapRetry[int, int](src, nil) }},
		{"operators: Retries: n is -1, want at least 0", func() { operators.Retries(-1) }},
		{"operators: BackOff: f is nil", func() { operators.BackOff(nil) }},
		{"operators: RetryIf: pred is nil", func() { operators.RetryIf(nil) }},
		{"operators: Repeat: src is nil", func() { operators.Repeat[int](nil, 1, 0) }},
		{"operators: Repeat: wait is -1ns, want at least 0", func() { operators.Repeat(src, 1, -1) }},
		{"operators: ChunkWhile: src is nil", func() { operators.ChunkWhile(nil, 1, joins) }},
		{"operators: ChunkWhile: joins is nil", func() { operators.ChunkWhile(src, 1, nil) }},
		{"operators: ChunkWhile: n is 0, want at least 1", func() { operators.ChunkWhile(src, 0, joins) }},
		{"operators: Sliding: src is nil", func() { operators.Sliding[int](nil, 1, 1) }},
		{"operators: Sliding: n is 0, want at least 1", func() { operators.Sliding(src, 0, 1) }},
		{"operators: Sliding: step is 0, want at least 1", func() { operators.Sliding(src, 1, 0) }},
		{"operators: Log: src is nil", func() { operators.Log[int](nil, slog.Default(), "") }},
		{"operators: Log: logger is nil", func() { operators.Log(src, nil, "") }},
		{"operators: Window: n is 0, want at least 1", func() { operators.Window(0) }},
		{"operators: MapParallel: it has no Window", func() { operators.MapParallel(src, 1, ok, operators.Window(1)) }},
		{"operators: Chunk: it has no Window", func() { operators.Chunk(src, 1, operators.Window(1)) }},
		{"operators: Discard: f is nil", func() { operators.Discard[int](nil) }},
	}
	for _, tt := range tests {
		if got := panics(t, tt.f); got != tt.want {
			t.Errorf("panic %q, want %q", got, tt.want)
		}
	}
}

func TestDiscardOfAnotherTypePanicsWithBothTypes(t *testing.T) {
	got := panics(t, func() { operators.Chunk(stream.Of(1), 2, operators.Discard(func(string) {})) })
	for _, part := range []string{"operators: Chunk: Discard", "string", "int"} {
		if !strings.Contains(got, part) {
			t.Errorf("panic %q, want it to say %q", got, part)
		}
	}
}
