package scope_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestTextsOfErrorsSayEachThingOnce(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&scope.TaskError{Path: "/s", Err: errBoom}, "/s: boom"},
		{&scope.TaskError{Path: "/s", Task: "load", Err: errBoom}, `/s task "load": boom`},
		{&scope.Cancelled{Path: "/s", By: "Close"}, "scope /s cancelled by Close"},
		{&scope.Cancelled{Path: "/s", By: "Cancel", Caller: "main.go:7"}, "scope /s cancelled by Cancel at main.go:7"},
		{&scope.Cancelled{Path: "/s", By: "Cancel", Caller: "main.go:7", Reason: errBoom}, "scope /s cancelled by Cancel at main.go:7: boom"},
		{&scope.PanicError{Value: 7}, "panic: 7"},
		{&scope.PanicError{Value: errBoom}, "panic: boom"},
		{scope.ErrClosed, "scope: closed"},
		{scope.ErrSelfWait, "scope: task would wait for itself"},
		{scope.ErrLimitDeadlock, "scope: full, and the caller holds a slot"},
		{scope.ErrNoScope, "scope: no scope in the context"},
		{scope.ErrGoexit, "scope: left by runtime.Goexit"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("Error() = %q, want %q", got, tt.want)
		}
	}
}

func TestErrorsAreFoundThroughTheirWrappers(t *testing.T) {
	wraps := func(err error, all ...error) {
		t.Helper()
		for _, want := range all {
			if !errors.Is(err, want) {
				t.Errorf("errors.Is(%v, %v) = false, want true", err, want)
			}
		}
	}
	wraps(&scope.TaskError{Err: fmt.Errorf("x: %w", io.EOF)}, io.EOF)
	wraps(&scope.PanicError{Value: io.EOF}, io.EOF)
	wraps(&scope.Cancelled{}, context.Canceled)
	wraps(&scope.Cancelled{Reason: &scope.TaskError{Err: io.EOF}}, context.Canceled, io.EOF)
	if errors.Is(&scope.PanicError{Value: "EOF"}, io.EOF) {
		t.Error("a panic with a text is taken for an error")
	}
}

func TestTaskErrorLogsWhatIsKnown(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	log.Warn("x", "e", &scope.TaskError{Path: "/s", Err: errBoom})
	log.Warn("x", "e", &scope.TaskError{
		Path: "/s", Task: "load", Index: 3, Attempt: 2, Site: "f main.go:7", Elapsed: time.Second, Secondary: true,
		Err: &scope.PanicError{Value: "oh", Stack: []byte("main.f")},
	})
	want := `level=WARN msg=x e.path=/s e.error=boom
level=WARN msg=x e.path=/s e.task=load e.index=3 e.attempt=2 e.site="f main.go:7" e.elapsed=1s e.secondary=true e.error="panic: oh" e.stack=main.f
`
	if b.String() != want {
		t.Errorf("log:\n%s\nwant:\n%s", b.String(), want)
	}
}

func TestRefusalSaysWhichScopeHasClosedAndWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		s.Cancel(errBoom)
		empty := scope.New(t.Context(), "empty")
		mustClose(t, empty)
		for _, tt := range []struct {
			err  error
			want string
		}{
			{s.Go(t.Context(), untilEnd), "scope: closed: /s: scope /s cancelled by Cancel: boom"},
			{empty.Go(t.Context(), untilEnd), "scope: closed: /empty: scope /empty cancelled by Close"},
		} {
			if !errors.Is(tt.err, scope.ErrClosed) {
				t.Fatalf("Go() = %v, want %v", tt.err, scope.ErrClosed)
			}
			text := tt.err.Error()
			if c, ok := errors.AsType[*scope.Cancelled](tt.err); !ok {
				t.Errorf("Go() = %v, want a *Cancelled in it", tt.err)
			} else if c.Caller != "" {
				text = strings.ReplaceAll(text, " at "+c.Caller, "")
			}
			if text != tt.want {
				t.Errorf("Go() = %q, want %q", text, tt.want)
			}
		}
		mustClose(t, s)
	})
}

func TestCancelUsesACancelledAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		want := &scope.Cancelled{Path: "/far", By: "the weather", Reason: errBoom}
		s.Cancel(want)
		if got := context.Cause(s.Context()); got != want { //nolint:errorlint // the cause itself
			t.Errorf("Cause() = %v, want %v itself", got, want)
		}
		mustClose(t, s)
	})
}
