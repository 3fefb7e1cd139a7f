package fan_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// TestLedgerOfTheScopeBalancesWhereverARunIsLeft leaves runs at each event. What
// was yielded is delivered, the rest discarded or sunk, and nothing pending.
func TestLedgerOfTheScopeBalancesWhereverARunIsLeft(t *testing.T) {
	errOdd := errors.New("odd")
	src := func(ctx context.Context, yield func(int, error) bool) {
		for i := range 20 {
			if i%3 == 2 && !yield(0, errOdd) || i%3 != 2 && !yield(i, nil) {
				return
			}
		}
	}
	double := func(_ context.Context, n int) (int, error) {
		if n%4 == 0 {
			return 0, errOdd
		}
		return 2 * n, nil
	}
	runs := map[string]stream.Stream[int]{
		"merge":    merge.MergeSeq(slices.Values([]stream.Stream[int]{src, src}), 2),
		"parallel": operators.MapParallel(src, 3, double),
		"ordered":  operators.MapOrdered(src, 3, double),
	}
	for name, run := range runs {
		for leave := range 42 {
			synctest.Test(t, func(t *testing.T) {
				var sunk atomic.Int64
				root := scope.New(context.Background(), "root", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { sunk.Add(1) })))
				n := int64(0)
				err := root.Do(context.Background(), func(ctx context.Context) error {
					for range run.All(ctx) {
						if n++; n > int64(leave) {
							break
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("Do() = %v, want nil", err)
				}
				if err := root.Close(); err != nil {
					t.Errorf("Close() = %v, want nil", err)
				}
				l := root.Ledger()
				if l.Pending() != 0 || l.Delivered != n || l.Sunk != sunk.Load() {
					t.Errorf("%s left at event %d: %+v, want %d delivered, %d sunk and nothing pending", name, leave, l, n, sunk.Load())
				}
			})
		}
	}
}
