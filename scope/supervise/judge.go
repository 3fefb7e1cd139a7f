package supervise

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
)

// judge gives its verdict on a result: what the task of the attempt returns,
// and what happens next.
func (u *unit) judge(ctx context.Context, r result) {
	k := r.kid
	a := k.attempt
	k.attempt = nil
	defer a.end(nil)
	if r.refused {
		return
	}
	if r.err == nil || r.cut {
		r.verdict <- u.ended(ctx, k, r, a.life.Err() != nil)
		return
	}
	te := &scope.TaskError{
		Path:    u.sv.scope.Path(),
		Task:    k.task,
		Attempt: a.number,
		Site:    scope.Site(k.Run),
		Elapsed: r.elapsed,
		Err:     r.err,
	}
	final, tell := u.failed(ctx, k, r, te)
	r.verdict <- final
	if tell { // the slot is free now, or about to be
		u.tell(ctx, te)
	}
}

// ended decides what follows an attempt without a failure. It returns the
// error with which the supervision gives up, or nil.
func (u *unit) ended(ctx context.Context, k *kid, r result, told bool) error {
	if r.cut || told || u.closing(ctx) {
		return nil
	}
	if u.sv.config.policy != Always {
		k.complete = true
		return nil
	}
	return u.incident(ctx, k, r)
}

// failed decides what follows a failure. It returns the error with which the
// task fails for good, or nil and whether the failure is to be told.
func (u *unit) failed(ctx context.Context, k *kid, r result, te *scope.TaskError) (final error, tell bool) {
	switch {
	case r.err == ErrDoNotRestart: //nolint:errorlint // alone
		k.complete = true
		return nil, false
	case is(r.err, ErrEscalate):
		return u.giveUp(k, r, "as it asked to"), false
	case is(r.err, ErrDoNotRestart), u.sv.config.policy == Never, u.closing(ctx):
		k.complete = true
		return u.sv.final(te.Err), false
	case u.from <= k.index: // it is to be restarted anyway
		return nil, true
	}
	final = u.incident(ctx, k, r)
	return final, final == nil
}

// closing reports whether nothing may be restarted any more.
func (u *unit) closing(ctx context.Context) bool {
	if u.ending || ctx.Err() != nil {
		return true
	}
	select {
	case <-u.draining:
		return true
	default:
		return false
	}
}

// incident has k restarted, and those that go with it, unless that is not
// allowed: then it gives up.
func (u *unit) incident(ctx context.Context, k *kid, r result) error {
	if within, tooMany := u.sv.tooMany(); tooMany {
		return u.escalate(k, &EscalatedError{
			Restarts: within, Window: u.sv.config.window, Why: "more than allowed", Err: r.err,
		})
	}
	if r.elapsed >= u.sv.config.healthy {
		u.back.Reset()
	}
	wait := u.back.NextBackOff()
	if wait == backoff.Stop {
		return u.giveUp(k, r, "back-off over")
	}
	due := time.Now().Add(wait)
	if deadline, ok := ctx.Deadline(); ok && !due.Before(deadline) {
		return u.giveUp(k, r, fmt.Sprintf("deadline before the back-off of %v", wait))
	}
	u.sv.restarted()
	u.due = due
	u.cause = &scope.Cancelled{Path: u.sv.home.Path(), By: "task " + k.task, Reason: r.err}
	u.from = 0
	if u.rest {
		u.from = k.index
	}
	u.holdBack() // before the verdict gives the slot to one of them
	return nil
}

// giveUp ends the whole supervision for a reason other than the intensity.
func (u *unit) giveUp(k *kid, r result, why string) error {
	return u.escalate(k, &EscalatedError{Restarts: u.sv.total(), Why: why, Err: r.err})
}

// escalate ends the whole supervision with e, which it completes and returns.
func (u *unit) escalate(k *kid, e *EscalatedError) error {
	sv := u.sv
	e.Name = sv.name
	u.ending = true
	sv.failed(e)
	u.from, u.cause = 0, &scope.Cancelled{Path: sv.home.Path(), By: "task " + k.task, Reason: e}
	u.holdBack() // before the verdict gives the slot to one of them
	sv.halt(u.cause)
	if to := sv.config.escalateTo; to != nil {
		to.Cancel(e)
	}
	return e
}

// final returns the failure of an attempt as that of a task which is not
// restarted.
func (sv *Supervisor) final(err error) error {
	sv.failed(err)
	return err
}

// tell sends e to the sink, and waits, from a goroutine that the sink may end.
func (u *unit) tell(ctx context.Context, e *scope.TaskError) {
	told := make(chan struct{})
	err := u.sv.home.Go(ctx, func(ctx context.Context) error {
		defer close(told)
		u.sv.scope.Report(ctx, e)
		return nil
	})
	if err != nil { // the scope is closing
		u.sv.scope.Report(ctx, e)
		return
	}
	<-told
}
