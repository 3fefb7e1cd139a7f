package fan_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// deafs are operators at work on a function that ends at once and one that
// takes d, whatever happens to its context.
func deafs(l *ledger, d time.Duration) map[string]stream.Stream[*item] {
	call := func(_ context.Context, n int) (*item, error) {
		l.running.Add(1)
		defer l.running.Add(-1)
		if n == 1 {
			time.Sleep(d)
		}
		return l.value(n, "function"), nil
	}
	fn := func(n int) scope.Func[*item] {
		return func(ctx context.Context) (*item, error) { return call(ctx, n) }
	}
	src := func(n int) stream.Stream[*item] {
		return func(ctx context.Context, yield func(*item, error) bool) { yield(call(ctx, n)) }
	}
	return map[string]stream.Stream[*item]{
		"MapParallel":    operators.MapParallel(stream.Range(0, 2), 2, call),
		"MapOrdered":     operators.MapOrdered(stream.Range(0, 2), 2, call),
		"AsCompleted":    operators.AsCompleted(fn(0), fn(1)),
		"AsCompletedSeq": operators.AsCompletedSeq(slices.Values([]scope.Func[*item]{fn(0), fn(1)}), 2),
		"Merge":          merge.Merge(src(0), src(1)),
		"MergeSeq":       merge.MergeSeq(slices.Values([]stream.Stream[*item]{src(0), src(1)}), 2),
		"of Merge":       operators.MapParallel(merge.Merge(src(0), src(1)), 1, func(_ context.Context, v *item) (*item, error) { return v, nil }),
	}
}

// TestRunWaitsForDeafFunctions leaves runs that nobody else closes: they last
// as long as their tasks do.
func TestRunWaitsForDeafFunctions(t *testing.T) {
	ways := slices.Concat(leaves, []leave{{"cut", nil}})
	for name := range deafs(nil, 0) {
		for _, how := range ways {
			for _, p := range places {
				if p.name == "outside a scope" || p.name == "outside a scope with a deadline" || p.name == "in Do" && how.do == nil {
					continue
				}
				t.Run(name+"/"+how.name+"/"+p.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := newLedger(t)
						p.in(t, l, func(ctx context.Context, cut func()) {
							start := time.Now()
							l.run(ctx, deafs(l, 3*time.Second)[name], func(k int) bool {
								if k > 0 {
									return true // the cause
								}
								time.Sleep(time.Second) // all have started
								if how.do != nil {
									return how.do()
								}
								cut()
								return true
							})
							if at := time.Since(start); at != 3*time.Second {
								t.Errorf("the run returned at %v, want 3s", at)
							}
						})
						if fates := l.fates(); fates["closed"] != 1 || fates["delivered"] != 1 {
							t.Errorf("fates %v, want one delivered and one closed", fates)
						}
					})
				})
			}
		}
	}
}

// TestRunThatNobodyClosesIsNeverStuck is about runs outside every scope and in
// tasks: their tasks are waited for without limit.
func TestRunThatNobodyClosesIsNeverStuck(t *testing.T) {
	for name := range deafs(nil, 0) {
		for _, p := range places {
			if p.name != "no scope" && p.name != "in a task" {
				continue
			}
			t.Run(name+"/"+p.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLedger(t)
					defer l.logged()()
					p.in(t, l, func(ctx context.Context, _ func()) {
						start := time.Now()
						l.run(ctx, deafs(l, time.Hour)[name], func(int) bool {
							time.Sleep(time.Second)
							return false
						})
						if at := time.Since(start); at != time.Hour {
							t.Errorf("the run returned at %v, want 1h", at)
						}
					})
					l.fates()
				})
			})
		}
	}
}

// TestStuckTaskOfAnAttachedRunIsReported is about a run from outside a scope,
// whose time to close is limited by the Timeouts of that.
func TestStuckTaskOfAnAttachedRunIsReported(t *testing.T) {
	for name := range deafs(nil, 0) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger(t)
				var stuck atomic.Int32
				sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
					if _, ok := errors.AsType[*scope.StuckError](e); !ok {
						t.Errorf("the sink was told of %v, want what is stuck", e)
					}
					stuck.Add(1)
				})
				outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
				start := time.Now()
				for v := range deafs(l, time.Hour)[name].All(outer.Context()) {
					time.Sleep(time.Second)
					v.meets("delivered")
					break
				}
				if at := time.Since(start); at != 6*time.Second || stuck.Load() != 1 {
					t.Errorf("the run returned at %v with %d reports, want 6s and 1", at, stuck.Load())
				}
				if err := outer.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
				time.Sleep(2 * time.Hour)
				if fates := l.fates(); fates["closed"] != 1 || len(scope.Abandoned()) != 0 {
					t.Errorf("fates %v, want the late value closed; abandoned %v", fates, scope.Abandoned())
				}
			})
		})
	}
}

// TestNothingStartsAfterTheCut has one function run when the run is cut, deaf,
// with others waiting for their turn and more to be read.
func TestNothingStartsAfterTheCut(t *testing.T) {
	type counted struct{ read, started atomic.Int32 }
	call := func(c *counted) scope.Func[int] {
		return func(context.Context) (int, error) {
			c.started.Add(1)
			time.Sleep(time.Second)
			return 1, nil
		}
	}
	// numbers takes a millisecond for each, and does not know of a context.
	numbers := func(c *counted) iter.Seq[int] {
		return func(yield func(int) bool) {
			for n := int(c.read.Add(1)); yield(n); n = int(c.read.Add(1)) {
				time.Sleep(time.Millisecond)
			}
		}
	}
	mapping := func(c *counted) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) { return call(c)(ctx) }
	}
	tests := map[string]func(c *counted) stream.Stream[int]{
		"MapParallel": func(c *counted) stream.Stream[int] {
			return operators.MapParallel(stream.FromSeq(numbers(c)), 1, mapping(c))
		},
		"MapOrdered": func(c *counted) stream.Stream[int] {
			return operators.MapOrdered(stream.FromSeq(numbers(c)), 1, mapping(c))
		},
		"AsCompletedSeq": func(c *counted) stream.Stream[int] {
			return operators.AsCompletedSeq(func(yield func(scope.Func[int]) bool) {
				for range numbers(c) {
					if !yield(call(c)) {
						return
					}
				}
			}, 1)
		},
		"MergeSeq": func(c *counted) stream.Stream[int] {
			return merge.MergeSeq(func(yield func(stream.Stream[int]) bool) {
				for range numbers(c) {
					if !yield(once(call(c))) {
						return
					}
				}
			}, 1)
		},
	}
	for name, apply := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond+time.Microsecond, errCut)
				defer cancel()
				c := new(counted)
				got, err := apply(c).Collect(ctx)
				if len(got) != 0 || err != errCut { //nolint:errorlint // unchanged
					t.Errorf("Collect() = %v, %v, want only the cause", got, err)
				}
				if n := c.started.Load(); n != 1 {
					t.Errorf("%d functions started, want 1", n)
				}
				if n := c.read.Load(); n > 12 { // at 0 to 10 ms, and the one that finds out
					t.Errorf("%d read in 10 ms, one a millisecond", n)
				}
			})
		})
	}
}
