package operators_test

import (
	"context"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func TestMisusePanicsWhereItIsWritten(t *testing.T) {
	src := stream.Of(1)
	ok := func(context.Context, int) (int, error) { return 0, nil }
	handler := func(error) stream.Stream[int] { return src }
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
