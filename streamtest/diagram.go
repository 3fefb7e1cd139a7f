package streamtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// frame is the time of one character of a diagram.
const frame = time.Millisecond

// maxLength bounds a diagram, so that instants cannot overflow.
const maxLength = 1000 * time.Hour

// maxSpan is the most characters that a time span has, and the one after it.
const maxSpan = 40

// The marks with a meaning of their own. All others are letters and digits.
const (
	markError = '#'
	markEnd   = '|'
	markStart = '^'
	markLeave = '!'
	markCut   = 'X'
)

// A mark is one event of a diagram, or what happens in place of one.
type mark struct {
	at   time.Duration
	what rune
}

// A diagram is what a text says that happens, and when. Marks of one instant
// stand in their order.
type diagram struct {
	marks  []mark
	length time.Duration // of all frames
}

// A badDiagram tells what is wrong with a text, and where.
type badDiagram struct {
	text   string
	column int // in characters, from 1
	reason string
}

func (e *badDiagram) Error() string {
	return fmt.Sprintf("diagram %q: column %d: %s", e.text, e.column, e.reason)
}

// span matches a time span, which is a word of its own.
var span = regexp.MustCompile(`^\d+(\.\d+)?(ms|s|m)( |$)`)

// stuckSpan matches what can only be meant as one.
var stuckSpan = regexp.MustCompile(`^\d+(\.\d+)?ms`)

// A reader is at work on one text.
type reader struct {
	text  []rune
	at    int // the next character
	group int // where the open group began, -1 for none
	now   time.Duration
	d     diagram
}

// parse reads a diagram of the allowed marks, of which an a stands for all
// letters and digits.
func parse(text, allowed string) (diagram, error) {
	r := &reader{text: []rune(text), group: -1}
	for r.at < len(r.text) {
		if err := r.step(allowed); err != nil {
			return diagram{}, err
		}
		if r.now > maxLength {
			return diagram{}, r.bad(r.at, "longer than %v", maxLength)
		}
	}
	if r.group >= 0 {
		return diagram{}, r.bad(r.group, "group is not closed")
	}
	r.d.length = r.now
	return r.d, nil
}

func (r *reader) bad(at int, format string, args ...any) error {
	return &badDiagram{string(r.text), at + 1, fmt.Sprintf(format, args...)}
}

// step reads one character, or one time span.
func (r *reader) step(allowed string) error {
	c := r.text[r.at]
	if n, d := r.span(); n > 0 {
		if r.group >= 0 {
			return r.bad(r.at, "time span in a group")
		}
		r.at += n
		r.now += d
		return nil
	}
	r.at++
	switch c {
	case ' ', '\t', '\n':
		return nil
	case '-':
		if r.group >= 0 {
			return r.bad(r.at-1, "time passes in a group")
		}
		r.now += frame
		return nil
	case '(', ')':
		return r.bracket(c)
	}
	return r.mark(c, allowed)
}

// span returns how many characters the time span takes that stands here, 0 if
// there is none, and its time.
func (r *reader) span() (n int, d time.Duration) {
	if r.at > 0 && !unicode.IsSpace(r.text[r.at-1]) || !unicode.IsDigit(r.text[r.at]) {
		return 0, 0
	}
	word := strings.TrimSpace(span.FindString(r.ahead(r.at)))
	if word == "" {
		return 0, 0
	}
	d, err := time.ParseDuration(word)
	if err != nil { // it is too long to be counted
		d = maxLength + 1
	}
	return len(word), d
}

// ahead returns the text from a character on, as much as a time span can take.
func (r *reader) ahead(from int) string { return string(r.text[from:min(from+maxSpan, len(r.text))]) }

// bracket opens or closes a group, all in the instant of its opening. Its
// frames pass when it is closed.
func (r *reader) bracket(c rune) error {
	here := r.at - 1
	switch {
	case c == '(' && r.group >= 0:
		return r.bad(here, "group in a group")
	case c == '(':
		r.group = here
		return nil
	case r.group < 0:
		return r.bad(here, "there is no group to close")
	}
	frames := 0
	for _, c := range r.text[r.group:r.at] {
		if !unicode.IsSpace(c) {
			frames++
		}
	}
	if frames == 2 {
		return r.bad(r.group, "group is empty")
	}
	r.group = -1
	r.now += time.Duration(frames) * frame
	return nil
}

func (r *reader) mark(c rune, allowed string) error {
	here := r.at - 1
	kind := c
	if c != markCut && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
		kind = 'a'
	}
	switch {
	case !strings.ContainsRune("a#|^!X", kind):
		return r.bad(here, "%q is no part of a diagram", c)
	case !strings.ContainsRune(allowed, kind):
		return r.bad(here, "%q has no meaning here", c)
	case r.group < 0 && stuckSpan.MatchString(r.ahead(here)):
		return r.bad(here, "time span without a space before and after it")
	case r.over():
		return r.bad(here, "%q comes after the end", c)
	case c == markStart && r.d.has(markStart):
		return r.bad(here, "%q comes twice", c)
	case c == markLeave && strings.ContainsRune(allowed, markEnd) && !r.leaves():
		return r.bad(here, "%q follows no event in a group", c)
	}
	r.d.marks = append(r.d.marks, mark{r.now, c})
	if r.group < 0 {
		r.now += frame
	}
	return nil
}

// over reports whether the last mark was the last that can be.
func (r *reader) over() bool {
	n := len(r.d.marks)
	return n > 0 && strings.ContainsRune("|!X", r.d.marks[n-1].what)
}

// leaves reports whether the mark before stands in this instant, so that the
// consumer can leave on it.
func (r *reader) leaves() bool {
	n := len(r.d.marks)
	return n > 0 && r.d.marks[n-1].at == r.now && r.d.marks[n-1].what != markStart
}

func (d diagram) has(what rune) bool {
	return slices.ContainsFunc(d.marks, func(m mark) bool { return m.what == what })
}

// start returns the instant of the mark for the start, 0 if there is none.
func (d diagram) start() time.Duration {
	for _, m := range d.marks {
		if m.what == markStart {
			return m.at
		}
	}
	return 0
}

// end returns the last mark if it ends the diagram, else 0.
func (d diagram) end() rune {
	if n := len(d.marks); n > 0 && strings.ContainsRune("|!X", d.marks[n-1].what) {
		return d.marks[n-1].what
	}
	return 0
}
