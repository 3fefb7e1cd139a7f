package merge_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestConcatRunsOneSourceAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := merge.Concat(every(time.Second, 1, errBoom), stream.Empty[int](), every(time.Second, stream.Fatal(errBoom)), every(time.Second, 2))
		got := timed(t.Context(), s)
		if want := []string{"1s 1", "2s boom", "3s boom", "4s 2"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestConcatNeedsNoScopeAndNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range merge.Concat(stream.Of(1), stream.Of(2)).All(t.Context()) {
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, %d before", n, before)
		}
		if n := len(scope.Roots()); n != 0 {
			t.Errorf("%d scopes", n)
		}
	}
}

func TestConcatStartsNoSourceAfterTheCut(t *testing.T) {
	started := 0
	tell := func(how func(ctx context.Context) error) stream.Stream[int] {
		return func(ctx context.Context, yield func(int, error) bool) {
			started++
			if started == 1 && !yield(1, nil) {
				return
			}
			if ctx.Err() != nil {
				yield(0, how(ctx))
			}
		}
	}
	for name, how := range map[string]func(ctx context.Context) error{
		"the cause":       context.Cause,
		"the error":       func(ctx context.Context) error { return ctx.Err() },
		"the two, joined": func(ctx context.Context) error { return errors.Join(ctx.Err(), context.Cause(ctx)) },
	} {
		started = 0
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		events := 0
		for range merge.Concat(tell(how), tell(how), tell(how)).All(ctx) {
			events++
			cancel(errCut)
		}
		if events != 2 || started != 1 {
			t.Errorf("a source that tells %s: %d events from %d sources, want 2 from 1", name, events, started)
		}
	}
}

func TestConcatLosesNoErrorThatComesWithTheCut(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src := func(ctx context.Context, yield func(int, error) bool) {
		cancel(errCut)
		yield(0, errors.Join(errBoom, context.Cause(ctx)))
	}
	var got []error
	for _, err := range merge.Concat(src, stream.Of(1)).All(ctx) {
		got = append(got, err)
	}
	if len(got) != 2 || !errors.Is(got[0], errBoom) || got[1] != errCut { //nolint:errorlint // unchanged
		t.Errorf("events %v, want %v and then %v", got, errBoom, errCut)
	}
}

func TestConcatStopsAtABreak(t *testing.T) {
	for at := range 4 {
		started := 0
		count := func(vs ...int) stream.Stream[int] {
			return stream.Defer(func(context.Context) stream.Stream[int] { started++; return stream.Of(vs...) })
		}
		k := 0
		for range merge.Concat(count(0, 1), count(2), count(3)).All(t.Context()) {
			if k == at {
				break
			}
			k++
		}
		if want := []int{1, 1, 2, 3}[at]; k != at || started != want {
			t.Errorf("break at %d: %d events before, %d sources started, want %d", at, k, started, want)
		}
	}
}

func TestConcatLetsPanicsThrough(t *testing.T) {
	started := false
	last := stream.Defer(func(context.Context) stream.Stream[int] { started = true; return stream.Of(1) })
	defer func() {
		if got := recover(); got != any(errBoom) || started {
			t.Errorf("panic %v, next source started: %v", got, started)
		}
	}()
	_, err := merge.Concat(stream.Of(1), func(context.Context, func(int, error) bool) { panic(errBoom) }, last).Collect(t.Context())
	t.Errorf("Collect() = %v, want a panic", err)
}
