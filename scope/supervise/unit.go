package supervise

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
)

// A unit is what is restarted together: one task, or the children of a group.
// Its loop is one goroutine that owns all but what sv.mu guards; attempts send
// it their results and get a verdict each.
type unit struct {
	sv      *Supervisor
	rest    bool // a failure concerns only those behind it
	kids    []*kid
	back    backoff.BackOff
	wake    chan struct{} // to look at asked and at the starter again
	results chan result   // has room for all
	dead    chan struct{} // closed when the loop has been left
	after   <-chan struct{}
	started chan struct{} // closed when all kids have been started for the first time

	// The incident that is being dealt with.
	from   int              // kids[from:] are to be restarted; len(kids): no incident
	cause  *scope.Cancelled // with which they are cancelled
	due    time.Time        // no restart before
	abort  func()           // ends the starter
	ending bool             // nothing is restarted any more
	halted *scope.Cancelled // with which all end, if the supervision ends them
	leave  bool             // what runs is left to the scope

	draining <-chan struct{} // of the home

	asked *scope.Cancelled // by Restart; guarded by sv.mu
	state State            // guarded by sv.mu
}

// run is the loop.
//
// The home closes before the scope does. If it is the scope that begins to, the
// loop leaves what runs to it, as tasks like any other: so nothing is waited
// for twice.
func (u *unit) run(ctx context.Context) error {
	defer u.over()
	u.draining = scope.Draining(ctx)
	draining, ended, above := u.draining, ctx.Done(), scope.Draining(u.sv.scope.Context())
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	u.from = len(u.kids)
	u.start(ctx, u.kids)
	for u.step(ctx, timer) {
		select {
		case r := <-u.results:
			u.judge(ctx, r)
		case <-u.wake:
			u.look()
		case <-timer.C:
		case <-draining:
			u.ending, draining = true, nil
		case <-ended:
			u.onEnd(ctx)
			ended = nil
		case <-above:
			u.ending, u.leave = true, true
		}
	}
	return nil
}

// onEnd is called when the home has ended: for itself, or with the scope.
func (u *unit) onEnd(ctx context.Context) {
	u.ending = true
	c, ok := context.Cause(ctx).(*scope.Cancelled) //nolint:errorlint // the cause itself
	if ok && c.Path == u.sv.home.Path() {
		u.halted = c
	} else {
		u.leave = true
	}
}

// step does what can be done now, and reports whether anything is left to wait
// for.
func (u *unit) step(ctx context.Context, timer *time.Timer) bool {
	if u.ending {
		u.from = len(u.kids)
		u.show(Stopping)
		u.abort()
		for _, k := range u.kids {
			switch {
			case k.attempt == nil:
			case u.halted != nil:
				k.attempt.end(u.halted)
			case !k.attempt.hasBegun():
				k.attempt.end(nil)
			}
		}
		return !u.leave && u.up(0) >= 0
	}
	if u.from == len(u.kids) {
		u.show(u.running())
		return u.pending()
	}
	if up := u.up(u.from); up >= 0 {
		u.show(Stopping)
		u.stop(up)
		return true
	}
	if wait := time.Until(u.due); wait > 0 {
		u.show(BackingOff)
		timer.Reset(wait)
		return true
	}
	var kids []*kid
	for _, k := range u.kids[u.from:] {
		if !k.complete {
			kids = append(kids, k)
		}
	}
	u.from = len(u.kids)
	u.start(ctx, kids)
	u.show(u.running())
	return u.pending()
}

// up returns the last kid from the one at from on that has an attempt, or -1.
func (u *unit) up(from int) int {
	for i := len(u.kids) - 1; i >= from; i-- {
		if u.kids[i].attempt != nil {
			return i
		}
	}
	return -1
}

// pending reports whether a kid has not completed.
func (u *unit) pending() bool {
	for _, k := range u.kids {
		if !k.complete {
			return true
		}
	}
	return false
}

func (u *unit) running() State {
	for _, k := range u.kids {
		if k.attempt != nil && !k.attempt.hasBegun() {
			return Starting
		}
	}
	return Running
}

// stop cancels the kid at i.
func (u *unit) stop(i int) {
	u.holdBack()
	u.kids[i].attempt.end(u.cause)
}

// holdBack keeps those that have not begun from it: there is no order in which
// they must not begin.
func (u *unit) holdBack() {
	u.abort()
	for _, k := range u.kids[u.from:] {
		if k.attempt != nil && !k.attempt.hasBegun() {
			k.attempt.end(u.cause)
		}
	}
}

// look begins what Restart or Stop asked for.
func (u *unit) look() {
	u.sv.mu.Lock()
	cause := u.asked
	u.asked = nil
	halted := u.sv.halted
	u.sv.mu.Unlock()
	switch {
	case halted != nil:
		u.ending, u.halted = true, halted
	case cause != nil && !u.ending:
		u.from, u.cause, u.due = 0, cause, time.Now()
	}
}

// show makes the state visible.
func (u *unit) show(s State) {
	u.sv.mu.Lock()
	defer u.sv.mu.Unlock()
	u.state = s
}

// rouse makes the loop look again.
func (u *unit) rouse() {
	select {
	case u.wake <- struct{}{}:
	default: // it has not looked yet
	}
}

// over notes that the loop has ended, or will never run.
func (u *unit) over() {
	close(u.dead)
	if !u.leave && u.up(0) >= 0 { // a BackOff has panicked
		for _, k := range u.kids {
			if k.attempt != nil {
				k.attempt.end(nil)
			}
		}
	}
	sv := u.sv
	sv.mu.Lock()
	sv.loops--
	last := sv.loops == 0
	sv.mu.Unlock()
	if last && sv.home.State() == scope.StateOpen {
		sv.home.Cancel(nil)
	}
	sv.left()
}
