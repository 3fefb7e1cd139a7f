package streamtest

import (
	"context"
	"slices"
	"time"
)

// checkCut lets the consumer cut the run on an event, and do something on the
// cause, and then runs the stream again.
func (c *checker[A, B]) checkCut(tr trial, full *result) {
	tr.consumer = cuts
	tr.place = place((int(tr.place) + tr.at) % 3)
	for _, tr.onCause = range []act{goOn, act(1 + tr.at%3)} {
		var res, again *result
		c.try(tr, func(r *rig[A, B], ctx context.Context) {
			res = r.run(ctx, cuts)
			if r.place != inScope {
				again = r.run(ctx, goOn)
			}
		})
		if res == nil {
			continue
		}
		c.checkCause(tr, res, full)
		if again != nil && !c.alike(again.events, full.events) {
			c.fail("rule 6", tr, "and then runs again: got %v, want %v", again.events, full.events)
		}
	}
}

// checkCause judges a run that its consumer has cut.
func (c *checker[A, B]) checkCause(tr trial, res, full *result) {
	n := min(tr.at+1, len(res.events))
	head, rest := res.events[:n], res.events[n:]
	if n <= tr.at || !c.begins(head, full.events) {
		c.fail("rule 4", tr, "got %v, want it to begin as %v", res.events, full.events)
	}
	rest, came := c.cutOff(tr, res, rest)
	next := n // of full.events; values that were held before an error do not come
	for _, o := range rest {
		if o.err == nil {
			c.fail("rule 4", tr, "got %v, a value after the cut", res.events)
			continue
		}
		for next < len(full.events) && !equal(o, full.events[next]) {
			next++
		}
		if c.strict() && next >= len(full.events) {
			c.fail("rule 4", tr, "got %v, want nothing that does not come otherwise: %v", res.events, full.events)
		}
		next++
	}
	switch complete := len(res.events) == len(full.events); {
	case came:
		c.checkEnd(tr, res, tr.onCause)
	case res.told || !complete:
		c.fail("rule 4", tr, "got %v, want the cause last", res.events)
	default:
		c.checkEnd(tr, res, goOn)
	}
}

// cutOff takes the cause off the events of a run that was cut, if it is there,
// and sees to it that it came in time and once.
func (c *checker[A, B]) cutOff(tr trial, res *result, events []output) (before []output, came bool) {
	isCause := func(o output) bool { return o.err != nil && o.err == res.cause } //nolint:errorlint // the cause itself
	i := slices.IndexFunc(events, isCause)
	if i < 0 {
		return events, false
	}
	if i < len(events)-1 {
		c.fail("rule 4", tr, "got %v, want nothing after the cause", res.events)
	}
	if late := events[i].at - res.cutAt; late > 0 {
		c.fail("rule 4", tr, "the cause came %v after the cut, want at once", late)
	}
	return events[:i], true
}

// checkCutBefore judges a run that was cut before event tr.at of its source.
func (c *checker[A, B]) checkCutBefore(tr trial, res, full *result) {
	head, came := c.cutOff(tr, res, res.events)
	if !came {
		c.fail("rule 4", tr, "got %v, want the cause last", res.events)
	}
	c.checkHead(tr, "rule 4", head, full)
	c.checkEnd(tr, res, goOn)
}

// checkCutLate cuts the run when its source has taken event tr.at already and
// yields it: what comes of that may come, but nothing that was held back.
func (c *checker[A, B]) checkCutLate(tr trial, full *result) {
	tr.source = cutsLate
	if tr.at == len(tr.pattern) {
		return
	}
	for _, tr.hasty = range []bool{false, true} {
		res := c.once(tr)
		if !res.acted {
			continue
		}
		head, came := c.cutOff(tr, res, res.events)
		if !came && (res.told || len(head) < len(full.events)) {
			c.fail("rule 4", tr, "got %v, want the cause last", res.events)
		}
		handled := c.relaxed&Handles != 0 && tr.pattern[tr.at] != patternValue
		if !handled && !c.comesLate(tr, head, full) {
			c.fail("rule 4", tr, "got %v, want no more of %v than what comes of that event", res.events, full.events)
		}
	}
}

// comesLate reports whether events are those that come before event tr.at of the
// source, and some of those that come of it.
func (c *checker[A, B]) comesLate(tr trial, events []output, full *result) bool {
	if !c.strict() {
		return c.begins(events, full.events)
	}
	due := full.due[tr.at]
	if len(events) < due || !same(events[:due], full.events[:due]) {
		return false
	}
	of := full.events[due:full.passed[tr.at]]
	return !slices.ContainsFunc(events[due:], func(o output) bool {
		return !slices.ContainsFunc(of, func(p output) bool { return equal(o, p) })
	})
}

// checkCutFromOutside cuts a run while its source waits for event tr.at.
func (c *checker[A, B]) checkCutFromOutside(tr trial, full *result) {
	tr.pace = time.Millisecond
	tr.cutAfter = time.Duration(tr.at)*tr.pace + tr.pace/2
	if full.took <= tr.cutAfter {
		return // it is over by then
	}
	tr.place = place((int(tr.place) + tr.at) % 3)
	res := c.once(tr)
	var want []output
	for _, o := range full.events {
		if o.at < tr.cutAfter {
			want = append(want, o)
		}
	}
	head, came := c.cutOff(tr, res, res.events)
	if !came || !c.alike(head, want) {
		c.fail("rule 4", tr, "got %v, want %v and the cause", res.events, want)
	}
	c.checkEnd(tr, res, goOn)
}

// checkEnded runs the stream under a context that has ended.
func (c *checker[A, B]) checkEnded(tr trial) {
	var res *result
	c.try(tr, func(r *rig[A, B], ctx context.Context) {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(ErrCut)
		res = r.run(ctx, goOn)
	})
	if res != nil && (len(res.events) != 1 || res.events[0].err != ErrCut) { //nolint:errorlint // the cause itself
		c.fail("rule 4", tr, "under a context that has ended: got %v, want the cause alone", res.events)
	}
}
