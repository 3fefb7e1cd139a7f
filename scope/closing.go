package scope

import "context"

// An ending is why and how contexts end. One walk shares one ending.
type ending struct {
	err   error // context.Canceled or context.DeadlineExceeded
	cause error
	drain bool // tasks get time to end by themselves
	done  bool // the scope that was ended first has done its work, or it is not wanted any more
}

// cancelled returns the ending with the cause c, both made at once.
func cancelled(c Cancelled) *ending {
	both := struct {
		ending
		Cancelled
	}{ending{err: context.Canceled}, c}
	both.cause = &both.Cancelled
	return &both.ending
}

// byClose is the ending of a scope that had nothing in it when it was closed:
// its cause is made when somebody asks.
var byClose = &ending{err: context.Canceled}

// atOnce returns e without time to drain: what is part of a task ends with the
// task's context, which has had that time.
func (e *ending) atOnce() *ending {
	if e == nil || !e.drain {
		return e
	}
	now := *e
	now.drain = false
	return &now
}

// endingOf returns the ending for a scope whose outer context has ended.
func endingOf(ctx context.Context) *ending {
	e := &ending{err: context.Canceled, cause: context.Cause(ctx)}
	if ctx.Err() == context.DeadlineExceeded {
		e.err = context.DeadlineExceeded
	}
	return e
}

// Cause returns why the context of s has ended, nil while it has not. It is
// [context.Cause] of [Scope.Context], and costs less.
func (s *Scope) Cause() error {
	mustScope("Cause", s)
	e := s.ended.Load()
	if e == nil {
		return nil
	}
	if e == byClose {
		s.ended.CompareAndSwap(byClose, s.closeEnding())
		e = s.ended.Load()
	}
	return e.cause
}

//go:noinline
func (s *Scope) closeEnding() *ending {
	return cancelled(Cancelled{Path: s.Path(), By: "Close"})
}

// begin starts the closing of s and of what is attached below it, without
// waiting. Nil stands for a call of Close. Only the first call counts.
//
// The closing is a walk without a walker: each scope moves on when the last
// thing it waits for has ended, and then tells its parent. So no goroutine
// waits, and the order, children before parents, is the same whatever began
// it.
func (s *Scope) begin(e *ending) { s.beginFor(e, 0) }

// beginFor is begin for a number of calls that wait for the close and take the
// report.
func (s *Scope) beginFor(e *ending, asking int32) {
	s.mu.Lock()
	s.asking += asking
	if s.state == StateOpen {
		s.beginNow(e)
		return
	}
	// Its services may drain yet when s does not any more.
	shorten := s.state < StateReleasing && s.pending.drain && (e == nil || !e.drain)
	s.mu.Unlock()
	if shorten {
		s.endDrain()
	}
}

// beginNow is begin for a scope that is open. It is called with s.mu held and
// gives it up. A task may do this on the small stack that it started with, so
// what needs space is done, here and in what follows, in calls that have
// returned when the scope moves on.
func (s *Scope) beginNow(e *ending) {
	s.state = StateDraining
	if e == nil {
		e = byClose
		if s.openKids > 0 || s.kids.first != nil || s.body || s.done.Load() != s.started {
			e = s.closeEnding()
		}
	}
	s.pending = e
	s.tellBegin(e)
	s.step().advance()
}

// tellBegin tells those who are in s, and what is below it, that s has begun to
// close. The caller holds s.mu, which tellBegin gives up meanwhile.
//
//go:noinline
func (s *Scope) tellBegin(e *ending) {
	var stop func() bool
	if e.drain && !s.nested {
		stop, s.stop = s.stop, nil // the end of the context it was made with cuts the drain no shorter
	}
	kids := s.firstTurn()
	s.refuse(outside)
	if s.rare != nil && s.rare.draining != nil {
		close(s.rare.draining)
	}
	told := s.moved(s.callbacks(func(o *taskOptions) callback { return o.onDrain }))
	if stop == nil && kids == nil && told == nil {
		return
	}
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	for _, f := range told {
		go f()
	}
	for _, k := range kids {
		k.begin(e)
	}
	s.mu.Lock()
}

// advance moves s, and then its parents, as far as they can go without
// waiting.
func (s *Scope) advance() {
	for s != nil {
		s.mu.Lock()
		s = s.step()
	}
}

// step moves s on, and returns the scope that may be able to move next, nil if
// none. It is called with s.mu held and gives it up.
func (s *Scope) step() *Scope {
	e := s.pending
	if kids := s.nextTurn(); kids != nil {
		s.mu.Unlock()
		for _, k := range kids {
			k.begin(e)
		}
		return s
	}
	if s.state == StateDraining && s.mayCancel() {
		if s.lateKids() > 0 && s.beginLate() {
			return s
		}
		s.state = StateCancelling
		s.disarm()
		if s.openKids == 0 && (s.body || s.done.Load() != s.started) {
			s.armCancel() // before the tasks are told: they may ask for [Remaining]
		}
		if s.endContext(e) {
			return s
		}
	}
	if s.state != StateCancelling || !s.mayRelease() {
		s.mu.Unlock()
		return nil
	}
	s.disarm()
	if !s.served() {
		svc := s.nextService()
		s.mu.Unlock()
		if svc == nil {
			return nil
		}
		svc.begin(e)
		return s
	}
	if stop := s.stop; stop != nil {
		s.stop = nil
		s.mu.Unlock()
		stop()
		return s
	}
	if s.startRelease() {
		return nil
	}
	return s.finish()
}

// endContext ends the context of s. It reports whether it has given up s.mu,
// which the caller holds.
func (s *Scope) endContext(e *ending) bool {
	s.ended.Store(e)
	s.refuse(inTask)
	nested := s.kids.direct()
	told := s.moved(s.callbacks(func(o *taskOptions) callback { return o.interrupt }))
	l := s.link.Load()
	if l == nil && nested == nil && told == nil {
		return false
	}
	s.mu.Unlock()
	s.tellEnd(e, l, nested, told)
	return true
}

// startRelease starts what runs between the end of the last task and the close, if
// there is anything. It reports whether it has given up s.mu, which the caller
// holds.
func (s *Scope) startRelease() bool {
	toRelease := s.rare != nil && (len(s.rare.releases) > 0 || s.rare.unread.first != nil)
	if !toRelease && s.hooked() == nil {
		return false
	}
	s.state = StateReleasing
	var told []func()
	if toRelease {
		told = s.moved(nil)
	}
	s.mu.Unlock()
	for _, f := range told {
		go f()
	}
	go s.release()
	return true
}

// tellEnd passes the end of the context of s on to what derives from it.
func (s *Scope) tellEnd(e *ending, l *link, nested []*Scope, told []func()) {
	if l != nil {
		l.fire()
	}
	for _, f := range told {
		go f()
	}
	for _, n := range nested {
		n.begin(e.atOnce())
	}
}

// finish closes s, takes it out of the tree and gives up s.mu, which the
// caller holds. It returns the parent if that has been waiting for s.
func (s *Scope) finish() (next *Scope) {
	s.state = StateClosed
	asleep := s.asleep
	var closed chan struct{}
	var lost *report
	if r := s.rare; r != nil {
		closed = r.closed
		if r.first != nil {
			r.reportFirst()
		}
		if s.asking == 0 && r.report.any() {
			lost = &r.report
		}
	}
	next, lost = s.leaveTree(lost)
	if lost != nil {
		s.reportWhenCollected()
	}
	if s.rare != nil && s.rare.phases.stuck {
		abandoned.keep(s)
		s.notAbandoned() // what was may have ended while the releases ran
	}
	s.mu.Unlock()
	if asleep != nil {
		asleep.Broadcast()
	}
	if closed != nil {
		close(closed)
	}
	return next
}
