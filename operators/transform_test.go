package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func TestPairwisePairsAcrossAnError(t *testing.T) {
	happens(t, operators.Pairwise(every(time.Second, 1, 2, errBoom, 3)), "2s [1 2]", "3s boom", "4s [2 3]", "4s end")
	happens(t, operators.Pairwise(every(time.Second, 1, errBoom)), "2s boom", "2s end")
}

func TestWithIndexDoesNotCountErrors(t *testing.T) {
	happens(t, operators.WithIndex(every(time.Second, 7, errBoom, 8)), "1s {0 7}", "2s boom", "3s {1 8}", "3s end")
}

func TestTimestampIsTheInstantOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for v, err := range operators.Timestamp(every(time.Second, 1, errBoom, 3)).All(t.Context()) {
			if want := start.Add(time.Duration(v.Value) * time.Second); err == nil && !v.Time.Equal(want) {
				t.Errorf("value %d at %v, want %v", v.Value, v.Time, want)
			}
			time.Sleep(500 * time.Millisecond)
			start = start.Add(500 * time.Millisecond)
		}
	})
}

func TestTimeIntervalBeginsWithTheRunAndAtValues(t *testing.T) {
	s := operators.TimeInterval(every(time.Second, 1, errBoom, 2, 3))
	for range 2 {
		happens(t, s, "1s {1s 1}", "2s boom", "3s {2s 2}", "4s {1s 3}", "4s end")
	}
}

func TestTransformEmitsInPlaceAndThenItsError(t *testing.T) {
	s := operators.Transform(every(time.Second, 0, 2, errBoom, 1), func(ctx context.Context, v int, emit func(string) bool) error {
		for i := range v {
			time.Sleep(time.Second)
			emit(fmt.Sprint(v, ".", i))
		}
		if v == 2 {
			return errors.New("of f")
		}
		return nil
	})
	happens(t, s, "3s 2.0", "4s 2.1", "4s of f", "5s boom", "7s 1.0", "7s end")
}

func TestTransformThatGoesOnAfterTheConsumerLosesNothing(t *testing.T) {
	for _, l := range leavings {
		ctx, told := newSink(t)
		var discarded []int
		f := func(_ context.Context, v int, emit func(int) bool) error {
			defer func() { emit(v + 2) }() // also while a panic passes
			if emit(v) || emit(v+1) {
				t.Errorf("%s: emit() = true after the consumer has stopped", l.name)
			}
			return errBoom
		}
		discard := operators.Discard(func(v int) { discarded = append(discarded, v) })
		got := consume(t, ctx, operators.Transform(stream.Of(10, 20), f, discard), 0, l)
		if want := values(10); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", l.name, got, want)
		}
		lost, sunk := []int{12}, 0
		if l.name == "break" {
			lost, sunk = []int{11, 12}, 1
		}
		if !slices.Equal(discarded, lost) || len(told()) != sunk {
			t.Errorf("%s: discarded %v with %v in the sink, want %v and %d", l.name, discarded, told(), lost, sunk)
		}
	}
}

func TestTransformIsToldOfACutAndTellsItOnce(t *testing.T) {
	sources := map[string]ints{"knows its end": stream.Of(1), "does not": (&probe{events: values(1)}).stream()}
	answers := map[string]func(ctx context.Context) error{"nil": func(context.Context) error { return nil }, "the cause": context.Cause}
	for name, src := range sources {
		for answer, err := range answers {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := operators.Transform(src, func(ctx context.Context, v int, emit func(int) bool) error {
				if !emit(v) || emit(v+1) {
					t.Error("emit() = false before the cut or true after it")
				}
				return err(ctx)
			})
			got := consume(t, ctx, s, 1, leaving{"cut", func() bool { cancel(errCut); return true }})
			if want := append(values(1, 2), stream.Event[int]{Err: errCut}); !slices.Equal(got, want) {
				t.Errorf("source %s, f returns %s: got %v, want %v", name, answer, got, want)
			}
		}
	}
}

func TestTransformOwesNothingToAConsumerWhosePanicFHasRecovered(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := operators.Transform(stream.Of(1), func(_ context.Context, v int, emit func(int) bool) error {
		defer func() { _ = recover() }()
		emit(v)
		emit(v + 1)
		return nil
	})
	var got []int
	s(ctx, func(v int, _ error) bool {
		cancel(errCut)
		if got = append(got, v); len(got) == 2 {
			panic(panicValue)
		}
		return true
	})
	if want := []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("yield was called with %v, want %v", got, want)
	}
}

func TestDematerializeStopsItsSourceAtTheEnd(t *testing.T) {
	type told = stream.Event[int]
	wrapped := fmt.Errorf("not the %w", operators.ErrEnd)
	asked := 0
	src := operators.Tap(stream.Of(told{Value: 1}, told{Err: wrapped}, told{Err: operators.ErrEnd}, told{Value: 2}),
		operators.Observer[told]{OnValue: func(told) { asked++ }})
	got := collect(t, t.Context(), operators.Dematerialize(src))
	if want := []told{{Value: 1}, {Err: wrapped}}; !slices.Equal(got, want) || asked != 3 {
		t.Errorf("got %v after %d events, want %v after 3", got, asked, want)
	}
}

func TestDematerializeTellsACutOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src := func(_ context.Context, yield func(stream.Event[int], error) bool) {
		cancel(errCut)
		yield(stream.Event[int]{Err: context.Canceled}, nil)
	}
	if got := collect(t, ctx, operators.Dematerialize(src)); !slices.Equal(got, []stream.Event[int]{{Err: errCut}}) {
		t.Errorf("got %v, want %v", got, errCut)
	}
}

func TestUnbatchEmitsNothingAfterACutWithinASlice(t *testing.T) {
	for name, src := range map[string]stream.Stream[[]int]{
		"knows its end": stream.Of([]int{1, 2, 3}),
		"does not":      operators.Chunk((&probe{events: values(1, 2, 3)}).stream(), 3),
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var discarded []int
		s := operators.Unbatch(src, operators.Discard(func(v int) { discarded = append(discarded, v) }))
		got := consume(t, ctx, s, 0, leaving{"cut", func() bool { cancel(errCut); return true }})
		if want := append(values(1), stream.Event[int]{Err: errCut}); !slices.Equal(got, want) || !slices.Equal(discarded, []int{2, 3}) {
			t.Errorf("source %s: got %v with %v discarded, want %v with [2 3]", name, got, discarded, want)
		}
	}
}
