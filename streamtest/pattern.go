package streamtest

import (
	"math/rand/v2"
	"strings"
)

// The kinds of event in a pattern.
const (
	patternValue = 'v'
	patternError = '#'
	patternFatal = 'F' // the error that the source ends with
)

// A pattern is the kinds of event that a source gives, one after the other.
type pattern string

// String returns the pattern as a diagram without time. Its n-th value is the
// n-th letter.
func (p pattern) String() string {
	var b strings.Builder
	n := 0
	for _, kind := range p {
		if kind == patternValue {
			kind = rune('a' + n%26)
			n++
		}
		b.WriteRune(kind)
	}
	return b.String() + "|"
}

// values returns how many values are among the first k events.
func (p pattern) values(k int) int { return strings.Count(string(p[:k]), string(patternValue)) }

// plain returns the pattern without its errors.
func (p pattern) plain() pattern { return pattern(strings.Repeat("v", p.values(len(p)))) }

// patterns returns all patterns of at most n events.
func patterns(n int) []pattern {
	all := []pattern{""}
	for i := 0; i < len(all); i++ {
		p := all[i]
		if len(p) == n || strings.HasSuffix(string(p), string(patternFatal)) {
			continue
		}
		all = append(all, p+"v", p+"#", p+"F")
	}
	return all
}

// randomPatterns returns count patterns that are longer, the same ones each
// time.
func randomPatterns(count int) []pattern {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]pattern, count)
	for i := range all {
		var b strings.Builder
		errors := 1 + r.IntN(9) // of ten events
		for range 6 + r.IntN(18) {
			if r.IntN(10) < errors {
				b.WriteRune(patternError)
			} else {
				b.WriteRune(patternValue)
			}
		}
		all[i] = pattern(b.String())
	}
	return all
}
