package streamtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

func same[T any](_ context.Context, v T) (T, error) { return v, nil }

func TestConformPassesWhatConforms(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[*streamtest.Item]) stream.Stream[*streamtest.Item] { return s })
	})
	t.Run("Map", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[int]) stream.Stream[string] {
			return operators.Map(s, func(v int) string { return fmt.Sprint(v) })
		})
	})
	t.Run("Take", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[*streamtest.Item]) stream.Stream[*streamtest.Item] { return operators.Take(s, 2) })
	})
	t.Run("Chunk", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[*streamtest.Item]) stream.Stream[[]*streamtest.Item] {
			return operators.Chunk(s, 2)
		}, streamtest.Boundary)
	})
	t.Run("StopOnError", func(t *testing.T) {
		streamtest.Conform(t, operators.StopOnError[*streamtest.Item], streamtest.Stops)
	})
	t.Run("Catch", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[string]) stream.Stream[string] {
			return operators.Catch(s, func(error) stream.Stream[string] { return stream.Of("x", "y") })
		}, streamtest.Handles)
	})
	t.Run("MapOrdered", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[*streamtest.Item]) stream.Stream[*streamtest.Item] {
			return operators.MapOrdered(s, 3, same)
		}, streamtest.Delayed)
	})
	t.Run("MapParallel", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[*streamtest.Item]) stream.Stream[*streamtest.Item] {
			return operators.MapParallel(s, 3, same)
		}, streamtest.Unordered)
	})
	t.Run("Merge", func(t *testing.T) {
		streamtest.Conform(t, func(s stream.Stream[string]) stream.Stream[string] {
			return merge.Merge(s, stream.Of("x", "y"))
		}, streamtest.Unordered)
	})
}
