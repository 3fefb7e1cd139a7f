package operators_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

const ms = time.Millisecond

type letters = stream.Stream[string]

// A diagram is one run of an operator: what its sources do, what it gives, and
// what letters stand for that do not stand for themselves.
type diagram struct {
	name   string
	srcs   []string
	want   string
	values map[rune]string
	sunk   string // what the sink is told
}

// diagrams runs an operator as drawn.
func diagrams(t *testing.T, build func(srcs ...letters) letters, all ...diagram) {
	t.Helper()
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) {
				if d.sunk != "" {
					m.ExpectSunk(d.sunk)
				}
				var srcs []letters
				for _, s := range d.srcs {
					srcs = append(srcs, streamtest.Cold[string](m, s).Stream())
				}
				if d.values != nil {
					streamtest.Expect(m, build(srcs...), d.want, d.values)
				} else {
					streamtest.Expect(m, build(srcs...), d.want)
				}
			})
		})
	}
}

// one is a diagram of an operator on one source.
func one(name, src, want string) diagram {
	return diagram{name: name, srcs: []string{src}, want: want}
}

// two is a diagram of an operator on two sources.
func two(name, first, second, want string) diagram {
	return diagram{name: name, srcs: []string{first, second}, want: want}
}

// inSlices is a diagram whose output is slices, drawn as capitals.
func inSlices(name, src, want string, values map[rune]string) diagram {
	return diagram{name: name, srcs: []string{src}, want: want, values: values}
}

// joined makes a word of each slice.
func joined(s stream.Stream[[]string]) letters {
	return operators.Map(s, func(v []string) string { return strings.Join(v, "") })
}
