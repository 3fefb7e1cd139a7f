package race

import (
	"fmt"
	"strings"
)

// An Error is why a race has no winner. It unwraps to the cause, if there is
// one, and then to the failures, so [errors.Is] and [errors.As] find what any
// contender reported; a failure that decided the race comes first. Contenders
// that only ended with their context have not failed.
type Error struct {
	Cause    error     // of the end of the context, if that ended the race; else nil
	Attempts []Attempt // in order of completion

	decided  bool      // by the first failure
	failures []Attempt // of Attempts
	want     int       // successes
	total    int       // contenders
}

// maxText is how many failures the text of an error spells out.
const maxText = 8

// Error says what is known in one text.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Cause != nil:
		fmt.Fprintf(&b, "race: cut short: %v", e.Cause)
	case e.decided:
		b.WriteString("race: the first to end has failed")
	case e.want > 1:
		fmt.Fprintf(&b, "race: no %d of %d contenders can succeed", e.want, e.total)
	default:
		fmt.Fprintf(&b, "race: all %d contenders failed", len(e.Attempts))
	}
	for i, a := range e.failures[:min(len(e.failures), maxText)] {
		sep := "; "
		if i == 0 && e.Cause == nil {
			sep = ": "
		}
		fmt.Fprintf(&b, "%scontender %d", sep, a.Index)
		if a.Name != "" {
			fmt.Fprintf(&b, " (%s)", a.Name)
		}
		fmt.Fprintf(&b, ": %v", a.Err)
	}
	if n := len(e.failures) - maxText; n > 0 {
		fmt.Fprintf(&b, "; and %d more", n)
	}
	return b.String()
}

// Unwrap returns the cause and the failures.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	for _, a := range e.failures {
		errs = append(errs, a.Err)
	}
	return errs
}
