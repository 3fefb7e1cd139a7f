package streamtest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDashes is the longest gap that is drawn frame by frame.
const maxDashes = 9

// A cell is the marks of one instant, which take as many frames as they have
// characters.
type cell struct {
	from, to time.Duration
	text     []rune
	ends     bool
}

// cells returns the marks by instant. It reports false if some stand where the
// group before them has not ended, which no diagram can say.
func (d diagram) cells() ([]cell, bool) {
	var all []cell
	for i := 0; i < len(d.marks); {
		at := d.marks[i].at
		var text []rune
		for ; i < len(d.marks) && d.marks[i].at == at; i++ {
			text = append(text, d.marks[i].what)
		}
		if len(text) > 1 {
			text = append(append([]rune{'('}, text...), ')')
		}
		if n := len(all); n > 0 && all[n-1].to > at {
			return nil, false
		}
		all = append(all, cell{at, at + time.Duration(len(text))*frame, text, i == len(d.marks) && d.end() != 0})
	}
	return all, true
}

// draw returns diagrams as texts with one column for each instant. What cannot
// be drawn so is listed.
func draw(ds ...diagram) []string {
	var rows [][]cell
	stops := []time.Duration{0}
	for _, d := range ds {
		row, ok := d.cells()
		if !ok {
			return list(ds)
		}
		rows = append(rows, row)
		if d.end() == 0 {
			stops = append(stops, d.length)
		}
		for _, c := range row {
			stops = append(stops, c.from, c.to)
		}
	}
	slices.Sort(stops)
	stops = slices.Compact(stops)
	texts := make([]strings.Builder, len(rows))
	for i, from := range stops[:len(stops)-1] {
		if !drawGap(texts, rows, from, stops[i+1]) {
			return list(ds)
		}
	}
	drawn := make([]string, len(rows))
	for i := range texts {
		drawn[i] = texts[i].String()
	}
	if len(drawn) == 1 {
		drawn[0] = strings.TrimSpace(drawn[0])
	}
	return drawn
}

// drawGap draws what lies between two neighbouring stops. It reports false if a
// cell does not fit in, frame by frame.
func drawGap(texts []strings.Builder, rows [][]cell, from, to time.Duration) bool {
	parts := make([][]rune, len(rows))
	inside := false
	for i, row := range rows {
		j, _ := slices.BinarySearchFunc(row, from, func(c cell, at time.Duration) int { return cmp.Compare(c.to, at+1) })
		if j == len(row) || row[j].from > from {
			continue
		}
		c := row[j]
		if (from-c.from)%frame != 0 || (to-from)%frame != 0 {
			return false
		}
		inside = true
		parts[i] = c.text[(from-c.from)/frame : (to-c.from)/frame]
	}
	gap := strings.Repeat("-", int(min((to-from)/frame, 1000)))
	if whole := (to-from)%frame == 0; !whole || !inside && (to-from)/frame > maxDashes {
		gap = " " + spanText(to-from) + " "
	}
	if slices.ContainsFunc(parts, isUnit) {
		for i := range texts {
			texts[i].WriteByte(' ') // lest a digit before it makes a time span of the two
		}
	}
	for i, row := range rows {
		switch {
		case parts[i] != nil:
			texts[i].WriteString(string(parts[i]))
		case len(row) > 0 && row[len(row)-1].to <= from && row[len(row)-1].ends:
			texts[i].WriteString(strings.Repeat(" ", len(gap)))
		default:
			texts[i].WriteString(gap)
		}
	}
	return true
}

func isUnit(part []rune) bool { return len(part) > 0 && (part[0] == 'm' || part[0] == 's') }

// spanText returns d as a time span in milliseconds.
func spanText(d time.Duration) string {
	whole, rest := d/frame, d%frame
	if rest == 0 {
		return strconv.Itoa(int(whole)) + "ms"
	}
	return fmt.Sprintf("%d.%sms", whole, strings.TrimRight(fmt.Sprintf("%06d", rest), "0"))
}

// list is draw where events lie too close for a diagram.
func list(ds []diagram) []string {
	var texts []string
	for _, d := range ds {
		var b strings.Builder
		for i, m := range d.marks {
			switch {
			case i > 0 && m.at == d.marks[i-1].at:
			case i > 0:
				b.WriteString(", " + spanText(m.at) + " ")
			default:
				b.WriteString(spanText(m.at) + " ")
			}
			b.WriteRune(m.what)
		}
		texts = append(texts, b.String())
	}
	return texts
}
