package stream_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

// A logged resource writes down what happens to it.
type logged struct{ log []string }

func (l *logged) note(what string) { l.log = append(l.log, what) }

func (l *logged) using(s stream.Stream[int]) stream.Stream[int] {
	return stream.Using(
		func(context.Context) (*logged, error) { l.note("open"); return l, nil },
		func(*logged) stream.Stream[int] { return s },
		func(*logged) { l.note("release") })
}

func TestUsingReleasesOnceHoweverTheRunEnds(t *testing.T) {
	ends := map[string]func(t *testing.T, s stream.Stream[int]){
		"end":   func(t *testing.T, s stream.Stream[int]) { record(t.Context(), text(s)) },
		"break": func(t *testing.T, s stream.Stream[int]) { _, _ = s.First(t.Context()) },
		"cut": func(t *testing.T, s stream.Stream[int]) {
			ctx, cut := cuttable(t)
			for range events(ctx, s) {
				cut()
			}
		},
		"panic": func(t *testing.T, s stream.Stream[int]) {
			wantPanic(t, errBoom, func() { s(t.Context(), func(int, error) bool { panic(errBoom) }) })
		},
		"Goexit": func(t *testing.T, s stream.Stream[int]) {
			goexit(t, func() { s(t.Context(), func(int, error) bool { runtime.Goexit(); return true }) })
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			var l logged
			s := l.using(stream.Of(1, 2))
			end(t, s)
			end(t, s)
			if want := []string{"open", "release", "open", "release"}; !slices.Equal(l.log, want) {
				t.Errorf("log = %q, want %q", l.log, want)
			}
		})
	}
}

func TestUsingReleasesAfterTheLastEvent(t *testing.T) {
	var l logged
	for v, err := range l.using(stream.Of(1, 2)).All(t.Context()) {
		l.note(fmt.Sprint(v, err))
	}
	if want := []string{"open", "1 <nil>", "2 <nil>", "release"}; !slices.Equal(l.log, want) {
		t.Errorf("log = %q, want %q", l.log, want)
	}
}

func TestNestedResourcesAreReleasedInnermostFirst(t *testing.T) {
	var log []string
	nested := func(name string, s stream.Stream[int]) stream.Stream[int] {
		return stream.Using(
			func(context.Context) (string, error) { log = append(log, "open "+name); return name, nil },
			func(string) stream.Stream[int] { return s },
			func(name string) { log = append(log, "release "+name) })
	}
	record(t.Context(), text(nested("outer", nested("inner", stream.Of(1)))))
	if want := []string{"open outer", "open inner", "release inner", "release outer"}; !slices.Equal(log, want) {
		t.Errorf("log = %q, want %q", log, want)
	}
}

func TestNilStreamOfAFactoryPanicsAndReleases(t *testing.T) {
	wantPanic(t, "stream: Defer: f returned a nil stream", func() {
		record(t.Context(), text(stream.Defer(func(context.Context) stream.Stream[int] { return nil })))
	})
	var l logged
	wantPanic(t, "stream: Using: use returned a nil stream", func() { record(t.Context(), text(l.using(nil))) })
	if want := []string{"open", "release"}; !slices.Equal(l.log, want) {
		t.Errorf("log = %q, want %q", l.log, want)
	}
}

func TestNothingIsOpenedUnderAnEndedContext(t *testing.T) {
	var l logged
	record(ended(t), text(l.using(stream.Of(1))))
	record(ended(t), text(stream.Defer(func(context.Context) stream.Stream[int] {
		l.note("made")
		return stream.Of(1)
	})))
	if len(l.log) != 0 {
		t.Errorf("log = %q, want nothing", l.log)
	}
}

func TestIifChoosesAnewForEachRunAndNotUnderAnEndedContext(t *testing.T) {
	asked := 0
	s := stream.Iif(func() bool { asked++; return asked%2 == 1 }, stream.Of(1), stream.Of(2))
	for i := range 4 {
		if got, err := s.Single(t.Context()); got != 1+i%2 || err != nil {
			t.Errorf("run %d: Single() = %d, %v, want %d", i, got, err, 1+i%2)
		}
	}
	record(ended(t), text(s))
	if asked != 4 {
		t.Errorf("asked %d times, want 4", asked)
	}
}

func TestDeferMakesAStreamForEachRunFromItsContext(t *testing.T) {
	s := stream.Defer(func(ctx context.Context) stream.Stream[int] {
		return stream.Of(ctx.Value(contextKey{}).(int))
	})
	for want := range 3 {
		ctx := context.WithValue(t.Context(), contextKey{}, want)
		if got, err := s.Single(ctx); got != want || err != nil {
			t.Errorf("Single() = %d, %v, want %d", got, err, want)
		}
	}
}
