package streamtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rxscope/rxscope/stream"
)

const (
	patience = time.Minute // that a run has after it should have ended
	excess   = 16          // events that it may give beyond those expected
)

// Expect says what a run of s gives. Its instants count from the beginning of
// the test; a mark ^ says when the run begins, otherwise it begins at once. How
// it ends:
//
//   - | the stream has ended, and was not cut;
//   - (a!) the consumer leaves on the event before the mark, and the run returns
//     in that instant;
//   - X the context of the run ends in this frame, after the events of its
//     sources, with [ErrCut] as the cause; that comes in the same instant, last,
//     and the run returns;
//   - nothing: the run has not ended within the frames of the diagram. What
//     comes after them is not looked at.
//
// What letters stand for is said in [Cold]. Values are compared by
// [reflect.DeepEqual].
func Expect[T any](m *Marbles, s stream.Stream[T], text string, values ...map[rune]T) {
	place := caller()
	d := m.read(place, text, "a^#|!X")
	e := &expected[T]{m: m, place: place, want: d, table: &table[T]{m.errs, values}}
	if err := e.check(d); err != nil {
		m.t.Fatalf("%s: %v", place, err)
	}
	m.expects = append(m.expects, expectation{start: d.start(), run: func() { e.consume(s) }, check: e.judge})
}

// An expected is what is expected of one run, and what came.
type expected[T any] struct {
	*table[T]
	m     *Marbles
	place string
	want  diagram

	got    []occurred[T]
	ended  time.Duration // when the run returned, if it did
	over   bool
	left   bool   // the consumer did
	failed string // how the run ended, if it did not return
}

// An occurred is an event that came.
type occurred[T any] struct {
	stream.Event[T]
	at time.Duration
}

// events returns how many events are expected.
func (e *expected[T]) events() (n int) {
	for _, m := range e.want.marks {
		if !special(m.what) {
			n++
		}
	}
	return n
}

// horizon returns when the kit cuts the run, and whether that is expected.
func (e *expected[T]) horizon() (at time.Time, cut bool) {
	switch last := len(e.want.marks) - 1; e.want.end() {
	case 0:
		return e.m.zero.Add(e.want.length), false
	case markCut:
		return e.m.cutAt(e.want.marks[last].at), true
	default:
		return e.m.cutAt(e.want.marks[last].at + patience), false
	}
}

func (e *expected[T]) consume(s stream.Stream[T]) {
	returned := false
	defer func() {
		if v := recover(); v != nil {
			e.failed = fmt.Sprintf("the run panicked: %v", v)
		} else if !returned {
			e.failed = "the run left by runtime.Goexit"
		}
	}()
	ctx, cancel := context.WithCancelCause(e.m.Context())
	defer cancel(nil)
	horizon, cut := e.horizon()
	defer time.AfterFunc(time.Until(horizon), func() { cancel(ErrCut) }).Stop()
	seen := func() bool { return cut || time.Now().Before(horizon) }
	most := e.events() + excess
	if e.want.end() == markLeave {
		most = e.events()
	}
	s(ctx, func(v T, err error) bool {
		if !seen() {
			return true
		}
		e.got = append(e.got, occurred[T]{stream.Event[T]{Value: v, Err: err}, time.Since(e.m.zero)})
		e.left = len(e.got) == most
		return !e.left
	})
	e.over = seen()
	e.ended = time.Since(e.m.zero)
	returned = true
}

// judge compares what came with what is expected.
func (e *expected[T]) judge() {
	if e.failed != "" {
		e.m.fail("%s: %s", e.place, e.failed)
		return
	}
	l := &legend[T]{table: e.table}
	e.m.compare(e.place, e.want, e.drawn(l), l.notes)
}

// drawn returns what came as a diagram.
func (e *expected[T]) drawn(l *legend[T]) diagram {
	d := diagram{length: e.want.length}
	var hints []rune
	for _, m := range e.want.marks {
		if m.what == markStart {
			d.marks = append(d.marks, m)
		} else if !special(m.what) {
			hints = append(hints, m.what)
		}
	}
	for i, o := range e.got {
		hint := rune(0)
		if i < len(hints) {
			hint = hints[i]
		}
		what := rune(markCut)
		if o.Err != ErrCut { //nolint:errorlint // the cause itself
			what = l.letter(hint, o.Value, o.Err)
		}
		d.marks = append(d.marks, mark{inFrame(o.at), what})
	}
	if !e.over {
		return d
	}
	end := rune(markEnd)
	if e.left {
		end = markLeave
	}
	last := mark{inFrame(e.ended), end}
	if n := len(d.marks); n == 0 || d.marks[n-1] != (mark{last.at, markCut}) {
		d.marks = append(d.marks, last)
	}
	return d
}

// inFrame takes from an instant what orders the events of one frame: sources and
// alarms lie some nanoseconds behind it, which add up.
func inFrame(at time.Duration) time.Duration {
	if rest := at % frame; rest < time.Microsecond {
		return at - rest
	}
	return at
}

// compare reports a difference between diagrams.
func (m *Marbles) compare(place string, want, got diagram, notes []string) {
	same := len(want.marks) == len(got.marks)
	for i := 0; same && i < len(want.marks); i++ {
		same = want.marks[i] == got.marks[i]
	}
	if same {
		return
	}
	texts := draw(want, got)
	m.fail("%s: diagrams differ\n\twant %s\n\tgot  %s%s", place, texts[0], texts[1], strings.Join(append([]string{""}, notes...), "\n\t     "))
}
