package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

var (
	errBoom = errors.New("boom")
	errCut  = errors.New("cut by the test")
)

type event = stream.Event[string]

// text turns any stream into one of texts. A value that is not zero beside an
// error stays visible.
func text[T any](s stream.Stream[T]) stream.Stream[string] {
	return func(ctx context.Context, yield func(string, error) bool) {
		s(ctx, func(v T, err error) bool {
			if err != nil && reflect.ValueOf(&v).Elem().IsZero() {
				return yield("", err)
			}
			return yield(fmt.Sprint(v), err)
		})
	}
}

// record runs s to its end.
func record(ctx context.Context, s stream.Stream[string]) []event {
	var events []event
	s(ctx, func(v string, err error) bool {
		events = append(events, event{Value: v, Err: err})
		return true
	})
	return events
}

// events ranges over s, for loops to which values and errors are one.
func events[T any](ctx context.Context, s stream.Stream[T]) iter.Seq[stream.Event[T]] {
	return func(yield func(stream.Event[T]) bool) {
		for v, err := range s.All(ctx) {
			if !yield(stream.Event[T]{Value: v, Err: err}) {
				return
			}
		}
	}
}

// show makes events comparable and readable.
func show(events []event) []string {
	texts := make([]string, len(events))
	for i, e := range events {
		texts[i] = e.Value
		if e.Err != nil {
			texts[i] += "!" + e.Err.Error()
		}
	}
	return texts
}

func wantEvents(t *testing.T, got []event, want ...string) {
	t.Helper()
	if !slices.Equal(show(got), want) {
		t.Errorf("events = %q, want %q", show(got), want)
	}
}

// cuttable returns a context that cut ends with errCut as its cause.
func cuttable(t *testing.T) (ctx context.Context, cut func()) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, func() { cancel(errCut) }
}

// ended returns a context that has been cut.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cut := cuttable(t)
	cut()
	return ctx
}

// wantPanic calls f, which must panic with want.
func wantPanic(t *testing.T, want any, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("panic = %v, want %v", got, want)
		}
	}()
	f()
}

// goexit calls f on a goroutine of its own, which f is to end by
// runtime.Goexit.
func goexit(t *testing.T, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		returned := false
		defer func() { done <- returned }()
		f()
		returned = true
	}()
	if returned := <-done; returned {
		t.Error("the run returned, want its goroutine to exit")
	}
}

// goroutine returns what tells the calling goroutine from others.
func goroutine() string {
	buf := make([]byte, 64)
	head, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte(" ["))
	return string(head)
}
