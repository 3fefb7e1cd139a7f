package streamtest_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

var (
	errBoom = errors.New("boom")
	errCut  = errors.New("cut")
)

type step = streamtest.Step[int]

func TestScriptTakesItsStepsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := 0
		src := streamtest.Script(step{After: time.Second, Value: 1}, step{Err: errBoom}, step{After: time.Second, Do: func() { called++ }}, step{Value: 2})
		r := streamtest.Record(t.Context(), src.Stream())
		if got, want := r.String(), "1s 1, 1s boom, 2s 2, 2s |"; got != want || called != 1 {
			t.Errorf("Record() = %q, called %d times, want %q, 1", got, called, want)
		}
	})
}

func TestScriptHandsALateConsumerWhatIsDueAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := streamtest.Script(step{After: time.Second, Value: 1}, step{After: time.Second, Value: 2}, step{After: 9 * time.Second, Value: 3})
		var got []time.Duration
		begun := time.Now()
		for range src.Stream().All(t.Context()) {
			got = append(got, time.Since(begun))
			time.Sleep(5 * time.Second)
		}
		if want := []time.Duration{time.Second, 6 * time.Second, 11 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("events at %v, want %v", got, want)
		}
	})
}

func TestScriptTellsTheCauseOnceAndLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cut func()
		for name, src := range map[string]*streamtest.Source[int]{
			"in a step":  streamtest.Script(step{Value: 1}, step{Do: func() { cut() }}, step{Value: 2}),
			"at the end": streamtest.Script(step{Value: 1}, step{Do: func() { cut() }}),
			"in a wait":  streamtest.Script(step{Value: 1}, step{Do: func() { time.AfterFunc(time.Second, func() { cut() }) }}, step{After: time.Hour, Value: 2}),
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			cut = func() { cancel(errCut) }
			r := streamtest.Record(ctx, src.Stream())
			if len(r.Events) != 2 || r.Events[0].Value != 1 || r.Events[1].Err != errCut || r.Took > time.Second { //nolint:errorlint // the cause itself
				t.Errorf("cut %s: %v, want 1 and the cause", name, r)
			}
			if n := src.Stopped(); n != 0 {
				t.Errorf("cut %s: Stopped() = %d, want 0", name, n)
			}
			// The next run is under a context that has ended.
			if r := streamtest.Record(ctx, src.Stream()); len(r.Events) != 1 || r.Events[0].Err != errCut { //nolint:errorlint // the cause itself
				t.Errorf("under a context that has ended: %v, want the cause alone", r)
			}
		}
	})
}

func TestSourceCountsItsRuns(t *testing.T) {
	src := streamtest.Script(streamtest.Events(stream.Event[int]{Value: 1}, stream.Event[int]{Err: errBoom})...)
	check := func(started, open, stopped int) {
		t.Helper()
		if s, o, st := src.Started(), src.Open(), src.Stopped(); s != started || o != open || st != stopped {
			t.Errorf("Started, Open, Stopped = %d, %d, %d, want %d, %d, %d", s, o, st, started, open, stopped)
		}
	}
	check(0, 0, 0)
	for range src.Stream().All(t.Context()) {
		check(1, 1, 0)
	}
	check(1, 0, 0)
	for range src.Stream().All(t.Context()) {
		check(2, 1, 0)
		break
	}
	check(2, 0, 1)
	func() {
		defer func() { _ = recover() }()
		for range src.Stream().All(t.Context()) {
			panic("of the loop")
		}
	}()
	check(3, 0, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range src.Stream().All(t.Context()) {
			runtime.Goexit()
		}
	}()
	<-done
	check(4, 0, 1)
}
