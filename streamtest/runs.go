package streamtest

import "fmt"

// ExpectRuns says when the runs of a source begin and return, one diagram a
// run, in order of their beginning: ^---! is a run from the instant 0 to 4 ms.
// Without the mark ! the run has not returned within the frames of the diagram.
func ExpectRuns[T any](m *Marbles, s *Source[T], texts ...string) {
	place := caller()
	var want []diagram
	for _, text := range texts {
		d := m.read(place, text, "^!")
		if !d.has(markStart) {
			m.t.Fatalf("%s: diagram %q has no ^", place, text)
		}
		want = append(want, d)
	}
	m.checks = append(m.checks, func() {
		spans := s.spans()
		for i, d := range want {
			got := diagram{length: d.length}
			if i < len(spans) {
				got.marks = m.runMarks(spans[i], d)
			}
			m.compare(fmt.Sprintf("%s: run %d of the source", place, i+1), d, got, nil)
		}
		if len(spans) > len(want) {
			m.fail("%s: the source ran %d times, want %d", place, len(spans), len(want))
		}
	})
}

// runMarks returns a run as marks of a diagram that is compared with want.
func (m *Marbles) runMarks(r runSpan, want diagram) []mark {
	marks := []mark{{inFrame(r.from.Sub(m.zero)), markStart}}
	if to := inFrame(r.to.Sub(m.zero)); want.end() != 0 || to < want.length {
		marks = append(marks, mark{to, markLeave})
	}
	return marks
}

// ExpectSunk says what errors the sink of the test is told, and when. Without
// it, any is a failure of the test.
func (m *Marbles) ExpectSunk(text string) {
	place := caller()
	d := m.read(place, text, "a#")
	t := &table[struct{}]{errs: m.errs, values: []map[rune]struct{}{{}}}
	if err := t.check(d); err != nil {
		m.t.Fatalf("%s: %v", place, err)
	}
	m.sunk = true
	m.checks = append(m.checks, func() {
		l := &legend[struct{}]{table: t}
		got := diagram{length: d.length}
		for i, e := range m.sink.all() {
			hint := rune(0)
			if i < len(d.marks) {
				hint = d.marks[i].what
			}
			got.marks = append(got.marks, mark{inFrame(e.at.Sub(m.zero)), l.letter(hint, struct{}{}, e.err)})
		}
		m.compare(place+": the sink", d, got, l.notes)
	})
}
