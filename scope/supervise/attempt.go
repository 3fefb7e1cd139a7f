package supervise

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A kid is a child within its unit. The loop of the unit owns it.
type kid struct {
	Child
	task     string // the name of its attempts
	index    int    // in the unit
	attempts int
	complete bool // nothing restarts it
	attempt  *attempt
}

// An attempt is one run of a child, from the decision to start it until its
// result has been seen.
type attempt struct {
	number int
	life   context.Context // ends when the supervision wants it to
	end    context.CancelCauseFunc
	begun  chan struct{} // closed when the task runs
	ready  func()        // closes isReady, once
	ended  chan struct{} // closed when Run has returned

	isReady chan struct{}
}

// A result is what became of an attempt. There is exactly one for each.
type result struct {
	kid     *kid
	err     error
	cut     bool // err says no more than that the attempt was cancelled
	refused bool // it never began
	elapsed time.Duration
	verdict chan error // takes what the task of the attempt returns
}

func newAttempt(ctx context.Context, number int) *attempt {
	a := &attempt{number: number, begun: make(chan struct{}), ended: make(chan struct{}), isReady: make(chan struct{})}
	// The home may end before the scope, and then leaves the attempt alone.
	a.life, a.end = context.WithCancelCause(context.WithoutCancel(ctx))
	a.ready = sync.OnceFunc(func() { close(a.isReady) })
	return a
}

// hasBegun reports whether the task of the attempt runs, or has run.
func (a *attempt) hasBegun() bool {
	select {
	case <-a.begun:
		return true
	default:
		return false
	}
}

type readyKey struct{}

// Ready says that the child whose attempt has the context ctx is ready, see
// [Child]. Elsewhere, and from the second call on, it does nothing.
func Ready(ctx context.Context) {
	if ready, ok := ctx.Value(readyKey{}).(func()); ok {
		ready()
	}
}

// task returns the attempt as a task of the scope: it asks the loop what its
// end means.
func (u *unit) task(k *kid, a *attempt) func(context.Context) error {
	return func(ctx context.Context) error {
		if a.life.Err() != nil { // it was told to end before it could begin
			close(a.begun)
			u.refuse(k)
			return nil
		}
		ctx, cancel := context.WithCancelCause(context.WithValue(ctx, readyKey{}, a.ready))
		defer cancel(nil)
		defer u.sv.left()
		defer context.AfterFunc(a.life, func() { cancel(context.Cause(a.life)) })()
		u.sv.began()
		close(a.begun)
		start := time.Now()
		r := result{kid: k, verdict: make(chan error, 1)}
		r.err, r.cut = call(ctx, fmt.Sprintf("%s.attempt-%d", k.task, a.number), k.Run)
		r.elapsed = time.Since(start)
		close(a.ended)
		u.results <- r
		select {
		case err := <-r.verdict:
			return err
		case <-u.dead: // it may have left the attempt to the scope
			select {
			case err := <-r.verdict:
				return err
			default:
			}
			if r.err == nil || r.cut || r.err == ErrDoNotRestart { //nolint:errorlint // alone
				return nil
			}
			return u.sv.final(r.err)
		}
	}
}

// began counts an attempt that has begun.
func (sv *Supervisor) began() {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	sv.attempts++
}

// call calls fn as a task of a scope of its own: a Goexit ends no more than
// that, and what the attempt has spawned has ended when the next begins. If fn
// fails, that is cancelled. It reports whether the error says no more than that
// ctx has ended.
func call(ctx context.Context, name string, fn func(context.Context) error) (err error, cut bool) {
	var failed *scope.TaskError
	var cancelled error
	rest := scope.Run(ctx, name, func(ctx context.Context, s *scope.Scope) error {
		task := scope.Go(ctx, s, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
		_, err = task.Wait(context.WithoutCancel(ctx))
		if te, ok := err.(*scope.TaskError); ok { //nolint:errorlint // of the handle, not what that wraps
			failed, err = te, te.Err
			c := &scope.Cancelled{Path: s.Path(), By: "its attempt", Reason: err}
			cancelled = c
			s.Cancel(c)
		}
		return nil
	})
	cut = err != nil && failed == nil
	switch {
	case rest == nil, rest == cancelled, stream.IsCut(ctx, rest): //nolint:errorlint // that and nothing else
	case failed != nil:
		err = errors.Join(err, rest)
	default: // a release failed
		err, cut = rest, false
	}
	return err, cut
}

// start starts kids in order, on a goroutine of its own, for it may wait for
// slots while those that run want the loop.
func (u *unit) start(ctx context.Context, kids []*kid) {
	attempts := make([]*attempt, len(kids))
	u.sv.add(len(kids))
	for i, k := range kids {
		k.attempts++
		k.attempt = newAttempt(ctx, k.attempts)
		attempts[i] = k.attempt
	}
	starting, abort := context.WithCancel(ctx)
	u.abort = abort
	after, started := u.after, u.started
	u.after, u.started = nil, nil
	err := u.sv.home.Go(ctx, func(context.Context) error {
		defer abort()
		if after != nil {
			select {
			case <-after:
			case <-starting.Done():
			}
		}
		for i, k := range kids {
			u.startOne(starting, k, attempts[i])
		}
		if started != nil {
			close(started)
		}
		u.rouse()
		return nil
	})
	if err != nil { // the loop is about to see that it is over
		abort()
		for _, k := range kids {
			u.refuse(k)
		}
	}
}

// refuse is what comes of an attempt that never begins.
func (u *unit) refuse(k *kid) {
	u.results <- result{kid: k, refused: true}
	u.sv.left()
}

// add counts n attempts that will run or be refused.
func (sv *Supervisor) add(n int) {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	sv.live += n
}

// startOne starts one attempt and waits until it runs.
func (u *unit) startOne(starting context.Context, k *kid, a *attempt) {
	if starting.Err() != nil {
		u.refuse(k)
		return
	}
	err := u.sv.scope.Go(a.life, u.task(k, a), scope.Named(k.task), scope.Attempt(a.number), scope.SiteOf(k.Run))
	if err != nil {
		u.refuse(k)
		return
	}
	<-a.begun
	if k.AwaitReady {
		select {
		case <-a.isReady:
		case <-a.ended:
		case <-starting.Done():
		}
	}
}
