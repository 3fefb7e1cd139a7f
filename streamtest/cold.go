package streamtest

import (
	"time"
)

// Cold returns a source that plays a diagram anew in each run, its instants
// counted from the beginning of the run. Without the mark | it never ends. A
// consumer that is late gets what is due at once.
//
// Each letter stands for the value that one of the tables has for it. Without a
// table, T must be a string, and a letter stands for itself, or an integer, and
// a digit stands for itself.
func Cold[T any](m *Marbles, text string, values ...map[rune]T) *Source[T] {
	d := m.read(caller(), text, "a#|")
	return newSource(m, caller(), d, values)
}

// Hot returns a source that plays a diagram once, whoever looks: instants
// count from the mark ^, which is where the test begins, or else from the
// beginning. A run gets what is due from its own beginning on, and when its
// consumer was busy in between, a [*stream.Lagged] with the number of events
// that were missed in that time. What it gets is as in [Cold].
func Hot[T any](m *Marbles, text string, values ...map[rune]T) *Source[T] {
	d := m.read(caller(), text, "a^#|")
	s := newSource(m, caller(), d, values)
	begin := m.zero.Add(-d.start())
	s.hot = &begin
	return s
}

// newSource returns a source that plays d. Each source of a test has instants
// that lie one nanosecond behind those of the one made before it, so that the
// events of one frame come in the order of the sources.
func newSource[T any](m *Marbles, place string, d diagram, values []map[rune]T) *Source[T] {
	t := &table[T]{m.errs, values}
	if err := t.check(d); err != nil {
		m.t.Fatalf("%s: %v", place, err)
	}
	s := &Source[T]{skew: time.Duration(m.sources), endless: d.end() == 0}
	m.sources++
	var now time.Duration
	for _, mark := range d.marks {
		if special(mark.what) {
			continue
		}
		step := Step[T]{After: mark.at - now, Err: m.errs[mark.what]}
		if step.Err == nil {
			step.Value, _ = t.value(mark.what) // which check has seen
		}
		s.steps = append(s.steps, step)
		now = mark.at
	}
	if n := len(d.marks); d.end() != 0 {
		s.rest = d.marks[n-1].at - now
	}
	return s
}
