package operators_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestPredicatesStopTheSourceOnTheDecidingValue(t *testing.T) {
	tests := []struct {
		name  string
		apply func(s ints) ints
		want  []int
		asks  int
	}{
		{"TakeWhileInclusive", func(s ints) ints { return operators.TakeWhileInclusive(s, below(3)) }, []int{1, 2, 3}, 3},
		{"Find", func(s ints) ints { return operators.Find(s, even) }, []int{2}, 2},
		{"Find none", func(s ints) ints { return operators.Find(s, below(0)) }, nil, 6},
		{"ElementAt 0", func(s ints) ints { return operators.ElementAt(s, 0) }, []int{1}, 1},
		{"ElementAt 4", func(s ints) ints { return operators.ElementAt(s, 4) }, []int{5}, 5},
		{"ElementAt 5", func(s ints) ints { return operators.ElementAt(s, 5) }, nil, 6},
	}
	for _, tt := range tests {
		got, asks := asked(t, tt.apply, values(1, 2, 3, 4, 5))
		if !slices.Equal(got, values(tt.want...)) || asks != tt.asks {
			t.Errorf("%s: got %v after asking %d times, want %v after %d", tt.name, got, asks, tt.want, tt.asks)
		}
	}
}

func TestSkipWhileShowsNoValueAfterTheFirstItEmits(t *testing.T) {
	var shown []int
	s := operators.SkipWhile(every(time.Second, 1, errBoom, 5, 1), func(v int) bool {
		shown = append(shown, v)
		return v < 3
	})
	happens(t, s, "2s boom", "3s 5", "4s 1", "4s end")
	if !slices.Equal(shown, []int{1, 5}) {
		t.Errorf("pred was shown %v, want [1 5]", shown)
	}
}

func TestTakeLastEmitsAtTheEndAndErrorsAtOnce(t *testing.T) {
	src := every(time.Second, 1, 2, errBoom, 3)
	happens(t, operators.TakeLast(src, 2), "3s boom", "4s 2", "4s 3", "4s end")
	happens(t, operators.TakeLast(every(time.Second, 1), 2), "1s 1", "1s end")
}

func TestSkipLastEmitsEachAfterTheNthBehindIt(t *testing.T) {
	happens(t, operators.SkipLast(every(time.Second, 1, 2, errBoom, 3, 4), 2), "3s boom", "4s 1", "5s 2", "5s end")
}

func TestDistinctUntilChangedForgetsNothingAtAnError(t *testing.T) {
	happens(t, operators.DistinctUntilChanged(every(time.Second, 0, errBoom, 0, 1, 1, 0)),
		"1s 0", "2s boom", "4s 1", "6s 0", "6s end")
}

func TestDistinctForgetsTheOldestBeyondItsSize(t *testing.T) {
	// 1 is dropped at 3s, which does not make it younger: 3 pushes it out.
	happens(t, operators.Distinct(every(time.Second, 1, 2, 1, 3, 1, 3), 2, 0), "1s 1", "2s 2", "4s 3", "5s 1", "6s end")
}

func TestDistinctForgetsAtItsAge(t *testing.T) {
	// Emitted at 1s and dropped until 3s, 1 is forgotten at 4s exactly.
	happens(t, operators.Distinct(every(time.Second, 1, 1, 1, 1, 1), 9, 3*time.Second), "1s 1", "4s 1", "5s end")
}

func TestDistinctKeepsNoValueThatDoesNotEqualItself(t *testing.T) {
	nan := math.NaN()
	got, err := operators.Distinct(stream.Of(1, nan, nan, 1), 1, 0).Collect(t.Context())
	if len(got) != 3 || err != nil {
		t.Errorf("Collect() = %v, %v, want 1 and NaN twice", got, err)
	}
}

func TestEmptyMeansWithoutAValue(t *testing.T) {
	happens(t, operators.DefaultIfEmpty(every(time.Second, errBoom), 7), "1s boom", "1s 7", "1s end")
	happens(t, operators.DefaultIfEmpty(stream.Throw[int](errBoom), 7), "0s boom", "0s 7", "0s end")
	happens(t, operators.DefaultIfEmpty(every(time.Second, 0), 7), "1s 0", "1s end")
	happens(t, operators.ThrowIfEmpty(every(time.Second, errBoom), stream.ErrEmpty), "1s boom", "1s stream: empty", "1s end")
	if _, err := operators.ThrowIfEmpty(stream.Empty[int](), stream.ErrEmpty).First(t.Context()); !stream.IsFatal(err) || !errors.Is(err, stream.ErrEmpty) {
		t.Errorf("First() = %v, want %v, fatal", err, stream.ErrEmpty)
	}
}

func TestErrorsReachTheSinkInsteadOfTheConsumer(t *testing.T) {
	known := &scope.TaskError{Path: "/elsewhere", Err: errBoom}
	var errs []*scope.TaskError
	var ctxs []context.Context
	sink := scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
		errs, ctxs = append(errs, e), append(ctxs, ctx)
	})
	s := scope.New(t.Context(), "app", scope.WithSink(sink))
	defer s.Cancel(nil)
	src := every(0, 1, errBoom, 2, known)
	for name, apply := range map[string]func(ints) ints{
		"ValuesOnly": operators.ValuesOnly[int],
		"ErrorsTo":   func(s ints) ints { return operators.ErrorsTo(s, sink) },
	} {
		errs, ctxs = nil, nil
		ctx, cancel := context.WithCancel(s.Context())
		got := collect(t, ctx, apply(src))
		cancel()
		if !slices.Equal(got, values(1, 2)) {
			t.Errorf("%s: got %v, want 1 and 2", name, got)
		}
		if len(errs) != 2 || errs[0].Path != "/app" || errs[0].Err != errBoom || errs[1] != known { //nolint:errorlint // the error itself
			t.Errorf("%s: the sink got %v, want %v of /app and %v", name, errs, errBoom, known)
		}
		for _, ctx := range ctxs {
			if ctx.Err() != nil || scope.Current(ctx) != s {
				t.Errorf("%s: the context of the sink is %v, want one of the scope that has not ended", name, ctx)
			}
		}
	}
}

func TestTakeForEndsASilentSourceOnTime(t *testing.T) {
	happens(t, operators.TakeFor(stream.Never[int](), 3*time.Second), "3s end")
	happens(t, operators.TakeFor(every(2*time.Second, 1, errBoom, 3), 5*time.Second), "2s 1", "4s boom", "5s end")
	happens(t, operators.TakeFor(every(time.Second, 1, 2), 5*time.Second), "1s 1", "2s 2", "2s end")
}

func TestTakeForTakesNothingAtItsEnd(t *testing.T) {
	var discarded []int
	late := func(ctx context.Context, yield func(int, error) bool) { // in hand when the time is over
		for v := 1; ; v++ {
			time.Sleep(time.Second)
			if !yield(v, nil) {
				return
			}
		}
	}
	happens(t, operators.TakeFor(late, 3*time.Second, operators.Discard(func(v int) { discarded = append(discarded, v) })),
		"1s 1", "2s 2", "3s end")
	if !slices.Equal(discarded, []int{3}) {
		t.Errorf("discarded %v, want [3]", discarded)
	}
	lateError := func(ctx context.Context, yield func(int, error) bool) {
		time.Sleep(time.Second)
		if yield(0, errBoom) {
			t.Error("the source is asked for more after the time is over")
		}
	}
	happens(t, operators.TakeFor(lateError, time.Second), "1s boom", "1s end")
}

func TestTakeForIsCutLikeAnyOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
		defer cancel()
		got := timed(ctx, operators.TakeFor(stream.Never[int](), 3*time.Second))
		if want := []string{"1s cut"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestTakeForTellsACutThatComesWhileItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := func(ctx context.Context, yield func(int, error) bool) {
			<-ctx.Done()
			cancel(errCut)
			yield(0, context.Cause(ctx)) // that of TakeFor, for it was first
		}
		got := timed(ctx, operators.TakeFor(src, time.Second))
		if want := []string{"1s cut"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}
