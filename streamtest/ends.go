package streamtest

import (
	"context"
	"errors"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// checkLeaving lets the consumer leave on an event in every way, and then runs
// the stream again.
func (c *checker[A, B]) checkLeaving(tr trial, full *result) {
	for _, how := range []act{leaves, panics, exits} {
		tr.consumer = how
		var res, again *result
		c.try(tr, func(r *rig[A, B], ctx context.Context) {
			res = r.run(ctx, how)
			again = r.run(ctx, goOn)
		})
		if again == nil {
			continue
		}
		if len(res.events) != tr.at+1 || !c.begins(res.events, full.events) {
			c.fail("rule 5", tr, "got %v, want the first %d of %v", res.events, tr.at+1, full.events)
		}
		c.checkEnd(tr, res, how)
		if !c.alike(again.events, full.events) {
			c.fail("rule 6", tr, "and then runs again: got %v, want %v", again.events, full.events)
		}
	}
}

// checkEnd sees to it that a run ended as it had to, given what was done to it.
func (c *checker[A, B]) checkEnd(tr trial, res *result, how act) {
	want := how
	if how == leaves || how == cuts {
		want = goOn
	}
	if res.ended != want || how == panics && res.panicked != any(errPanic) {
		c.fail("rule 7", tr, "the runner %v (%v), want that it %v", res.ended, res.panicked, want)
	}
}

// checkTwice lets two runs take turns.
func (c *checker[A, B]) checkTwice(tr trial, full *result) {
	tr.pace = time.Millisecond
	var first, second *attempt[B]
	c.try(tr, func(r *rig[A, B], ctx context.Context) {
		var done [2]func()
		first, done[0] = r.prepare(ctx, goOn)
		second, done[1] = r.prepare(ctx, goOn)
		defer done[1]()
		defer done[0]()
		over := make(chan struct{})
		go func() { defer close(over); r.attempt(first) }()
		r.attempt(second)
		<-over
	})
	if first == nil {
		return
	}
	for _, a := range []*attempt[B]{first, second} {
		if !c.alike(a.events, full.events) {
			c.fail("rule 6", tr, "two runs at once: got %v, want %v", a.events, full.events)
		}
	}
}

// checkSource lets the source cut the run, panic and exit before an event.
func (c *checker[A, B]) checkSource(tr trial, full *result) {
	for _, how := range []act{cuts, panics, exits} {
		tr.source = how
		res := c.once(tr)
		switch {
		case !res.acted:
			if !c.alike(res.events, full.events) {
				c.fail("rule 6", tr, "which it did not come to: got %v, want %v", res.events, full.events)
			}
		case how == cuts:
			c.checkCutBefore(tr, res, full)
		case res.onRunner:
			c.checkEnd(tr, res, how)
			c.checkHead(tr, "rule 7", res.events, full)
		default:
			c.checkTold(tr, res, full)
		}
	}
}

// checkHead sees to it that what came is what comes before event tr.at of the
// source.
func (c *checker[A, B]) checkHead(tr trial, rule string, events []output, full *result) {
	want := full.events
	if c.strict() {
		want = full.events[:full.due[tr.at]]
	}
	if !c.begins(events, want) || c.strict() && len(events) != len(want) {
		c.fail(rule, tr, "got %v, want %v", events, want)
	}
}

// checkTold judges a run whose source panicked or exited in a task.
func (c *checker[A, B]) checkTold(tr trial, res, full *result) {
	var others []output
	told := 0
	for _, o := range res.events {
		p, isPanic := errors.AsType[*scope.PanicError](o.err)
		switch {
		case tr.source == panics && isPanic && p.Value == any(errPanic), tr.source == exits && errors.Is(o.err, scope.ErrGoexit):
			told++
		default:
			others = append(others, o)
		}
	}
	if told != 1 && c.relaxed&Handles == 0 {
		c.fail("rule 7", tr, "got %v, want one event that tells of it", res.events)
	}
	if c.relaxed&(Boundary|Flushes) == 0 && !c.begins(others, full.events) {
		c.fail("rule 7", tr, "got %v, want some of %v beside", res.events, full.events)
	}
	c.checkEnd(tr, res, goOn)
}
