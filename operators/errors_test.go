package operators_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func TestStopOnErrorStopsTheSourceOnTheFirstError(t *testing.T) {
	got, asks := asked(t, operators.StopOnError[int], failing(3, 0b1010))
	if want := failing(3, 0b1010)[:2]; !slices.Equal(got, want) || asks != 2 {
		t.Errorf("got %v after asking %d times, want %v after 2", got, asks, want)
	}
}

func TestCatchCatchesAFatalErrorLikeAny(t *testing.T) {
	var caught error
	s := operators.Catch(stream.Throw[int](errBoom), func(err error) stream.Stream[int] {
		caught = err
		return stream.Of(7)
	})
	got := collect(t, t.Context(), s)
	if want := values(7); !slices.Equal(got, want) || !stream.IsFatal(caught) {
		t.Errorf("got %v, caught %v, want %v and a fatal error", got, caught, want)
	}
}

func TestCatchCanKeepAnError(t *testing.T) {
	src := (&probe{events: []stream.Event[int]{{Err: errBoom}, {Value: 1}}}).stream()
	got := collect(t, t.Context(), operators.Catch(src, stream.Throw[int]))
	if len(got) != 2 || !stream.IsFatal(got[0].Err) || got[1].Value != 1 {
		t.Errorf("got %v, want the error, marked, and 1", got)
	}
}

func TestCatchCallsNoHandlerOnceTheContextHasEnded(t *testing.T) {
	for _, err := range []error{errCut, context.Canceled, errBoom, fmt.Errorf("reading: %w", context.Canceled)} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errCut)
		s := operators.Catch(sloppy(stream.Event[int]{Err: err}), func(err error) stream.Stream[int] {
			t.Errorf("handler called with %v", err)
			return stream.Empty[int]()
		})
		got := collect(t, ctx, s)
		want := []stream.Event[int]{{Err: err}}
		if !stream.IsCut(ctx, err) {
			want = append(want, stream.Event[int]{Err: errCut}) // for what is not caught
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestCatchTellsACutOfTheHandlersStreamOnce(t *testing.T) {
	sources := map[string]stream.Stream[int]{
		"knows its end": stream.Throw[int](errBoom),
		"does not":      (&probe{events: []stream.Event[int]{{Err: errBoom}, {Value: 1}}}).stream(),
	}
	for name, src := range sources {
		for at := range 2 {
			ctx, cancel := context.WithCancelCause(t.Context())
			instead := &probe{events: values(7, 8, 9)}
			s := operators.Catch(src, func(error) stream.Stream[int] { return instead.stream() })
			got := consume(t, ctx, s, at, leaving{"cut", func() bool { cancel(errCut); return true }})
			if want := append(values(7, 8)[:at+1], stream.Event[int]{Err: errCut}); !slices.Equal(got, want) {
				t.Errorf("source %s, cut at %d: got %v, want %v", name, at, got, want)
			}
			if instead.open() != 0 {
				t.Errorf("source %s, cut at %d: the handler's stream has not returned", name, at)
			}
		}
	}
}

func TestCatchStopsBothStreamsWhenTheConsumerLeaves(t *testing.T) {
	for _, l := range leavings {
		src := &probe{events: []stream.Event[int]{{Err: errBoom}, {Value: 1}}}
		instead := &probe{events: values(7, 8)}
		s := operators.Catch(src.stream(), func(error) stream.Stream[int] { return instead.stream() })
		got := consume(t, t.Context(), s, 0, l)
		if want := values(7); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", l.name, got, want)
		}
		if src.open() != 0 || instead.open() != 0 {
			t.Errorf("%s: a stream has not returned", l.name)
		}
	}
}

func TestCatchHandlersNilStreamPanics(t *testing.T) {
	p := &probe{events: []stream.Event[int]{{Err: errBoom}}}
	s := operators.Catch(p.stream(), func(error) stream.Stream[int] { return nil })
	if got := panics(t, func() { collectHere(t.Context(), s) }); !strings.HasPrefix(got, "operators: Catch: f returned a nil stream") {
		t.Errorf("panic %q", got)
	}
	if p.open() != 0 {
		t.Error("source has not returned")
	}
}
