package stream_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rxscope/rxscope/stream"
)

// numbered returns the errors e1 to en.
func numbered(n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = fmt.Errorf("e%d", i+1)
	}
	return errs
}

func TestJoinedErrorTextCountsAndShowsUpToEight(t *testing.T) {
	tests := []struct {
		kept, more int
		want       string
	}{
		{1, 0, "e1"},
		{0, 3, "errors: 3"},
		{1, 1, "2 errors: e1; 1 more"},
		{2, 0, "2 errors: e1; e2"},
		{8, 2, "10 errors: e1; e2; e3; e4; e5; e6; e7; e8; 2 more"},
		{9, 0, "9 errors: e1; e2; e3; e4; e5; e6; e7; ...; e9"},
		{100, 1000, "1100 errors: e1; e2; e3; e4; e5; e6; e7; ...; e100; 1000 more"},
	}
	for _, tt := range tests {
		err := &stream.JoinedError{Errs: numbered(tt.kept), More: tt.more}
		if got := err.Error(); got != tt.want {
			t.Errorf("text of %d and %d more = %q, want %q", tt.kept, tt.more, got, tt.want)
		}
	}
}

func TestJoinedErrorTextIsBounded(t *testing.T) {
	for _, letter := range []string{"x", "é", "世", "\U0001F600", "\xff"} {
		for offset := range 4 {
			long := errors.New(strings.Repeat("-", offset) + strings.Repeat(letter, 1<<20))
			for _, n := range []int{1, 2, 1000} {
				e := &stream.JoinedError{More: 5}
				for range n {
					e.Errs = append(e.Errs, long)
				}
				text := e.Error()
				if len(text) > 2500 || letter != "\xff" && !utf8.ValidString(text) {
					t.Errorf("text of %d errors made of %q has %d bytes, valid: %t", n, letter, len(text), utf8.ValidString(text))
				}
			}
		}
	}
}

func TestJoinedErrorIsEachOfItsErrors(t *testing.T) {
	var err error = &stream.JoinedError{Errs: []error{errBoom, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrExist}}}
	if !errors.Is(err, errBoom) || !errors.Is(err, fs.ErrExist) || errors.Is(err, errCut) {
		t.Errorf("errors.Is(%v) does not see its errors", err)
	}
	if pe, ok := errors.AsType[*fs.PathError](err); !ok || pe.Path != "x" {
		t.Errorf("errors.AsType(%v) = %v, %t", err, pe, ok)
	}
}
