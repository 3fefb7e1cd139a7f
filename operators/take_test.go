package operators_test

import (
	"context"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// asked returns what a run of s gives, and how many events the source was
// asked for.
func asked(t *testing.T, apply func(stream.Stream[int]) stream.Stream[int], events []stream.Event[int]) (got []stream.Event[int], n int) {
	t.Helper()
	p := &probe{events: events, before: func(k int) { n = k + 1 }}
	return collect(t, t.Context(), apply(p.stream())), n
}

func TestTakeStopsOnTheLastValue(t *testing.T) {
	for n := range 5 {
		got, asks := asked(t, func(s stream.Stream[int]) stream.Stream[int] { return operators.Take(s, n) }, values(1, 2, 3, 4, 5))
		if want := values(1, 2, 3, 4, 5)[:n]; !slices.Equal(got, want) || asks != n {
			t.Errorf("Take %d: got %v after asking %d times, want %v after %d", n, got, asks, want, n)
		}
	}
}

func TestTakeReturnsOnTheLastValueOfAStreamThatNeverEnds(t *testing.T) {
	endless := stream.Generate(1, nil, double)
	got, err := operators.Take(endless, 3).Collect(t.Context())
	if want := []int{1, 2, 4}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestTakeZeroNeverStartsItsSource(t *testing.T) {
	p := &probe{events: values(1)}
	got := collect(t, t.Context(), operators.Take(p.stream(), 0))
	if len(got) > 0 || p.opened.Load() != 0 {
		t.Errorf("got %v, source started %d times, want none", got, p.opened.Load())
	}
}

func TestTakeDoesNotCountErrors(t *testing.T) {
	in := []stream.Event[int]{{Err: errBoom}, {Value: 1}, {Err: errBoom}, {Err: errBoom}, {Value: 2}, {Err: errBoom}}
	got, asks := asked(t, func(s stream.Stream[int]) stream.Stream[int] { return operators.Take(s, 2) }, in)
	if want := in[:5]; !slices.Equal(got, want) || asks != 5 {
		t.Errorf("got %v after asking %d times, want %v after 5", got, asks, want)
	}
}

func TestTakeIsNotCutByWhatComesAfterTheLastValue(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src := (&probe{events: values(1, 2, 3)}).stream()
	got := consume(t, ctx, operators.Take(src, 2), 1, leaving{"cut", func() bool { cancel(errCut); return true }})
	if want := values(1, 2); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTakeWhileEndsWithoutTheFirstValueThatFails(t *testing.T) {
	got, asks := asked(t, func(s stream.Stream[int]) stream.Stream[int] { return operators.TakeWhile(s, below(3)) }, values(1, 2, 3, 1))
	if want := values(1, 2); !slices.Equal(got, want) || asks != 3 {
		t.Errorf("got %v after asking %d times, want %v after 3", got, asks, want)
	}
}

func TestSkipDoesNotCountErrors(t *testing.T) {
	in := []stream.Event[int]{{Err: errBoom}, {Value: 1}, {Err: errBoom}, {Value: 2}, {Value: 3}}
	got := collect(t, t.Context(), operators.Skip((&probe{events: in}).stream(), 2))
	if want := []stream.Event[int]{{Err: errBoom}, {Err: errBoom}, {Value: 3}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFilterDoesNotShowErrors(t *testing.T) {
	in := []stream.Event[int]{{Err: errBoom}, {Value: 1}, {Value: 2}}
	var seen []int
	got := collect(t, t.Context(), operators.Filter((&probe{events: in}).stream(), func(v int) bool {
		seen = append(seen, v)
		return even(v)
	}))
	if want := []stream.Event[int]{{Err: errBoom}, {Value: 2}}; !slices.Equal(got, want) || !slices.Equal(seen, []int{1, 2}) {
		t.Errorf("got %v with pred called on %v, want %v, [1 2]", got, seen, want)
	}
}
