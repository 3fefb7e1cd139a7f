package fan_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// seen notes numbers from many goroutines.
type seen struct {
	mu sync.Mutex
	ns []int
}

func (s *seen) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ns = append(s.ns, n)
}

func (s *seen) sorted() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.ns))
}

// A holder is an operator that produces 0 to 9 at once and is given discard.
type holder struct {
	name string
	make func(discard func(int)) stream.Stream[int]
}

func same(_ context.Context, v int) (int, error) { return v, nil }

// tenFns returns 0 to 9 one by one.
func tenFns() iter.Seq[scope.Func[int]] {
	return func(yield func(scope.Func[int]) bool) {
		for v := range 10 {
			if !yield(func(context.Context) (int, error) { return v, nil }) {
				return
			}
		}
	}
}

var holders = []holder{
	{"MapParallel", func(discard func(int)) stream.Stream[int] {
		return operators.MapParallel(stream.Range(0, 10), 2, same, operators.Discard(discard))
	}},
	{"MapOrdered", func(discard func(int)) stream.Stream[int] {
		return operators.MapOrdered(stream.Range(0, 10), 2, same, operators.Discard(discard))
	}},
	{"AsCompletedSeq", func(discard func(int)) stream.Stream[int] {
		return operators.AsCompletedSeq(tenFns(), 2, operators.Discard(discard))
	}},
	{"AsCompletedIndexed", func(discard func(int)) stream.Stream[int] {
		s := operators.AsCompletedIndexed(tenFns(), 2, operators.Discard(discard))
		return operators.Map(s, func(c operators.Completion[int]) int { return c.Value })
	}},
	{"MergeSeq", func(discard func(int)) stream.Stream[int] {
		srcs := []stream.Stream[int]{stream.Range(0, 3), stream.Range(3, 7)}
		return merge.MergeSeq(slices.Values(srcs), 2, merge.Discard(discard))
	}},
}

func TestDiscardGetsEachUndeliveredValueOnce(t *testing.T) {
	for _, h := range holders {
		for _, how := range leaves {
			t.Run(h.name+"/"+how.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var all seen
					leaveAfter(t, h.make(all.add), all.add, how)
					if got, want := all.sorted(), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
						t.Errorf("delivered or given back: %v, want %v", got, want)
					}
				})
			})
		}
	}
}

// leaveAfter consumes two events of s, the second when all others wait, and
// leaves.
func leaveAfter(t *testing.T, s stream.Stream[int], delivered func(int), how leave) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil && r != any(errLeaving) {
				t.Errorf("panic %v", r)
			}
		}()
		k := 0
		for v, err := range s.All(t.Context()) {
			if err != nil {
				t.Errorf("event %v", err)
			}
			delivered(v)
			time.Sleep(time.Second)
			if k++; k == 2 && !how.do() {
				break
			}
		}
	}()
	<-done
}

func TestDiscardThatGoesWrongIsReportedAndTheRestGetTheirTurn(t *testing.T) {
	wrongs := map[string]struct {
		do   func()
		want error
	}{
		"panic":  {func() { panic(errCut) }, errCut},
		"Goexit": {runtime.Goexit, scope.ErrGoexit},
	}
	for _, h := range holders {
		for name, wrong := range wrongs {
			t.Run(h.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var all, sunk seen
					sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
						if !errors.Is(e, wrong.want) || !strings.Contains(e.Error(), h.name+": discarding a value: ") {
							t.Errorf("the sink was told of %v, want %v while discarding", e, wrong.want)
						}
						sunk.add(1)
					})
					outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
					discard := func(v int) {
						all.add(v)
						wrong.do()
					}
					done := make(chan struct{})
					go func() {
						defer close(done)
						for v := range h.make(discard).All(outer.Context()) {
							time.Sleep(time.Second)
							all.add(v)
							break
						}
					}()
					<-done
					if err := outer.Close(); err != nil {
						t.Errorf("Close() = %v", err)
					}
					if got, want := all.sorted(), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
						t.Errorf("delivered or given back: %v, want %v", got, want)
					}
					if n := len(sunk.sorted()); n != 9 {
						t.Errorf("%d reports, want one for each of 9 values", n)
					}
				})
			})
		}
	}
}

// TestInputsThatWaitGetTheirTurnWhenDiscardGoesWrong is about values that no
// call has worked on.
func TestInputsThatWaitGetTheirTurnWhenDiscardGoesWrong(t *testing.T) {
	type apply = func(stream.Stream[int], int, func(context.Context, int) (string, error), ...operators.Option) stream.Stream[string]
	for name, mapping := range map[string]apply{
		"MapParallel": operators.MapParallel[int, string],
		"MapOrdered":  operators.MapOrdered[int, string],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var given, sunk seen
				sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
					if !errors.Is(e, scope.ErrGoexit) {
						t.Errorf("the sink was told of %v", e)
					}
					sunk.add(1)
				})
				outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
				call := func(ctx context.Context, v int) (string, error) {
					if v == 0 {
						return "first", nil
					}
					<-ctx.Done()
					return "", ctx.Err()
				}
				for range mapping(stream.Range(0, 10), 2, call, operators.Discard(func(v int) {
					given.add(v)
					runtime.Goexit()
				})).All(outer.Context()) {
					time.Sleep(time.Second)
					break
				}
				if err := outer.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
				if got, want := given.sorted(), []int{3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) || len(sunk.sorted()) != 7 {
					t.Errorf("given back: %v with %d reports, want each of %v once", got, len(sunk.sorted()), want)
				}
			})
		})
	}
}

// A stuck is a closer that fails.
type stuck struct{ err error }

func (s *stuck) Close() error { return s.err }

func TestErrorOfCloseReachesTheSink(t *testing.T) {
	make3 := func(context.Context) (*stuck, error) { return &stuck{errCut}, nil }
	srcs := func(yield func(stream.Stream[*stuck]) bool) {
		yield(stream.Of(&stuck{errCut}, &stuck{errCut}, &stuck{errCut}))
	}
	tests := map[string]stream.Stream[*stuck]{
		"operators: AsCompleted": operators.AsCompleted(make3, make3, make3),
		"merge: Merge":           merge.Merge(stream.Of(&stuck{errCut}), stream.Of(&stuck{errCut}), stream.Of(&stuck{errCut})),
		"merge: MergeSeq":        merge.MergeSeq(srcs, 1),
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sunk seen
				sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
					if want := name + ": discarding a value: " + errCut.Error(); e.Err.Error() != want {
						t.Errorf("the sink was told %q, want %q", e.Err, want)
					}
					sunk.add(1)
				})
				outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
				for range s.All(outer.Context()) {
					time.Sleep(time.Second)
					break
				}
				if err := outer.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
				if n := len(sunk.sorted()); n != 2 {
					t.Errorf("%d reports, want 2", n)
				}
			})
		})
	}
}

func TestInputsAndResultsHaveADiscardEach(t *testing.T) {
	type in struct{ n int }
	type out struct{ n int }
	call := func(ctx context.Context, v in) (out, error) {
		rest(ctx)
		return out(v), nil
	}
	type apply = func(stream.Stream[in], int, func(context.Context, in) (out, error), ...operators.Option) stream.Stream[out]
	for name, mapping := range map[string]apply{
		"MapParallel": operators.MapParallel[in, out],
		"MapOrdered":  operators.MapOrdered[in, out],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var read, delivered, inputs, outputs seen
				src := operators.Map(stream.Range(0, 1000), func(n int) in { read.add(n); return in{n} })
				s := mapping(src, 3, call,
					operators.Discard(func(in) { t.Error("of several Discards for one type the last counts") }),
					operators.Discard(func(v in) { inputs.add(v.n) }),
					operators.Discard(func(v out) { outputs.add(v.n) }))
				for v := range s.All(t.Context()) {
					delivered.add(v.n)
					if v.n >= 10 {
						break
					}
				}
				all := slices.Concat(delivered.sorted(), inputs.sorted(), outputs.sorted())
				slices.Sort(all)
				if want := read.sorted(); !slices.Equal(all, want) {
					t.Errorf("accounted for %v, read %v", all, want)
				}
				if len(inputs.sorted()) == 0 || len(outputs.sorted()) == 0 {
					t.Errorf("%d inputs and %d outputs given back, want some of each", len(inputs.sorted()), len(outputs.sorted()))
				}
			})
		})
	}
}

func TestDiscardOfAnotherTypePanicsAtOnce(t *testing.T) {
	wrong := operators.Discard(func(string) {})
	tests := map[string]func(){
		"operators: MapParallel: Discard is func(string), want [func(int) func(bool)]": func() {
			operators.MapParallel(stream.Of(1), 1, func(context.Context, int) (bool, error) { return true, nil }, wrong)
		},
		"operators: MapOrdered: Discard is func(string), want [func(int) func(bool)]": func() {
			operators.MapOrdered(stream.Of(1), 1, func(context.Context, int) (bool, error) { return true, nil }, wrong)
		},
		"operators: AsCompletedSeq: Discard is func(string), want [func(int)]":     func() { operators.AsCompletedSeq(tenFns(), 1, wrong) },
		"operators: AsCompletedIndexed: Discard is func(string), want [func(int)]": func() { operators.AsCompletedIndexed(tenFns(), 1, wrong) },
		"merge: MergeSeq: Discard is func(string), want [func(int)]": func() {
			merge.MergeSeq(slices.Values([]stream.Stream[int]{}), 1, merge.Discard(func(string) {}))
		},
		"operators: Discard: f is nil": func() { operators.Discard[int](nil) },
		"merge: Discard: f is nil":     func() { merge.Discard[int](nil) },
	}
	for want, f := range tests {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			f()
		}()
	}
}

func TestDiscarderNeedsNoScope(t *testing.T) {
	l := newLedger(t)
	defer l.logged()()
	v := l.value(0, "test")
	fan.Discarding[*item]("test", nil)(t.Context(), v)
	fan.Discarding[*stuck]("test", nil)(t.Context(), &stuck{l.failure(0, "close")})
	fan.Discarding[*stuck]("test", nil)(t.Context(), nil)
	fan.Discarding[int]("test", nil)(t.Context(), 1)
	if fates := l.fates(); fates["closed"] != 1 || fates["sunk"] != 1 {
		t.Errorf("fates %v, want one closed and one sunk", fates)
	}
}
