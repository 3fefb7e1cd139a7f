package gallery_test

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/streamtest"
)

// Sizes in pixels.
const (
	frame  = 26 // one millisecond
	radius = 11 // of an event
	margin = 14
	left   = 92 // where instant 0 is
	stack  = 25 // between events of one instant
	boxed  = 40 // height of the box of the operator
	letter = 9  // width of a bold one
)

// palette colours values by their first letter.
var palette = []string{"#2f7fd6", "#d9822b", "#3a9d5d", "#8e5bd0", "#c2477f", "#1d9aa5", "#9a7b1c", "#6474a0"}

const style = `text{font:13px sans-serif;fill:#222}.v{fill:#fff;font-weight:bold;text-anchor:middle}.n{fill:#666}` +
	`.l{stroke:#666;stroke-width:2}.s{stroke:#999;stroke-width:2}.x{stroke:#c62828;stroke-width:3;stroke-linecap:round}` +
	`.e{fill:#fff;stroke:#c62828;stroke-width:2}.t{font-size:10px;fill:#c62828;text-anchor:middle}` +
	`.b{fill:#eef3f9;stroke:#8aa2bd}.c{text-anchor:middle;font-weight:bold}` +
	`@media(prefers-color-scheme:dark){text{fill:#ddd}.v{fill:#fff}.n{fill:#aaa}.l{stroke:#aaa}.e{fill:#222}.t{fill:#ff8a80}.b{fill:#223040;stroke:#5b738c}}`

// A sketch is an SVG in the making.
type sketch struct {
	body  strings.Builder
	y     int
	width int
}

func (s *sketch) add(format string, args ...any) { fmt.Fprintf(&s.body, format+"\n", args...) }

// draw returns the SVG of a picture and its lines, the output last.
func draw(p picture, lines []*line) string {
	s := &sketch{y: margin, width: max(left+frame*frames(lines), letter*len(p.label)) + 3*margin}
	for _, l := range lines[:len(lines)-1] {
		s.line(l)
	}
	s.y += 4
	s.add(`<rect class="b" x="%d" y="%d" width="%d" height="%d" rx="5"/>`, margin, s.y, s.width-2*margin, boxed-10)
	s.add(`<text class="c" x="%d" y="%d">%s</text>`, s.width/2, s.y+20, escape(p.label))
	s.y += boxed
	s.line(lines[len(lines)-1])
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", s.width, s.y)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escape(p.name), escape(strings.Join(texts(lines), "; ")), style)
	b.WriteString(s.body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// frames returns how many frames the lines take.
func frames(lines []*line) int {
	var last time.Duration
	for _, l := range lines {
		for _, r := range l.runs {
			last = max(last, r.to)
		}
		for _, m := range l.marks {
			last = max(last, m.at)
		}
	}
	return int((last + time.Millisecond - 1) / time.Millisecond)
}

func x(at time.Duration) int { return left + int(at*frame/time.Millisecond) }

// line draws one stream.
func (s *sketch) line(l *line) {
	y := s.y + radius + 2
	s.add(`<text class="n" x="%d" y="%d">%s</text>`, margin, y+5, escape(l.name))
	for _, r := range l.runs {
		s.run(r, y)
	}
	at := map[int]int{}
	deepest := 0
	for _, m := range l.marks {
		n := at[x(m.at)]
		at[x(m.at)]++
		deepest = max(deepest, n)
		s.mark(m, y+n*stack)
	}
	s.y = y + deepest*stack + radius + 12
	if slices.ContainsFunc(l.marks, func(m mark) bool { return errorText(m.err) != "" }) {
		s.y += 10
	}
}

// run draws the line of a run and its end.
func (s *sketch) run(r run, y int) {
	to := x(r.to)
	s.add(`<line class="l" x1="%[1]d" y1="%[2]d" x2="%[3]d" y2="%[2]d"/>`, x(r.from), y, max(to, x(r.from)+3))
	switch r.end {
	case ended:
		to += radius + 4 // behind events of the same instant
		s.add(`<line class="l" x1="%[1]d" y1="%[2]d" x2="%[3]d" y2="%[2]d"/>`, x(r.to), y, to)
		s.add(`<line class="l" x1="%[1]d" y1="%[2]d" x2="%[1]d" y2="%[3]d"/>`, to, y-radius, y+radius)
	case stopped, cut:
		to += radius + 8
		s.add(`<path class="s" d="M%d %dl-8 -8m0 8l8 -8" fill="none"/>`, to, y+4)
	}
}

// mark draws an event.
func (s *sketch) mark(m mark, y int) {
	at := x(m.at)
	if m.err != nil {
		s.add(`<circle class="e" cx="%d" cy="%d" r="%d"/>`, at, y, radius)
		s.add(`<path class="x" d="M%d %dl9 9m0 -9l-9 9"/>`, at-5, y-5)
		if text := errorText(m.err); text != "" {
			s.add(`<text class="t" x="%d" y="%d">%s</text>`, at, y+radius+11, escape(text))
		}
		return
	}
	width := max(2*radius, letter*len([]rune(m.text))+8)
	s.add(`<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s"/>`, at-width/2, y-radius, width, 2*radius, radius, colour(m.text))
	s.add(`<text class="v" x="%d" y="%d">%s</text>`, at, y+5, escape(m.text))
}

// errorText is what is said of an error beside its cross: nothing of those of
// the sources.
func errorText(err error) string {
	if err == nil || err == streamtest.ErrEvent { //nolint:errorlint // the event itself
		return ""
	}
	if task, ok := errors.AsType[*scope.TaskError](err); ok {
		err = task.Err
	}
	text := []rune(err.Error())
	if len(text) > 24 {
		text = append(text[:23], '…')
	}
	return string(text)
}

func colour(text string) string {
	for _, r := range text {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return palette[int(r|0x20)%len(palette)]
		}
	}
	return palette[0]
}

// texts describes the lines for those who cannot see them.
func texts(lines []*line) (all []string) {
	for _, l := range lines {
		var parts []string
		for _, m := range l.marks {
			what := m.text
			if m.err != nil {
				what = cmp.Or(errorText(m.err), "error")
			}
			parts = append(parts, fmt.Sprintf("%s at %v", what, m.at.Round(time.Millisecond)))
		}
		for _, r := range l.runs {
			parts = append(parts, fmt.Sprintf("%s at %v", [...]string{"ends", "is stopped", "is cut"}[r.end], r.to.Round(time.Millisecond)))
		}
		all = append(all, cmp.Or(l.name, "output")+": "+strings.Join(parts, ", "))
	}
	return all
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
