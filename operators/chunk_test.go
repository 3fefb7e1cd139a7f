package operators_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// A ledger holds what a run of Chunk was given, and where that came out.
type ledger struct {
	produced, delivered, discarded []int
	failed, received, sunk         int // errors, the cause of a cut apart
	causes                         int
}

// account runs Chunk over events. The consumer leaves at event number at, and
// the run is cut before the source's event number cut; -1 is never.
func account(t *testing.T, n int, events []stream.Event[int], at int, l leaving, cut int) (b ledger) {
	t.Helper()
	ctx, told := newSink(t)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := &probe{events: events, before: func(k int) {
		if k == cut {
			cancel(errCut)
		}
	}}
	src := operators.Tap(p.stream(), operators.Observer[int]{
		OnValue: func(v int) { b.produced = append(b.produced, v) },
		OnError: func(err error) {
			if err == errBoom { //nolint:errorlint // the error itself
				b.failed++
			}
		},
	})
	discard := operators.Discard(func(v int) { b.discarded = append(b.discarded, v) })
	for _, e := range consume(t, ctx, operators.Chunk(src, n, discard), at, l) {
		b.delivered = append(b.delivered, e.Value...)
		switch e.Err {
		case nil:
		case errBoom: //nolint:errorlint // the error itself
			b.received++
		case errCut:
			b.causes++
		default:
			t.Errorf("consumer got %v", e.Err)
		}
	}
	for _, err := range told() {
		if err != errBoom { //nolint:errorlint // the error itself
			t.Errorf("sink got %v", err)
		}
		b.sunk++
	}
	return b
}

func (b *ledger) check(t *testing.T, what string) {
	t.Helper()
	if got := slices.Concat(b.delivered, b.discarded); !slices.Equal(got, b.produced) {
		t.Errorf("%s: produced %v, delivered %v, discarded %v", what, b.produced, b.delivered, b.discarded)
	}
	if b.failed != b.received+b.sunk {
		t.Errorf("%s: %d errors, %d received, %d in the sink", what, b.failed, b.received, b.sunk)
	}
}

func TestChunkLosesNothingWhenTheConsumerLeaves(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for mask := range uint(1) << 6 {
			events := failing(5, mask)
			for _, l := range leavings {
				for at := range events {
					b := account(t, n, events, at, l, -1)
					b.check(t, fmt.Sprintf("n %d, errors %06b, %s at %d", n, mask, l.name, at))
				}
			}
		}
	}
}

func TestChunkLosesNothingWhenTheRunIsCut(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for mask := range uint(1) << 6 {
			events := failing(5, mask)
			for cut := range len(events) + 1 {
				b := account(t, n, events, -1, stay, cut)
				what := fmt.Sprintf("n %d, errors %06b, cut before %d", n, mask, cut)
				b.check(t, what)
				if b.causes != 1 {
					t.Errorf("%s: %d causes, want 1", what, b.causes)
				}
			}
		}
	}
}

func TestChunkLosesNothingWhenTheSourcePanics(t *testing.T) {
	ctx, told := newSink(t)
	var discarded []int
	p := &probe{events: values(1, 2, 3), before: func(k int) {
		if k == 2 {
			panic(errBoom)
		}
	}}
	s := operators.Chunk(p.stream(), 4, operators.Discard(func(v int) { discarded = append(discarded, v) }))
	panics(t, func() { s(ctx, func([]int, error) bool { return true }) })
	if want := []int{1, 2}; !slices.Equal(discarded, want) || len(told()) > 0 {
		t.Errorf("discarded %v, sink got %v, want %v and nothing", discarded, told(), want)
	}
}

// The source here ends without a look at the context, as one may that knows
// its last item.
func TestChunkDeliversNothingPendingIfTheCutComesAtTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var discarded []int
	src := operators.Map(stream.Of(1, 2, 3), func(v int) int {
		if v == 3 {
			cancel(errCut)
		}
		return v
	})
	got := flat(collect(t, ctx, operators.Chunk(src, 2, operators.Discard(func(v int) { discarded = append(discarded, v) }))))
	want := []event{{Value: "[1 2]"}, {Err: errCut}}
	if !slices.Equal(got, want) || !slices.Equal(discarded, []int{3}) {
		t.Errorf("got %v, discarded %v, want %v, [3]", got, discarded, want)
	}
}

func TestChunkErrorDuringACutPassesWithoutThePendingValues(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var discarded []int
	src := operators.MapErr((&probe{events: values(1, 2, 3)}).stream(), func(_ context.Context, v int) (int, error) {
		if v == 2 {
			cancel(errCut)
			return 0, errBoom
		}
		return v, nil
	})
	got := flat(collect(t, ctx, operators.Chunk(src, 5, operators.Discard(func(v int) { discarded = append(discarded, v) }))))
	want := []event{{Err: errBoom}, {Err: errCut}}
	if !slices.Equal(got, want) || !slices.Equal(discarded, []int{1}) {
		t.Errorf("got %v, discarded %v, want %v, [1]", got, discarded, want)
	}
}

func flat(events []stream.Event[[]int]) []event {
	var out []event
	for _, e := range events {
		if e.Err != nil {
			out = append(out, event{Err: e.Err})
		} else {
			out = append(out, event{Value: fmt.Sprint(e.Value)})
		}
	}
	return out
}

func TestChunkSlicesAreTheConsumersToKeep(t *testing.T) {
	var all [][]int
	for chunk, err := range operators.Chunk(stream.Range(0, 20), 3).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk)
		_ = append(chunk, -1, -2, -3)
	}
	if got := slices.Concat(all...); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}) {
		t.Errorf("after the run the slices hold %v", got)
	}
}

func TestChunkTakesMemoryForWhatComesOnly(t *testing.T) {
	got, err := operators.Chunk(stream.Of(1, 2, 3), 1<<60).Collect(t.Context())
	if err != nil || len(got) != 1 || !slices.Equal(got[0], []int{1, 2, 3}) {
		t.Errorf("got %v, %v, want one slice", got, err)
	}
}

// unread runs a Chunk whose consumer never sees the values.
func unread[T any](t *testing.T, ctx context.Context, opts []operators.Option, vs ...T) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(ctx)
	last := len(vs)
	src := operators.Map(stream.FromSlice(vs), func(v T) T {
		if last--; last == 0 {
			cancel(errCut)
		}
		return v
	})
	if _, err := operators.Chunk(src, len(vs)+1, opts...).Collect(ctx); err != errCut { //nolint:errorlint // the error itself
		t.Errorf("Collect() = %v, want %v", err, errCut)
	}
}

func TestDiscardThatPanicsGetsTheRemainingValues(t *testing.T) {
	ctx, told := newSink(t)
	var discarded []int
	unread(t, ctx, []operators.Option{operators.Discard(func(v int) {
		discarded = append(discarded, v)
		if v == 2 {
			panic(errBoom)
		}
	})}, 1, 2, 3)
	if want := []int{1, 2, 3}; !slices.Equal(discarded, want) {
		t.Errorf("discarded %v, want %v", discarded, want)
	}
	if errs := told(); len(errs) != 1 || !errors.Is(errs[0], errBoom) {
		t.Errorf("sink got %v, want the panic", errs)
	}
}

func TestDiscardThatExitsGetsTheRemainingValues(t *testing.T) {
	ctx, _ := newSink(t)
	var discarded []int
	done := make(chan struct{})
	go func() {
		defer close(done)
		unread(t, ctx, []operators.Option{operators.Discard(func(v int) {
			discarded = append(discarded, v)
			runtime.Goexit()
		})}, 1, 2, 3)
		t.Error("Goexit did not go on")
	}()
	<-done
	if want := []int{1, 2, 3}; !slices.Equal(discarded, want) {
		t.Errorf("discarded %v, want %v", discarded, want)
	}
}

func TestDiscardThatPanicsDoesNotHideAPanicOfTheConsumer(t *testing.T) {
	ctx, told := newSink(t)
	src := (&probe{events: []stream.Event[int]{{Value: 1}, {Value: 2}, {Value: 3}}, before: func(k int) {
		if k == 3 {
			panic(panicValue)
		}
	}}).stream()
	s := operators.Chunk(src, 2, operators.Discard(func(int) { panic(errBoom) }))
	if got := panics(t, func() { s(ctx, func([]int, error) bool { return true }) }); got != panicValue {
		t.Errorf("panic %q, want %q", got, panicValue)
	}
	if errs := told(); len(errs) != 1 || !errors.Is(errs[0], errBoom) {
		t.Errorf("sink got %v, want the panic of the discard function", errs)
	}
}

// A door counts how often it is closed.
type door struct {
	closed int
	err    error
}

func (d *door) Close() error { d.closed++; return d.err }

func TestDiscardByDefaultClosesClosers(t *testing.T) {
	ctx, told := newSink(t)
	doors := []*door{{}, {err: errBoom}, {}}
	unread(t, ctx, nil, doors...)
	for i, d := range doors {
		if d.closed != 1 {
			t.Errorf("door %d closed %d times, want 1", i, d.closed)
		}
	}
	if errs := told(); len(errs) != 1 || !errors.Is(errs[0], errBoom) {
		t.Errorf("sink got %v, want %v", errs, errBoom)
	}
}

func TestDiscardReplacesClosing(t *testing.T) {
	d := &door{}
	var got *door
	unread(t, t.Context(), []operators.Option{operators.Discard(func(d *door) { got = d })}, d)
	if got != d || d.closed != 0 {
		t.Errorf("discarded %p, closed %d times, want %p, 0", got, d.closed, d)
	}
}
