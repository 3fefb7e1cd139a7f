package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// A sloppy source does not look at the context.
func sloppy(events ...stream.Event[int]) stream.Stream[int] {
	return func(_ context.Context, yield func(int, error) bool) {
		for _, e := range events {
			if !yield(e.Value, e.Err) {
				return
			}
		}
	}
}

// A wordyError cannot be compared.
type wordyError []string

func (e wordyError) Error() string { return fmt.Sprint([]string(e)) }

func TestMapErrGivesTheContextOfTheRun(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "v")
	s := operators.MapErr(stream.Of(1), func(ctx context.Context, _ int) (any, error) { return ctx.Value(key{}), nil })
	if got, err := s.First(ctx); got != "v" || err != nil {
		t.Errorf("value in the context of f = %v, %v, want v", got, err)
	}
}

// The sources here are the strictest and the laxest of those that keep the
// contract: one looks at the context after its last item, one does not.
func TestMapErrTellsACutOnceWhereverTheFunctionLearnsOfIt(t *testing.T) {
	sources := map[string]stream.Stream[int]{
		"knows its end": stream.Of(1, 2, 3),
		"does not":      (&probe{events: values(1, 2, 3)}).stream(),
	}
	answers := map[string]func(ctx context.Context) error{
		"Err":         func(ctx context.Context) error { return ctx.Err() },
		"cause":       context.Cause,
		"wrapped":     func(ctx context.Context) error { return fmt.Errorf("asking: %w", ctx.Err()) },
		"both joined": func(ctx context.Context) error { return errors.Join(ctx.Err(), context.Cause(ctx)) },
	}
	for name, src := range sources {
		for answer, err := range answers {
			for at := 1; at <= 3; at++ {
				ctx, cancel := context.WithCancelCause(t.Context())
				got := collect(t, ctx, operators.MapErr(src, func(ctx context.Context, v int) (int, error) {
					if v == at {
						cancel(errCut)
						return v, err(ctx)
					}
					return v, nil
				}))
				want := append(values(1, 2, 3)[:at-1], stream.Event[int]{Err: errCut})
				if !slices.Equal(got, want) {
					t.Errorf("source %s, %s at %d: got %v, want %v", name, answer, at, got, want)
				}
			}
		}
	}
}

func TestMapErrErrorThatIsMoreThanTheCutIsNotLost(t *testing.T) {
	for _, failure := range []error{errBoom, wordyError{"a", "b"}, errors.Join(context.Canceled, errBoom)} {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := (&probe{events: values(1, 2)}).stream()
		got := collect(t, ctx, operators.MapErr(src, func(context.Context, int) (int, error) {
			cancel(errCut)
			return 0, failure
		}))
		if len(got) != 2 || got[0].Err.Error() != failure.Error() || got[1].Err != errCut { //nolint:errorlint // the error itself
			t.Errorf("got %v, want %v and the cause", got, failure)
		}
	}
}

func TestMapErrStrayCancellationIsAFailure(t *testing.T) {
	got := collect(t, t.Context(), operators.MapErr(stream.Of(1, 2), func(_ context.Context, v int) (int, error) {
		if v == 1 {
			return 0, context.Canceled
		}
		return v, nil
	}))
	if want := []stream.Event[int]{{Err: context.Canceled}, {Value: 2}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMapErrTellsNothingAfterTheConsumerStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := operators.MapErr(sloppy(values(1, 2, 3)...), func(ctx context.Context, v int) (int, error) {
		if v == 1 {
			cancel(errCut)
			return 0, ctx.Err()
		}
		return v, nil
	})
	got := consume(t, ctx, s, 0, leavings[0]) // the range statement panics if it goes on
	if want := values(2); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScanStartsEachRunWithTheSeed(t *testing.T) {
	s := operators.Scan(stream.Of("b", "c"), "a", func(acc, v string) string { return acc + v })
	for range 2 {
		got, err := s.Collect(t.Context())
		if want := []string{"ab", "abc"}; !slices.Equal(got, want) || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestScanErrorLeavesTheAccumulator(t *testing.T) {
	src := (&probe{events: []stream.Event[int]{{Value: 1}, {Err: errBoom}, {Value: 2}}}).stream()
	got := collect(t, t.Context(), operators.Scan(src, 10, sum))
	if want := []stream.Event[int]{{Value: 11}, {Err: errBoom}, {Value: 13}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
