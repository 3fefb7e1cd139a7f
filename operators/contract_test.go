package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

const length = 6

// eachOperator runs f for each operator over some sources.
func eachOperator(t *testing.T, f func(t *testing.T, op operator, events []stream.Event[int])) {
	for _, op := range synchronous() {
		for _, mask := range []uint{0, 0b0000100, 0b1101011} {
			t.Run(fmt.Sprintf("%s/errors %07b", op.name, mask), func(t *testing.T) { f(t, op, failing(length, mask)) })
		}
	}
}

// emitted runs op over events. It returns what came out, and how many of that
// had come when the k-th event was due, for as many k as the source got to.
func emitted(ctx context.Context, op operator, events []stream.Event[int]) (out []event, due []int) {
	p := &probe{events: events, before: func(int) { due = append(due, len(out)) }}
	for v, err := range op.apply(p.stream()).All(ctx) {
		out = append(out, event{Value: v, Err: err})
	}
	return out, due
}

func TestE0ErrorsPassAtOnceInTheirPlace(t *testing.T) {
	for _, op := range synchronous() {
		t.Run(op.name, func(t *testing.T) {
			plain, due := emitted(t.Context(), op, failing(length, 0))
			for mask := range uint(1) << (length + 1) {
				var want []event
				if op.want != nil {
					want = op.want(failing(length, mask))
				} else {
					from := 0
					for k, n := range due {
						want = append(want, plain[from:n]...)
						from = n
						if mask&(1<<k) != 0 {
							want = append(want, event{Err: errBoom})
						}
					}
					want = append(want, plain[from:]...)
				}
				got := collect(t, t.Context(), op.apply((&probe{events: failing(length, mask)}).stream()))
				if !slices.Equal(got, want) {
					t.Errorf("errors at %07b: got %v, want %v", mask, got, want)
				}
			}
		})
	}
}

func TestRules1And5ConsumerLeavesAtAnyEvent(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		ctx, _ := newSink(t)
		all, _ := emitted(t.Context(), op, events)
		for _, l := range leavings {
			for at := range all {
				p := &probe{events: events}
				// The range statement panics if it is handed an event after it
				// was left.
				got := consume(t, ctx, op.apply(p.stream()), at, l)
				if !slices.Equal(got, all[:at+1]) {
					t.Errorf("%s at %d: got %v, want %v", l.name, at, got, all[:at+1])
				}
				if p.open() != 0 {
					t.Errorf("%s at %d: source has not returned", l.name, at)
				}
			}
		}
	})
}

func TestRule4CauseComesOnceAndLastWhenTheConsumerCuts(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		all, _ := emitted(t.Context(), op, events)
		for at := range all {
			ctx, cancel := context.WithCancelCause(t.Context())
			p := &probe{events: events}
			over := false
			got := consume(t, ctx, op.apply(p.stream()), at, leaving{"cut", func() bool {
				over = p.open() == 0
				cancel(errCut)
				return true
			}})
			want := append(slices.Clone(all[:at+1]), event{Err: errCut})
			switch {
			case (over || p.stopped.Load()) && (!op.adds || at == len(all)-1):
				want = all // stopped by the operator, which had all it wanted
			case len(got) == len(want)+1:
				// An error that was on its way, behind the part before it.
				want = slices.Insert(want, at+1, event{Err: errBoom})
			}
			if !slices.Equal(got, want) {
				t.Errorf("cut at %d: got %v, want %v", at, got, want)
			}
			if p.open() != 0 {
				t.Errorf("cut at %d: source has not returned", at)
			}
		}
	})
}

func TestRule4NothingPendingIsDeliveredWhenTheSourceIsCut(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		all, due := emitted(t.Context(), op, events)
		for k, n := range due {
			ctx, cancel := context.WithCancelCause(t.Context())
			asked := 0 // in several runs of the source, if the operator has them
			p := &probe{events: events, before: func(int) {
				if asked == k {
					cancel(errCut)
				}
				asked++
			}}
			got := collect(t, ctx, op.apply(p.stream()))
			if want := append(slices.Clone(all[:n]), event{Err: errCut}); !slices.Equal(got, want) {
				t.Errorf("cut before source event %d: got %v, want %v", k, got, want)
			}
		}
	})
}

func TestRule4EndedContextYieldsTheCauseAlone(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		got := collect(t, ctx, op.apply((&probe{events: events}).stream()))
		if want := []event{{Err: errCut}}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestRule4CauseIsPassedOnWhenTheConsumerLeavesOnIt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		for _, l := range leavings {
			got := consume(t, ctx, op.apply((&probe{events: events}).stream()), 0, l)
			if want := []event{{Err: errCut}}; !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", l.name, got, want)
			}
		}
	})
}

func TestRule6RunsAgain(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		ctx, _ := newSink(t)
		s := op.apply((&probe{events: events}).stream())
		first := collect(t, t.Context(), s)
		for at := range first {
			consume(t, ctx, s, at, leavings[0])
			if again := collect(t, t.Context(), s); !slices.Equal(again, first) {
				t.Errorf("after a run that was left at %d: got %v, first %v", at, again, first)
			}
		}
	})
}

func TestRule6RunsAtTheSameTime(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		want, due := emitted(t.Context(), op, events)
		// Each run waits for the other in the middle, so that the two lie
		// within each other. The bubble makes a run that never gets there a
		// failure instead of a hang.
		synctest.Test(t, func(t *testing.T) {
			var meet sync.WaitGroup
			meet.Add(2)
			s := op.apply((&probe{events: events, before: func(k int) {
				if k == len(due)/2 {
					meet.Done()
					meet.Wait()
				}
			}}).stream())
			var runs sync.WaitGroup
			for range 2 {
				runs.Go(func() {
					if got := collect(t, t.Context(), s); !slices.Equal(got, want) {
						t.Errorf("got %v, want %v", got, want)
					}
				})
			}
			runs.Wait()
		})
	})
}

func TestRule7PanicOfTheSourceReachesTheRunner(t *testing.T) {
	eachOperator(t, func(t *testing.T, op operator, events []stream.Event[int]) {
		_, due := emitted(t.Context(), op, events)
		for k := range due {
			asked := 0
			p := &probe{events: events, before: func(int) {
				if asked == k {
					panic(errBoom)
				}
				asked++
			}}
			s := op.apply(p.stream())
			if got := panics(t, func() { s(t.Context(), func(string, error) bool { return true }) }); got != errBoom.Error() {
				t.Errorf("at %d: panic %v, want %v", k, got, errBoom)
			}
			if p.open() != 0 {
				t.Errorf("at %d: source has not returned", k)
			}
		}
	})
}

func TestRule7PanicOfAFunctionReachesTheRunner(t *testing.T) {
	boom := func() { panic(errBoom) }
	tests := map[string]func(s stream.Stream[int]) stream.Stream[string]{
		"Map": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Map(s, func(int) int { boom(); return 0 }))
		},
		"MapErr": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.MapErr(s, func(context.Context, int) (int, error) { boom(); return 0, nil }))
		},
		"Filter": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Filter(s, func(int) bool { boom(); return true }))
		},
		"TakeWhile": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.TakeWhile(s, func(int) bool { boom(); return true }))
		},
		"Scan": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Scan(s, 0, func(int, int) int { boom(); return 0 }))
		},
		"Tap OnValue": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Tap(s, operators.Observer[int]{OnValue: func(int) { boom() }}))
		},
		"Tap OnError": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Tap(s, operators.Observer[int]{OnError: func(error) { boom() }}))
		},
		"Tap OnEnd": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Tap(s, operators.Observer[int]{OnEnd: func(error) { boom() }}))
		},
		"Finally": func(s stream.Stream[int]) stream.Stream[string] { return text(operators.Finally(s, boom)) },
		"Catch": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Catch(s, func(error) stream.Stream[int] { boom(); return nil }))
		},
		"FilterMap": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.FilterMap(s, func(int) (int, bool) { boom(); return 0, true }))
		},
		"Transform": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Transform(s, func(context.Context, int, func(int) bool) error { boom(); return nil }))
		},
		"TakeWhileInclusive": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.TakeWhileInclusive(s, func(int) bool { boom(); return true }))
		},
		"SkipWhile": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.SkipWhile(s, func(int) bool { boom(); return true }))
		},
		"Find": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Find(s, func(int) bool { boom(); return true }))
		},
		"DistinctUntilChangedBy": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.DistinctUntilChangedBy(s, func(int) bool { boom(); return true }))
		},
		"DistinctBy": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.DistinctBy(s, func(int) bool { boom(); return true }, 1, 0))
		},
		"MapError": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.MapError(s, func(error) error { boom(); return nil }))
		},
		"OnErrorReturn": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.OnErrorReturn(s, func(error) int { boom(); return 0 }))
		},
		"FilterErrors": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.FilterErrors(s, func(error) bool { boom(); return true }))
		},
		"ErrorsTo": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.ErrorsTo(s, scope.SinkFunc(func(context.Context, *scope.TaskError) { boom() })))
		},
		"BackOffOnError": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.BackOffOnError(s, func() scope.BackOff { boom(); return nil }))
		},
		"WithItem": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.WithItem(s, func(context.Context, int) (int, error) { boom(); return 0, nil }))
		},
		"MapRetry": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.MapRetry(s, func(context.Context, int) (int, error) { boom(); return 0, nil }))
		},
		"RetryIf": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.Retry(s, operators.RetryIf(func(error) bool { boom(); return true })))
		},
		"ChunkWhile": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.ChunkWhile(stream.Range(0, 2), 9, func(int, int) bool { boom(); return true }))
		},
		"ConcatMap": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.ConcatMap(s, func(int) ints { boom(); return nil }))
		},
		"SwitchMap": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.SwitchMap(s, func(int) ints { boom(); return nil }))
		},
		"ExhaustMap": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.ExhaustMap(s, func(int) ints { boom(); return nil }))
		},
		"GroupBy": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.GroupBy(s, func(int) bool { boom(); return true }, 1, 0))
		},
		"Partition": func(s stream.Stream[int]) stream.Stream[string] {
			yes, _ := operators.Partition(s, func(int) bool { boom(); return true })
			return text(yes)
		},
		"NextBackOff": func(s stream.Stream[int]) stream.Stream[string] {
			return text(operators.BackOffOnError(s, func() scope.BackOff { return boomBackOff{} }))
		},
	}
	for name, apply := range tests {
		t.Run(name, func(t *testing.T) {
			p := &probe{events: []stream.Event[int]{{Value: 1}, {Err: errors.New("of the source")}, {Value: 2}}}
			s := apply(p.stream())
			if got := panics(t, func() { s(t.Context(), func(string, error) bool { return true }) }); got != errBoom.Error() {
				t.Errorf("panic %v, want %v", got, errBoom)
			}
			if p.open() != 0 {
				t.Error("source has not returned")
			}
		})
	}
}

// boomBackOff is a back-off that panics.
type boomBackOff struct{}

func (boomBackOff) NextBackOff() time.Duration { panic(errBoom) }
