package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

func TestRule4TheCutIsToldOnce(t *testing.T) {
	answers := map[string]func(context.Context) error{
		"error of the context": func(ctx context.Context) error { return ctx.Err() },
		"cause":                context.Cause,
		"wrapped":              func(ctx context.Context) error { return fmt.Errorf("waiting: %w", ctx.Err()) },
		"fatal":                func(ctx context.Context) error { return stream.Fatal(context.Cause(ctx)) },
		"joined":               func(ctx context.Context) error { return errors.Join(ctx.Err(), context.Cause(ctx)) },
		"answers to it":        func(context.Context) error { return canceled{} },
		"end":                  func(context.Context) error { return io.EOF },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			forEachAnsweringSource(t, answer, func(t *testing.T, source string, got []event) {
				if name == "end" && (source == "Using" || source == "Walk" || source == "FromSeq2") {
					return // not the end of these
				}
				if len(got) != 1 || got[0].Err != errCut { //nolint:errorlint // unchanged
					t.Errorf("events = %q, want only %v", show(got), errCut)
				}
			})
		})
	}
}

func TestRule4ErrorJoinedToTheCutIsNotLost(t *testing.T) {
	answer := func(ctx context.Context) error { return errors.Join(ctx.Err(), errBoom) }
	forEachAnsweringSource(t, answer, func(t *testing.T, _ string, got []event) {
		if len(got) == 0 || !errors.Is(got[0].Err, errBoom) {
			t.Errorf("events = %q, want %v first", show(got), errBoom)
		}
	})
}

func TestRule4ForeignErrorDuringACutIsNotTheCut(t *testing.T) {
	answer := func(context.Context) error { return uncomparable{errBoom} }
	forEachAnsweringSource(t, answer, func(t *testing.T, _ string, got []event) {
		if len(got) == 0 || !strings.Contains(got[0].Err.Error(), "boom") {
			t.Errorf("events = %q, want %v first", show(got), errBoom)
		}
	})
}

func TestIsCutWantsTheEndAndNothingElse(t *testing.T) {
	live, dead := t.Context(), ended(t)
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want bool
	}{
		{"nil", dead, nil, false},
		{"no end", live, context.Canceled, false},
		{"error", dead, context.Canceled, true},
		{"cause", dead, errCut, true},
		{"other", dead, errBoom, false},
		{"deadline of another", dead, context.DeadlineExceeded, false},
		{"joined to none", dead, &stream.JoinedError{More: 1}, false},
		{"cannot be compared", dead, uncomparable{errBoom}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := stream.IsCut(tt.ctx, tt.err); got != tt.want {
				t.Errorf("IsCut(%v) = %t, want %t", tt.err, got, tt.want)
			}
		})
	}
}

// A cause is the cut as a whole, whatever it wraps.
func TestIsCutTakesTheCauseAsItIs(t *testing.T) {
	for _, cause := range []error{
		errors.Join(errBoom, errDisk), fmt.Errorf("closing: %w", errBoom), uncomparable{errBoom},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		if !stream.IsCut(ctx, fmt.Errorf("run: %w", cause)) {
			t.Errorf("IsCut(%v) = false, want true", cause)
		}
	}
}

// forEachAnsweringSource runs each source that calls a user's function, while
// that function ends the context and then answers with an error.
func forEachAnsweringSource(t *testing.T, answer func(context.Context) error, check func(*testing.T, string, []event)) {
	t.Helper()
	for _, name := range []string{"FromFunc", "FromSeq2", "Using", "Lines", "Walk"} {
		t.Run(name, func(t *testing.T) {
			ctx, cut := cuttable(t)
			fail := func() error { cut(); return answer(ctx) }
			var s stream.Stream[string]
			switch name {
			case "FromFunc":
				s = text(stream.FromFunc(func(context.Context) (int, error) { return 0, fail() }))
			case "FromSeq2":
				s = text(stream.FromSeq2(func(yield func(int, error) bool) { yield(0, fail()) }))
			case "Using":
				s = text(stream.Using(func(context.Context) (int, error) { return 0, fail() },
					func(int) stream.Stream[int] { return nil }, func(int) {}))
			case "Lines":
				s = stream.Lines(readerFunc(func([]byte) (int, error) { return 0, fail() }))
			case "Walk":
				s = paths(stream.Walk(openFunc(func(string) (fs.File, error) { return nil, fail() }), "."))
			}
			check(t, name, record(ctx, s))
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type openFunc func(string) (fs.File, error)

func (f openFunc) Open(name string) (fs.File, error) { return f(name) }

type canceled struct{}

func (canceled) Error() string        { return "operation was canceled" }
func (canceled) Is(target error) bool { return target == context.Canceled }

// An uncomparable error cannot be compared by ==.
type uncomparable []error

func (e uncomparable) Error() string { return e[0].Error() }
