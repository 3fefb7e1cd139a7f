package fan_test

import (
	"context"
	"errors"
	"fmt"
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

// untilEnd works until its context ends.
func untilEnd(ctx context.Context, _ int) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestCutReachesARunWhoseSourceIsHeldBack(t *testing.T) {
	tests := map[string]stream.Stream[int]{
		"MapParallel 1":   operators.MapParallel(stream.Range(0, 1000), 1, untilEnd),
		"MapParallel 100": operators.MapParallel(stream.Range(0, 1000), 100, untilEnd),
		"MapOrdered 1":    operators.MapOrdered(stream.Range(0, 1000), 1, untilEnd),
		"MapOrdered 4":    operators.MapOrdered(stream.Range(0, 1000), 4, untilEnd),
		"MapOrdered 64":   operators.MapOrdered(stream.Range(0, 1000), 64, untilEnd),
		"MapOrdered 100":  operators.MapOrdered(stream.Range(0, 1000), 100, untilEnd),
		"MapOrdered 2, slow at the head": operators.MapOrdered(stream.Range(0, 1000), 2, func(ctx context.Context, v int) (int, error) {
			if v == 0 {
				return untilEnd(ctx, v)
			}
			return v, nil
		}),
		"MergeSeq": merge.MergeSeq(func(yield func(stream.Stream[int]) bool) {
			for yield(stream.Never[int]()) {
			}
		}, 3),
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
				defer cancel()
				got, err := s.Collect(ctx)
				if len(got) != 0 || err != errCut { //nolint:errorlint // unchanged
					t.Errorf("Collect() = %v, %v, want nothing and the cause", got, err)
				}
				if at := time.Since(start); at != time.Second {
					t.Errorf("the run returned at %v, want 1s", at)
				}
			})
		})
	}
}

func TestCutAtEachEventOfALongRunEndsIt(t *testing.T) {
	call := func(ctx context.Context, v int) (int, error) {
		rest(ctx)
		return v, ctx.Err()
	}
	for _, n := range []int{1, 3, 64, 100} {
		tests := map[string]stream.Stream[int]{
			"MapParallel": operators.MapParallel(stream.Range(0, 300), n, call),
			"MapOrdered":  operators.MapOrdered(stream.Range(0, 300), n, call),
			"MergeSeq":    merge.MergeSeq(slices.Values([]stream.Stream[int]{stream.Range(0, 150), stream.Range(150, 150)}), n),
		}
		for name, s := range tests {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				for at := range 300 {
					if raceEnabled && at%7 > 0 {
						continue
					}
					synctest.Test(t, func(t *testing.T) { cutLongRun(t, s, at) })
				}
			})
		}
	}
}

// cutLongRun cuts s at an event, from inside the task that it runs in, so that
// its context ends in that instant.
func cutLongRun(t *testing.T, s stream.Stream[int], at int) {
	t.Helper()
	inScope(t, newLedger(t), true, func(ctx context.Context, outer *scope.Scope) {
		k := 0
		for v, err := range s.All(ctx) {
			if k == at {
				outer.Cancel(errCut)
			}
			if k > at && !errors.Is(err, errCut) {
				t.Errorf("cut at event %d: event %d is %v, %v", at, k, v, err)
			}
			k++
		}
		if k != at+2 {
			t.Errorf("cut at event %d: %d events, want the cause after that", at, k)
		}
	})
}

// TestInnerRunIsCutWhenTheOuterConsumerStops is about a function that uses an
// operator itself: what it collects when it is no longer wanted must not look
// complete.
func TestInnerRunIsCutWhenTheOuterConsumerStops(t *testing.T) {
	inner := map[string]stream.Stream[int]{
		"MapParallel": operators.MapParallel(stream.Range(0, 3), 2, untilEnd),
		"MapOrdered":  operators.MapOrdered(stream.Range(0, 3), 2, untilEnd),
		"AsCompleted": operators.AsCompleted(func(ctx context.Context) (int, error) { return untilEnd(ctx, 0) }),
		"Merge":       merge.Merge(stream.Never[int](), stream.Of(1)),
		"Concat":      merge.Concat(stream.Of(1), merge.Merge(stream.Never[int]())),
	}
	for name, s := range inner {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var collected atomic.Int32
				outer := operators.MapParallel(stream.Range(0, 3), 3, func(ctx context.Context, v int) (int, error) {
					if v == 0 {
						time.Sleep(time.Second)
						return 0, nil
					}
					_, err := s.Collect(ctx)
					if err == nil || !errors.Is(err, context.Canceled) || err != context.Cause(ctx) { //nolint:errorlint // the cause itself
						t.Errorf("inner Collect() = %v, want the cause %v", err, context.Cause(ctx))
					}
					collected.Add(1)
					return 0, err
				})
				for range outer.All(t.Context()) {
					break
				}
				if n := collected.Load(); n != 2 {
					t.Errorf("%d inner runs have returned, want 2", n)
				}
			})
		})
	}
}

func TestScopeOfTheRunCancelledFromInsideLooksCut(t *testing.T) {
	for name, cause := range map[string]error{"cause": errCut, "no cause": nil} {
		stop := func(ctx context.Context) (int, error) {
			scope.Current(ctx).Cancel(cause)
			return 0, ctx.Err()
		}
		call := func(ctx context.Context, _ int) (int, error) { return stop(ctx) }
		src := stream.Stream[int](func(ctx context.Context, yield func(int, error) bool) {
			scope.Current(ctx).Cancel(cause)
			yield(0, context.Cause(ctx))
		})
		tests := map[string]stream.Stream[int]{
			// One cancels: a second call may return before the first has ended
			// the context.
			"MapParallel": operators.MapParallel(stream.Range(0, 3), 1, call),
			"MapOrdered":  operators.MapOrdered(stream.Range(0, 3), 1, call),
			"AsCompleted": operators.AsCompleted(stop),
			"Merge":       merge.Merge(src, stream.Never[int]()),
		}
		for op, s := range tests {
			t.Run(op+" with "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					events := 0
					var last error
					for _, last = range s.All(t.Context()) {
						events++
					}
					if events != 1 || !errors.Is(last, context.Canceled) || cause != nil && !errors.Is(last, cause) {
						t.Errorf("%d events, the last is %v, want only the cause", events, last)
					}
				})
			})
		}
	}
}

// TestFailingReleaseReachesTheSink is about what a task hands over to the scope
// of the run. It must neither be lost nor look like a cut.
func TestFailingReleaseReachesTheSink(t *testing.T) {
	ends := map[string]struct {
		stop   bool
		cut    bool
		events int
	}{
		"end":   {events: 2},
		"break": {stop: true, events: 1},
		"cut":   {cut: true, events: 2},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger(t)
				err := scope.Run(t.Context(), "outer", func(ctx context.Context, _ *scope.Scope) error {
					cuttable(ctx, func(ctx context.Context, cut func()) {
						s := operators.AsCompleted(l.fn(0, "fn"), func(ctx context.Context) (*item, error) {
							scope.Current(ctx).Defer("thing", func(context.Context) error { return l.failure(0, "release") })
							return l.fn(1, "fn")(ctx)
						})
						events := l.run(ctx, s, func(int) bool {
							if end.cut {
								cut()
							}
							return !end.stop
						})
						if len(events) != end.events {
							t.Errorf("%d events, want %d", len(events), end.events)
						}
						if end.cut {
							wantCause(t, events, 1)
						}
					})
					return nil
				}, scope.WithSink(l))
				if err != nil {
					t.Errorf("Run() = %v", err)
				}
				if n := l.fates()["sunk"]; n != 1 {
					t.Errorf("%d errors sunk, want 1", n)
				}
			})
		})
	}
}

// TestErrorOfTheOuterContextIsTheCut is about functions that use the context
// of the run where they should use their own. The two may end one after the
// other.
func TestErrorOfTheOuterContextIsTheCut(t *testing.T) {
	operator := map[string]func(fn scope.Func[*item]) stream.Stream[*item]{
		"MapParallel": func(fn scope.Func[*item]) stream.Stream[*item] {
			return operators.MapParallel(stream.Range(0, 1000), 2, func(ctx context.Context, _ int) (*item, error) { return fn(ctx) })
		},
		"MapOrdered": func(fn scope.Func[*item]) stream.Stream[*item] {
			return operators.MapOrdered(stream.Range(0, 1000), 2, func(ctx context.Context, _ int) (*item, error) { return fn(ctx) })
		},
		"AsCompleted": func(fn scope.Func[*item]) stream.Stream[*item] { return operators.AsCompleted(fn, fn) },
	}
	for name, apply := range operator {
		for _, p := range places {
			if p.name == "outside a scope" {
				continue // its context ends when the run has ended
			}
			t.Run(name+"/"+p.name, func(t *testing.T) {
				for range 50 { // the order in which contexts end varies
					synctest.Test(t, func(t *testing.T) {
						l := newLedger(t)
						defer l.logged()()
						p.in(t, l, func(ctx context.Context, cut func()) {
							time.AfterFunc(time.Second, cut)
							events := l.run(ctx, apply(func(context.Context) (*item, error) {
								<-ctx.Done()
								return nil, context.Cause(ctx)
							}), goOn)
							wantCause(t, events, 0)
						})
					})
				}
			})
		}
	}
}
