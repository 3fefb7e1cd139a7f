package streamtest

import (
	"slices"
	"strings"
)

// checkE0 compares what comes of a source with what must, given what comes of
// its values alone.
func (c *checker[A, B]) checkE0(p pattern) {
	tr := trial{pattern: p, place: [...]place{inTask, outside, unscoped}[len(p)%3]}
	if tr.place == unscoped && c.relaxed&Handles != 0 {
		tr.place = inTask // an operator that reports errors would fill the log
	}
	tr.identify = len(p) <= maxTried
	got := c.once(tr)
	tr.identify = false
	again := c.once(tr)
	if !c.alike(got.events, again.events) {
		c.fail("rule 6", tr, "one run gave %v, another %v", got.events, again.events)
	}
	if got.ended != goOn {
		c.fail("rule 7", tr, "the run %v: %v", got.ended, got.panicked)
	}
	if p == p.plain() || c.relaxed&Handles != 0 {
		return
	}
	if want, ok := c.expected(p); !ok {
		c.fail("E0", tr, "what comes of fewer values is not the beginning of what comes of more, so Delayed does not apply")
	} else if !c.alike(got.events, want) {
		c.fail("E0", tr, "got %v, want %v", got.events, want)
	}
	c.checkErrors(tr, got)
}

// checkErrors sees to it that the errors of the source came out in their order,
// and in time.
func (c *checker[A, B]) checkErrors(tr trial, got *result) {
	last := 0
	for i, o := range got.events {
		f := failureOf(o.err)
		if f == nil {
			continue
		}
		if f.n <= last {
			c.fail("E0", tr, "%v comes after error %d", f, last)
		}
		last = f.n
		if c.strict() && !got.inTime(tr.pattern, f.n, i) {
			c.fail("E0", tr, "%v came when the source had gone on, want at once", f)
		}
	}
}

// inTime reports whether output i, which is the n-th error, had come when the
// source had yielded that.
func (r *result) inTime(p pattern, n, i int) bool {
	k := p.index(n)
	return k >= len(r.passed) || i < r.passed[k]
}

// index returns which event of the pattern the n-th error is.
func (p pattern) index(n int) int {
	for i, kind := range p {
		if kind != patternValue {
			n--
		}
		if n == 0 {
			return i
		}
	}
	return -1
}

// expected returns what must come of p by E0 and its relaxations. It reports
// false where Delayed does not apply.
func (c *checker[A, B]) expected(p pattern) (want []output, ok bool) {
	switch {
	case c.relaxed&Boundary != 0:
		return c.bounded(p), true
	case c.relaxed&Delayed != 0:
		return c.placed(p)
	}
	plain := c.plain(0, p.values(len(p)))
	from := 0
	for k, kind := range p {
		if kind == patternValue {
			continue
		}
		n := p.values(k)
		if n >= len(plain.due) {
			break // it had stopped the source by then
		}
		want = append(want, plain.events[from:plain.due[n]]...)
		from = plain.due[n]
		want = append(want, p.failure(k))
		if c.relaxed&Stops != 0 {
			return want, true
		}
	}
	return append(want, plain.events[from:]...), true
}

// failure returns what comes of event k of the source, an error.
func (p pattern) failure(k int) output { return output{err: &failure{k + 1 - p.values(k)}} }

// plain returns what comes of n values after the first skip ones.
func (c *checker[A, B]) plain(skip, n int) *result {
	key := [2]int{skip, n}
	if c.alone[key] == nil {
		c.alone[key] = c.once(trial{pattern: pattern(strings.Repeat("v", n)), skip: skip})
	}
	return c.alone[key]
}

// bounded returns what comes of the parts of p between errors, each as if it
// were alone.
func (c *checker[A, B]) bounded(p pattern) (want []output) {
	from := 0 // values
	for k, kind := range p {
		if kind != patternValue {
			n := p.values(k)
			want = append(append(want, c.plain(from, n-from).events...), p.failure(k))
			from = n
		}
	}
	return append(want, c.plain(from, p.values(len(p))-from).events...)
}

// placed returns what comes of the values of p, and each error after what comes
// of those before it.
func (c *checker[A, B]) placed(p pattern) (want []output, ok bool) {
	all := c.plain(0, p.values(len(p))).events
	from := 0
	for k, kind := range p {
		if kind == patternValue {
			continue
		}
		head := c.plain(0, p.values(k)).events
		if len(head) > len(all) || !same(head, all[:len(head)]) {
			return nil, false
		}
		want = append(want, all[from:len(head)]...)
		from = len(head)
		want = append(want, p.failure(k))
	}
	return append(want, all[from:]...), true
}

// same reports whether a and b are the same outputs.
func same(a, b []output) bool { return slices.EqualFunc(a, b, equal) }

// equal reports whether a and b are the same but for the identity of errors.
func equal(a, b output) bool { return a.String() == b.String() }

// alike reports whether a and b are the same, in any order if the operator may
// change it.
func (c *checker[A, B]) alike(a, b []output) bool {
	return len(a) == len(b) && c.begins(a, b)
}

// begins reports whether part is the beginning of whole, or for an operator
// that may change the order some of it.
func (c *checker[A, B]) begins(part, whole []output) bool {
	if len(part) > len(whole) {
		return false
	}
	if c.relaxed&Unordered == 0 {
		return same(part, whole[:len(part)])
	}
	count := make(map[string]int)
	for _, o := range whole {
		count[o.String()]++
	}
	for _, o := range part {
		if count[o.String()]--; count[o.String()] < 0 {
			return false
		}
	}
	return true
}
