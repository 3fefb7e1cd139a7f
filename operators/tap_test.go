package operators_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func TestTapTellsBeforeTheConsumer(t *testing.T) {
	var log []string
	note := func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }
	p := &probe{
		events: []stream.Event[int]{{Value: 1}, {Err: errBoom}, {Value: 2}},
		before: func(k int) { note("source %d", k) },
	}
	s := operators.Tap(p.stream(), operators.Observer[int]{
		OnStart: func() { note("start") },
		OnValue: func(v int) { note("value %d", v) },
		OnError: func(err error) { note("error %v", err) },
		OnEnd:   func(cause error) { note("end %v", cause) },
	})
	for v, err := range s.All(t.Context()) {
		note("consumer %d %v", v, err)
	}
	want := []string{
		"start",
		"source 0", "value 1", "consumer 1 <nil>",
		"source 1", "error boom", "consumer 0 boom",
		"source 2", "value 2", "consumer 2 <nil>",
		"source 3", "end <nil>",
	}
	if !slices.Equal(log, want) {
		t.Errorf("got %q, want %q", log, want)
	}
}

func TestTapPassesEverythingOnWithAnyFunctionMissing(t *testing.T) {
	whole := operators.Observer[int]{OnStart: nothing, OnValue: ignore[int], OnError: ignore[error], OnEnd: ignore[error]}
	for i := range reflect.TypeFor[operators.Observer[int]]().NumField() {
		without := whole
		reflect.ValueOf(&without).Elem().Field(i).SetZero()
		var only operators.Observer[int]
		reflect.ValueOf(&only).Elem().Field(i).Set(reflect.ValueOf(whole).Field(i))
		for _, o := range []operators.Observer[int]{without, only, {}} {
			in := failing(3, 0b0110)
			if got := collect(t, t.Context(), operators.Tap((&probe{events: in}).stream(), o)); !slices.Equal(got, in) {
				t.Errorf("got %v, want %v", got, in)
			}
		}
	}
}

// An end is a way for a run to end, and how it is told.
type end struct {
	name string
	run  func(t *testing.T, apply func(stream.Stream[int]) stream.Stream[int])
	want error
}

func ends() []end {
	type apply = func(stream.Stream[int]) stream.Stream[int]
	all := []end{
		{"end of the source", func(t *testing.T, f apply) {
			collect(t, t.Context(), f((&probe{events: failing(3, 0b0010)}).stream()))
		}, nil},
		{"end of a source without events", func(t *testing.T, f apply) { collect(t, t.Context(), f(stream.Empty[int]())) }, nil},
		{"fatal error", func(t *testing.T, f apply) { collect(t, t.Context(), f(stream.Throw[int](errBoom))) }, nil},
		{"end of a source that was not cut", func(t *testing.T, f apply) {
			ctx, cancel := context.WithCancelCause(t.Context())
			consume(t, ctx, f(stream.Of(1)), 0, leaving{"cancel", func() bool { cancel(errCut); return true }})
		}, nil},
		{"ended context", func(t *testing.T, f apply) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errCut)
			collect(t, ctx, f((&probe{}).stream()))
		}, errCut},
		{"panic of the source", func(t *testing.T, f apply) {
			s := f((&probe{events: values(1), before: func(int) { panic(errBoom) }}).stream())
			panics(t, func() { s(t.Context(), func(int, error) bool { return true }) })
		}, operators.ErrStopped},
	}
	for at := range 4 { // an error stands at 1
		src := func() stream.Stream[int] { return (&probe{events: failing(3, 0b0010)}).stream() }
		for _, l := range leavings {
			all = append(all, end{fmt.Sprintf("%s at %d", l.name, at), func(t *testing.T, f apply) {
				consume(t, t.Context(), f(src()), at, l)
			}, operators.ErrStopped})
		}
		all = append(all, end{fmt.Sprintf("cut at %d", at), func(t *testing.T, f apply) {
			ctx, cancel := context.WithCancelCause(t.Context())
			consume(t, ctx, f(src()), at, leaving{"cut", func() bool { cancel(errCut); return true }})
		}, errCut})
	}
	for _, l := range leavings {
		all = append(all, end{l.name + " on the cause", func(t *testing.T, f apply) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := operators.Tap(f((&probe{events: values(1)}).stream()), operators.Observer[int]{OnValue: func(int) { cancel(errCut) }})
			consume(t, ctx, s, 1, l)
		}, errCut})
	}
	return all
}

func TestTapTellsOnceHowTheRunEnded(t *testing.T) {
	for _, e := range ends() {
		t.Run(e.name, func(t *testing.T) {
			var told []error
			e.run(t, func(s stream.Stream[int]) stream.Stream[int] {
				return operators.Tap(s, operators.Observer[int]{OnEnd: func(cause error) { told = append(told, cause) }})
			})
			if want := []error{e.want}; !slices.Equal(told, want) {
				t.Errorf("OnEnd was told %v, want %v", told, want)
			}
		})
	}
}

func TestTapTellsTheEndOfARunThatHasBegunOnly(t *testing.T) {
	ended := false
	s := operators.Tap(stream.Of(1), operators.Observer[int]{
		OnStart: func() { panic(errBoom) },
		OnEnd:   func(error) { ended = true },
	})
	panics(t, func() { collectHere(t.Context(), s) })
	if ended {
		t.Error("OnEnd was called though OnStart had not returned")
	}
}

func TestTapTellsTheCauseToAnObserverThatPanicsAtIt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	var told error
	s := operators.Tap(stream.Of(1), operators.Observer[int]{
		OnError: func(err error) { panic(err) },
		OnEnd:   func(cause error) { told = cause },
	})
	panics(t, func() { collectHere(ctx, s) })
	if !errors.Is(told, errCut) {
		t.Errorf("OnEnd was told %v, want %v", told, errCut)
	}
}

func collectHere(ctx context.Context, s stream.Stream[int]) {
	s(ctx, func(int, error) bool { return true })
}

func TestFinallyCallsOnceFromSourceToConsumer(t *testing.T) {
	for _, e := range ends() {
		t.Run(e.name, func(t *testing.T) {
			var log []string
			e.run(t, func(s stream.Stream[int]) stream.Stream[int] {
				s = operators.Finally(s, func() { log = append(log, "inner") })
				s = operators.Map(s, double)
				return operators.Finally(s, func() { log = append(log, "outer") })
			})
			if want := []string{"inner", "outer"}; !slices.Equal(log, want) {
				t.Errorf("calls %q, want %q", log, want)
			}
		})
	}
}

func TestFinallyCallsAfterTheLastEvent(t *testing.T) {
	var log []string
	s := operators.Finally(stream.Of(1, 2), func() { log = append(log, "finally") })
	for v := range s.All(t.Context()) {
		log = append(log, fmt.Sprint(v))
	}
	if want := []string{"1", "2", "finally"}; !slices.Equal(log, want) {
		t.Errorf("got %q, want %q", log, want)
	}
}
