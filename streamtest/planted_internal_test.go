package streamtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

type (
	ints = stream.Stream[int]
	kept = stream.Stream[*Item]
)

// planted are operators that each break one rule.
var planted = []struct {
	name    string
	failing string // the rule that must be among the failures
	tell    string // and what the failure must say
	op      func(src ints) ints
	relaxed Relaxation
}{
	{"swallows errors", "E0", "want", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			return err != nil && !isCutErr(err) || yield(v, err)
		})
	}, 0},
	{"swallows the last error", "E0", "want", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool { return stream.IsFatal(err) || yield(v, err) })
	}, 0},
	{"counts errors", "E0", "want", func(src ints) ints {
		return perRun(src, func(yield func(int, error) bool) func(int, error) bool {
			n := 0
			return func(v int, err error) bool { n++; return yield(v, err) && n < 2 }
		})
	}, 0},
	{"wraps errors", "E0", "unchanged", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			if failureOf(err) != nil {
				err = wrapped{err}
			}
			return yield(v, err)
		})
	}, 0},
	{"lets an error wait for a value", "E0", "at once", waiting, 0},
	{"lets errors overtake values", "E0", "want", overtaking, Delayed},
	{"ends at an error", "E0", "want", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool { return yield(v, err) && err == nil })
	}, 0},
	{"goes on after an error", "E0", "want", func(src ints) ints { return src }, Stops},
	{"begins anew at an error", "E0", "want", func(src ints) ints {
		return perRun(src, func(yield func(int, error) bool) func(int, error) bool {
			n := 0
			return func(v int, err error) bool {
				if n++; err != nil {
					n = 0
				}
				return err == nil && n <= 1 || yield(v, err)
			}
		})
	}, 0},
	{"yields after false", "rule 1", "the consumer has left", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool { yield(v, err); return true })
	}, 0},
	{"yields on another goroutine", "rule 1", "not called by the goroutine", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) (more bool) {
			var wg sync.WaitGroup
			wg.Go(func() { more = yield(v, err) })
			wg.Wait()
			return more
		})
	}, 0},
	{"yields after its run", "rule 1", "yield is ", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			src(ctx, yield)
			go yield(1, nil)
		}
	}, 0},
	{"has a value beside an error", "rule 2", "value 7 beside error", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			if err != nil {
				v = 7
			}
			return yield(v, err)
		})
	}, 0},
	{"swallows the cause", "rule 4", "want the cause", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			return err != nil && isCutErr(err) || yield(v, err)
		})
	}, 0},
	{"tells the cause twice", "rule 4", "nothing after the cause", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			left := false
			src(ctx, func(v int, err error) bool { left = !yield(v, err); return !left })
			if ctx.Err() != nil && !left {
				yield(0, context.Cause(ctx))
			}
		}
	}, 0},
	{"tells the error of the context", "rule 4", "want the cause", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			src(ctx, func(v int, err error) bool {
				if err != nil && ctx.Err() != nil {
					err = ctx.Err()
				}
				return yield(v, err)
			})
		}
	}, 0},
	{"emits after the cut", "rule 4", "no more of", func(src ints) ints { return holding(src, true) }, Boundary},
	{"flushes at its end though the run is cut", "rule 4", "what comes of that event", func(src ints) ints { return pairing(src, true) }, Boundary},
	{"hides a cut that its source did not see", "rule 4", "too late to look", func(src ints) ints { return pairing(src, false) }, Boundary},
	{"tells the cause late", "rule 4", "after the cut, want at once", func(src ints) ints {
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			if isCutErr(err) {
				time.Sleep(time.Second)
			}
			return yield(v, err)
		})
	}, 0},
	{"runs its source under another context", "rule 4", "descend", func(src ints) ints {
		return func(_ context.Context, yield func(int, error) bool) { src(context.Background(), yield) }
	}, 0},
	{"leaks a goroutine", "rule 5", "a goroutine is left", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			go time.Sleep(time.Second)
			src(ctx, yield)
		}
	}, 0},
	{"leaks a goroutine when its consumer panics", "rule 5", "a goroutine is left", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			stop := make(chan struct{})
			go func() {
				select {
				case <-stop:
				case <-time.After(time.Second):
				}
			}()
			src(ctx, yield)
			close(stop)
		}
	}, 0},
	{"leaves its source running", "rule 5", "source runs on", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			events := make(chan stream.Event[int])
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				defer close(events)
				defer func() { _ = recover() }()
				src(ctx, func(v int, err error) bool {
					select {
					case events <- stream.Event[int]{Value: v, Err: err}:
						return true
					case <-stop:
						time.Sleep(time.Millisecond)
						return false
					}
				})
			}()
			for e := range events {
				if !yield(e.Value, e.Err) {
					return
				}
			}
		}
	}, Delayed},
	{"leaves a scope", "rule 5", "is left", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			if s := scope.Current(ctx); s != nil {
				s.Child("forgotten")
			}
			src(ctx, yield)
		}
	}, 0},
	{"keeps state between runs", "rule 6", "want", func(src ints) ints {
		var n atomic.Int32
		return each(src, func(v int, err error, yield func(int, error) bool) bool {
			if err == nil {
				v += int(n.Add(1))
			}
			return yield(v, err)
		})
	}, 0},
	{"keeps state of runs at once", "rule 6", "two runs at once", func(src ints) ints {
		var n atomic.Int32
		return func(ctx context.Context, yield func(int, error) bool) {
			n.Store(0)
			src(ctx, func(v int, err error) bool {
				if err != nil {
					return yield(0, err)
				}
				return yield(int(n.Add(1)), nil)
			})
		}
	}, 0},
	{"recovers panics", "rule 7", "want that it panics", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			defer func() { _ = recover() }()
			src(ctx, yield)
		}
	}, 0},
	{"makes another panic of a panic", "rule 7", "want that it panics", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			defer func() {
				if r := recover(); r != nil {
					panic(fmt.Sprint(r))
				}
			}()
			src(ctx, yield)
		}
	}, 0},
	{"drops the panic of a task", "rule 7", "one event that tells of it", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			var got []stream.Event[int]
			var wg sync.WaitGroup
			wg.Go(func() {
				defer func() { _ = recover() }()
				src(ctx, func(v int, err error) bool { got = append(got, stream.Event[int]{Value: v, Err: err}); return true })
			})
			wg.Wait()
			for _, e := range got {
				if !yield(e.Value, e.Err) {
					return
				}
			}
		}
	}, Unordered},
	{"tells the sink too", "ledger", "the sink 1 times", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			src(ctx, func(v int, err error) bool {
				if failureOf(err) != nil && scope.Current(ctx) != nil {
					scope.Report(ctx, err)
				}
				return yield(v, err)
			})
		}
	}, 0},
	{"books what it never delivers", "ledger", "pending", func(src ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			if s := scope.Current(ctx); s != nil {
				s.Book(scope.Ledger{Produced: 1})
			}
			src(ctx, yield)
		}
	}, 0},
	{"tells nobody of an error it holds", "ledger", "the sink 0 times", func(src ints) ints { return holding(src, false) }, Boundary},
}

// plantedItems are operators that lose or multiply values.
var plantedItems = []struct {
	name, tell string
	op         func(src kept) kept
	relaxed    Relaxation
}{
	{"loses a value", "delivered 0 times, closed 0 times", func(src kept) kept {
		return eachItem(src, func(v *Item, yield func(*Item) bool) bool { return v.N == 2 || yield(v) })
	}, 0},
	{"delivers a value twice", "delivered 2 times", func(src kept) kept {
		return eachItem(src, func(v *Item, yield func(*Item) bool) bool { yield(v); return yield(v) })
	}, Drops},
	{"closes what it delivers", "delivered 1 times, closed 1 times", func(src kept) kept {
		return eachItem(src, func(v *Item, yield func(*Item) bool) bool { defer func() { _ = v.Close() }(); return yield(v) })
	}, Drops},
	{"loses what it holds when the consumer leaves", "delivered 0 times", func(src kept) kept {
		return func(ctx context.Context, yield func(*Item, error) bool) {
			var held *Item
			src(ctx, func(v *Item, err error) bool {
				if held != nil && !yield(held, nil) {
					held = nil
					return false // and v is lost
				}
				if held = v; err != nil {
					return yield(nil, err)
				}
				return true
			})
			if held != nil {
				yield(held, nil)
			}
		}
	}, Boundary},
}

func TestConformCatchesPlantedOperators(t *testing.T) {
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) { wantFailure(t, p.op, p.relaxed, p.failing, p.tell) })
	}
	for _, p := range plantedItems {
		t.Run(p.name, func(t *testing.T) { wantFailure(t, p.op, p.relaxed, "ledger", p.tell) })
	}
}

// wantFailure wants a failure of a rule that says what is told.
func wantFailure[A, B any](t *testing.T, op func(stream.Stream[A]) stream.Stream[B], relaxed Relaxation, rule, tell string) {
	t.Helper()
	c := &checker[A, B]{t: t, op: op, relaxed: relaxed, failed: make(map[string]bool), alone: make(map[[2]int]*result)}
	told := func() bool {
		return slices.ContainsFunc(c.failures, func(f string) bool {
			return strings.HasPrefix(f, rule+": source ") && strings.Contains(f, tell)
		})
	}
	if c.check(told); !told() {
		t.Errorf("failures %q, want one of %s that says %q", c.failures, rule, tell)
	}
}
