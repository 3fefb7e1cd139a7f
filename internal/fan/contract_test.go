package fan_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A subject is an operator that is tested, at work on sources and functions
// of a ledger.
type subject struct {
	name string
	make func(l *ledger) stream.Stream[*item]
}

const script = "v.vv..e.vvv.vve..vvvvvf"

func subjects() []subject {
	s := []subject{
		{"AsCompleted", func(l *ledger) stream.Stream[*item] {
			return operators.AsCompleted(slices.Collect(l.fns(len(works)))...)
		}},
		{"merge of merges", func(l *ledger) stream.Stream[*item] {
			return merge.Merge(merge.Merge(l.source("a", "v..v!"), l.source("b", ".vev")), merge.Merge(l.source("c", "vv.x")), l.source("d", "...f"))
		}},
		{"Merge", func(l *ledger) stream.Stream[*item] {
			return merge.Merge(l.source("a", "v.vve...v"), l.source("b", ".vvv!"), l.source("c", ""), l.source("d", "vv.x"), l.source("e", ".f"))
		}},
		{"Concat", func(l *ledger) stream.Stream[*item] {
			return merge.Concat(l.source("a", "v.ve"), l.source("b", ""), l.source("c", ".vvf"), l.source("d", "v.v"))
		}},
		{"merge of MapOrdered and AsCompleted", func(l *ledger) stream.Stream[*item] {
			return merge.Merge(
				operators.MapOrdered(l.source("in", script), 2, l.mapping("out")),
				operators.AsCompleted(l.fn(5, "fn"), l.fn(3, "fn")))
		}},
		{"MapParallel of MapOrdered of Merge", func(l *ledger) stream.Stream[*item] {
			src := merge.Merge(l.source("in", script), l.source("in", "v.v.v"))
			return operators.MapParallel(operators.MapOrdered(src, 2, l.mapping("between")), 3, l.mapping("out"))
		}},
		{"MapParallel with a panicking source", func(l *ledger) stream.Stream[*item] {
			return operators.MapParallel(l.source("in", "vv.ev!"), 2, l.mapping("out"))
		}},
		{"MapOrdered with an exiting source", func(l *ledger) stream.Stream[*item] {
			return operators.MapOrdered(l.source("in", "vv.evx"), 2, l.mapping("out"))
		}},
	}
	for _, n := range []int{1, 3, 100} {
		s = append(s,
			subject{fmt.Sprintf("MapParallel %d", n), func(l *ledger) stream.Stream[*item] {
				return operators.MapParallel(l.source("in", script), n, l.mapping("out"))
			}},
			subject{fmt.Sprintf("MapOrdered %d", n), func(l *ledger) stream.Stream[*item] {
				return operators.MapOrdered(l.source("in", script), n, l.mapping("out"))
			}},
			subject{fmt.Sprintf("AsCompletedSeq %d", n), func(l *ledger) stream.Stream[*item] {
				return operators.AsCompletedSeq(l.fns(15), n)
			}},
			subject{fmt.Sprintf("AsCompletedIndexed %d", n), func(l *ledger) stream.Stream[*item] {
				return operators.Map(operators.AsCompletedIndexed(l.fns(15), n), func(c operators.Completion[*item]) *item { return c.Value })
			}},
			subject{fmt.Sprintf("MergeSeq %d", n), func(l *ledger) stream.Stream[*item] {
				return merge.MergeSeq(slices.Values([]stream.Stream[*item]{
					l.source("a", "v.vve...v"), l.source("b", ".vvv!"), l.source("c", ""), l.source("d", "vv.x"), l.source("e", ".f"), l.source("f", ".v"),
				}), n)
			}},
		)
	}
	return s
}

// fns are the first n functions.
func (l *ledger) fns(n int) iter.Seq[scope.Func[*item]] {
	return func(yield func(scope.Func[*item]) bool) {
		for i := range n {
			if !yield(l.fn(i, "fn")) {
				return
			}
		}
	}
}

// forEach runs f for each subject in each place, in a bubble of its own. Of
// the ledger, which is also the sink, it wants all fates met.
func forEach(t *testing.T, f func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func())) {
	t.Helper()
	for _, sub := range subjects() {
		for _, p := range places {
			t.Run(sub.name+"/"+p.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { bubble(t, sub, p, f) })
			})
		}
	}
}

func bubble(t *testing.T, sub subject, p place, f func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func())) {
	t.Helper()
	l := newLedger(t)
	defer l.logged()()
	p.in(t, l, func(ctx context.Context, cut func()) { f(l, sub.make(l), ctx, cut) })
	l.fates()
	if roots := scope.Roots(); len(roots) != 0 {
		t.Errorf("scopes %v are left", roots)
	}
}

// atEach is forEach for each number of an event, which f is called with.
func atEach(t *testing.T, f func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func(), at int)) {
	t.Helper()
	for _, sub := range subjects() {
		n := 0
		synctest.Test(t, func(t *testing.T) {
			l := newLedger(t)
			n = len(l.run(t.Context(), sub.make(l), goOn))
		})
		for i, p := range places {
			t.Run(sub.name+"/"+p.name, func(t *testing.T) {
				for at := range n {
					if raceEnabled && (i+at)%3 > 0 {
						continue
					}
					synctest.Test(t, func(t *testing.T) {
						bubble(t, sub, p, func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func()) {
							f(l, s, ctx, cut, at)
						})
					})
					if t.Failed() {
						t.Fatalf("at event %d of %d", at, n)
					}
				}
			})
		}
	}
}

func TestUncutRunDeliversAllAndLosesNothing(t *testing.T) {
	forEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, _ func()) {
		events := l.run(ctx, s, goOn)
		fates := l.fates()
		if fates["closed"] != 0 || fates["sunk"] != 0 {
			l.t.Errorf("fates %v, want nothing closed or sunk", fates)
		}
		for _, e := range events {
			if e.Err != nil && errors.Is(e.Err, context.Canceled) {
				l.t.Errorf("event %v in a run that was not cut", e.Err)
			}
		}
	})
}

func TestLeavingAtEachEventEndsTheRunAndLosesNothing(t *testing.T) {
	for _, how := range leaves {
		t.Run(how.name, func(t *testing.T) {
			atEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, _ func(), at int) {
				events := l.run(ctx, s, func(k int) bool { return k != at || how.do() })
				if len(events) != at+1 {
					l.t.Errorf("%d events, want %d", len(events), at+1)
				}
			})
		})
	}
}

func TestCutAtEachEventYieldsTheCauseOnceLast(t *testing.T) {
	atEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func(), at int) {
		events := l.run(ctx, s, func(k int) bool {
			if k == at {
				cut()
			}
			return true
		})
		if events[len(events)-1].Err == nil && len(events) == at+1 {
			return // the last source had nothing more, and simply returned
		}
		wantCause(l.t, events, at+1)
	})
}

// wantCause wants n events and the cause.
func wantCause(t *testing.T, events []event, n int) {
	t.Helper()
	if len(events) != n+1 {
		t.Errorf("%d events, want %d and the cause", len(events), n)
	}
	for i, e := range events {
		if last := i == len(events)-1; last != errors.Is(e.Err, errCut) {
			t.Errorf("event %d of %d is %v", i, len(events), e.Err)
		}
	}
}

func TestLeavingAtTheCauseEndsTheRun(t *testing.T) {
	for _, how := range leaves {
		t.Run(how.name, func(t *testing.T) {
			forEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func()) {
				events := l.run(ctx, s, func(k int) bool {
					if k == 2 {
						cut()
					}
					return k < 3 || how.do()
				})
				wantCause(l.t, events, 3)
			})
		})
	}
}

func TestCutAtEachInstantYieldsTheCauseOnceLast(t *testing.T) {
	for at := range 20 {
		if raceEnabled && at%4 > 0 {
			continue
		}
		forEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func()) {
			instant := time.Duration(at)*time.Millisecond + 500*time.Microsecond
			defer time.AfterFunc(instant, cut).Stop()
			var last time.Duration
			start := time.Now()
			events := l.run(ctx, s, func(int) bool {
				last = time.Since(start)
				return true
			})
			if last < instant {
				return // the run had come to its end
			}
			wantCause(l.t, events, len(events)-1)
		})
		if t.Failed() {
			t.Fatalf("cut at %d.5 ms", at)
		}
	}
}

func TestEndedContextYieldsOnlyTheCauseAndRunsNothing(t *testing.T) {
	forEach(t, func(l *ledger, s stream.Stream[*item], ctx context.Context, cut func()) {
		cut()
		wantCause(l.t, l.run(ctx, s, goOn), 0)
		if names := l.names(); len(names) != 0 {
			l.t.Errorf("entries %q, want none", names)
		}
	})
}

func TestStreamRunsAgainAfterAnyEnd(t *testing.T) {
	for _, sub := range subjects() {
		t.Run(sub.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger(t)
				defer l.logged()()
				s := sub.make(l)
				want := len(l.run(t.Context(), s, goOn))
				for _, how := range leaves {
					l.run(t.Context(), s, func(k int) bool { return k != 1 || how.do() })
					cuttable(t.Context(), func(ctx context.Context, cut func()) {
						l.run(ctx, s, func(int) bool { cut(); return true })
					})
					if got := len(l.run(t.Context(), s, goOn)); got != want {
						t.Errorf("%d events after %s, want %d", got, how.name, want)
					}
				}
				l.fates()
			})
		})
	}
}

func TestStreamRunsTwiceAtOnce(t *testing.T) {
	for _, sub := range subjects() {
		t.Run(sub.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLedger(t)
				defer l.logged()()
				s := sub.make(l)
				counts := make(chan int)
				for range 2 {
					go func() {
						n := 0
						for v, err := range s.All(t.Context()) {
							if err == nil {
								v.meets("delivered")
							} else {
								l.tell(err, "delivered")
							}
							n++
						}
						counts <- n
					}()
				}
				if a, b := <-counts, <-counts; a != b || a == 0 {
					t.Errorf("%d and %d events", a, b)
				}
				if n := l.running.Load(); n != 0 {
					t.Errorf("%d functions and sources still run", n)
				}
				l.fates()
			})
		})
	}
}

func TestStreamRunsInsideItsOwnLoop(t *testing.T) {
	for _, sub := range subjects() {
		t.Run(sub.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner, outer := newLedger(t), newLedger(t)
				s := sub.make(outer)
				outer.run(t.Context(), s, func(k int) bool {
					if k == 1 {
						inner.run(t.Context(), sub.make(inner), goOn)
					}
					return true
				})
				inner.fates()
				outer.fates()
			})
		})
	}
}
