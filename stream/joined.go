package stream

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	shownErrors = 8   // errors in the text of a JoinedError
	shownBytes  = 256 // of the text of each
)

// A JoinedError is the errors of a run that went on after them: the first ones
// as they came, the rest as a number. If the run was cut, its cause is the last
// of Errs. [errors.Is] and [errors.As] see each of Errs.
type JoinedError struct {
	Errs []error
	More int // errors that were counted and not kept
}

// Error returns a text of bounded length: the number of errors and the texts of
// up to eight, of which the last is the last of Errs. Longer texts are cut
// short.
func (e *JoinedError) Error() string {
	total := len(e.Errs) + e.More
	switch {
	case len(e.Errs) == 0:
		return fmt.Sprintf("errors: %d", total)
	case total == 1:
		return shorten(e.Errs[0].Error())
	}
	shown := e.Errs
	if len(shown) > shownErrors {
		shown = shown[:shownErrors-1]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d errors", total)
	sep := ": "
	for _, err := range shown {
		b.WriteString(sep + shorten(err.Error()))
		sep = "; "
	}
	if len(shown) < len(e.Errs) {
		last := e.Errs[len(e.Errs)-1]
		b.WriteString(sep + "...; " + shorten(last.Error()))
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "%s%d more", sep, e.More)
	}
	return b.String()
}

// Unwrap returns Errs.
func (e *JoinedError) Unwrap() []error { return e.Errs }

// shorten cuts s to shownBytes, at the start of a rune.
func shorten(s string) string {
	if len(s) <= shownBytes {
		return s
	}
	n := shownBytes
	for n > shownBytes-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
