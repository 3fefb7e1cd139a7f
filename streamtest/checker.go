package streamtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// How long the sources are whose events are tried one by one, and those for E0.
const (
	maxTried = 4
	maxE0    = 5
	longer   = 8 // random ones
)

// conform is Conform for whoever wants the failures.
func conform[A, B any](t *testing.T, op func(src stream.Stream[A]) stream.Stream[B], relaxed ...Relaxation) []string {
	t.Helper()
	if _, ok := value[A](1); !ok {
		t.Fatalf("streamtest: Conform: no values of type %T: let the operator map those of another type", *new(A))
	}
	c := &checker[A, B]{t: t, op: op, failed: make(map[string]bool), alone: make(map[[2]int]*result)}
	for _, r := range relaxed {
		c.relaxed |= r
	}
	c.check(func() bool { return false })
	return c.failures
}

// A checker tries one operator.
type checker[A, B any] struct {
	t        *testing.T
	op       func(src stream.Stream[A]) stream.Stream[B]
	relaxed  Relaxation
	failures []string
	failed   map[string]bool    // rules that need not be tried again
	alone    map[[2]int]*result // of sources without errors, by their values
}

// check tries all sources, until there is enough.
func (c *checker[A, B]) check(enough func() bool) {
	for _, p := range append(patterns(maxE0), randomPatterns(longer)...) {
		if c.checkE0(p); enough() {
			return
		}
	}
	if c.failed["rule 1"] {
		return // a panic on a goroutine of the operator would end the process
	}
	for i, p := range append(patterns(maxTried), randomPatterns(longer)...) {
		step := max(1, len(p)-maxTried+2) // of the events of long sources some
		c.checkAll(p, i, func(at, n int) bool { return at%step == i%step || len(p) > maxTried && at == n-1 })
		if enough() {
			return
		}
	}
}

// strict reports whether the outputs come in step with the source.
func (c *checker[A, B]) strict() bool { return c.relaxed&(Delayed|Unordered) == 0 }

func (c *checker[A, B]) fail(rule string, tr trial, format string, args ...any) {
	if !c.failed[rule] {
		c.failed[rule] = true
		c.failures = append(c.failures, fmt.Sprintf("%s: %v: %s", rule, tr, fmt.Sprintf(format, args...)))
	}
}

// try carries out a trial: see [rig].
func (c *checker[A, B]) try(tr trial, body func(r *rig[A, B], ctx context.Context)) {
	c.t.Helper()
	for _, b := range try(c.t, c.op, c.relaxed, tr, body) {
		c.fail(b.rule, tr, "%s", b.text)
	}
}

// once carries out a trial of one run.
func (c *checker[A, B]) once(tr trial) *result {
	res := new(result)
	c.try(tr, func(r *rig[A, B], ctx context.Context) { res = r.run(ctx, tr.consumer) })
	return res
}

// checkAll tries all but E0 on one source, at those events that which picks.
// Number n is that of the source.
func (c *checker[A, B]) checkAll(p pattern, n int, which func(at, n int) bool) {
	where := place(n % 2)
	tr := trial{pattern: p, place: where, hasty: n%2 == 0}
	full := c.once(tr)
	for at := range full.events {
		if which(at, len(full.events)) {
			tr.at = at
			c.checkLeaving(tr, full)
			c.checkCut(tr, full)
		}
	}
	tr = trial{pattern: p, place: where}
	full = c.once(tr)
	tr.pace = time.Millisecond
	paced := c.once(tr)
	tr.pace = 0
	for at := range len(p) + 1 {
		if which(at, len(p)+1) {
			tr.at = at
			c.checkSource(tr, full)
			c.checkCutLate(tr, full)
			c.checkCutFromOutside(tr, paced)
		}
	}
	tr.at = 0
	c.checkEnded(tr)
	c.checkTwice(tr, paced)
}
