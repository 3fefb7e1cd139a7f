package scope

import "time"

// phases is how far the closing of a scope has come in time.
type phases struct {
	timer   *time.Timer // of the current phase
	until   time.Time   // when the timer fires
	within  time.Time   // when the time for the tree below is over; zero: no limit is known
	drained bool        // the time to drain is over, or there is none
	hurried bool        // the time for the tree is over: the context ends whatever is open below
	forced  bool        // tasks are not waited for any more
	stacks  []Stack     // of the goroutines then
	over    bool        // nor are releases
	stuck   bool        // tasks were abandoned

	tasks    force // ends when forced is set
	releases force // ends when over is set
}

// mayCancel reports whether the context of s may end now. The caller holds
// s.mu.
func (s *Scope) mayCancel() bool {
	if s.hurried() {
		return true
	}
	if int(s.openKids) > s.lateKids() {
		return false
	}
	drained := s.idle() && !s.bodyDrains()
	if drained || !s.pending.drain || s.rare != nil && s.rare.phases.drained {
		return true
	}
	d := s.timeouts().Drain
	if d == 0 {
		return true
	}
	s.arm(d, (*Scope).drainOver)
	return false
}

// mayRelease reports whether s, whose context has ended, waits for nothing any
// more. The caller holds s.mu.
func (s *Scope) mayRelease() bool {
	if s.openKids > 0 {
		return false
	}
	if s.idle() && !s.body {
		return true
	}
	if s.rare != nil && s.rare.phases.forced {
		s.abandon()
		return true
	}
	s.armCancel()
	return false
}

// armCancel begins the time that tasks have after the end of the context. The
// caller holds s.mu.
func (s *Scope) armCancel() {
	if s.hurried() {
		return
	}
	d := s.timeouts().Cancel
	if d >= 0 && d < lastMoment && s.onlyHooks() {
		d = lastMoment // they may have only just been called
	}
	s.arm(d, (*Scope).force)
}

// onlyHooks reports whether all that still runs in s is hooks. The caller holds
// s.mu.
func (s *Scope) onlyHooks() bool {
	return s.live() == 0 && !s.body && s.rare != nil && s.rare.callbacks == 0 && !s.rare.telling
}

// bodyDrains reports whether the body has not returned and looks at the drain.
// The caller holds s.mu.
func (s *Scope) bodyDrains() bool { return s.body && s.rare != nil && s.rare.bodyDrains }

// arm starts the timer of a phase, unless it has started or d is negative. The
// caller holds s.mu.
func (s *Scope) arm(d time.Duration, over func(s *Scope)) {
	if d < 0 {
		return
	}
	if p := &s.rarely().phases; p.timer == nil {
		p.until = time.Now().Add(d)
		p.timer = time.AfterFunc(d, func() { over(s) })
	}
}

// disarm stops the timer of a phase. The caller holds s.mu.
func (s *Scope) disarm() {
	if s.rare != nil && s.rare.phases.timer != nil {
		s.rare.phases.timer.Stop()
		s.rare.phases.timer = nil
	}
}

// hastenOne shortens the closing of s, which has begun.
func (s *Scope) hastenOne(how func(p *phases)) {
	s.mu.Lock()
	if s.state == StateClosed {
		s.mu.Unlock()
		return
	}
	p := &s.rarely().phases
	how(p)
	if ends := p.forcedEnds(); ends != nil {
		cause := s.forceCause()
		s.mu.Unlock()
		for _, end := range ends {
			end(cause)
		}
		s.mu.Lock()
	}
	s.step().advance()
}

// hasten shortens the closing of s and of all that is attached below it.
func (s *Scope) hasten(how func(p *phases)) {
	s.eachAttached(func(k *Scope) { k.hastenOne(how) })
}

// endDrain ends the time to drain of s and of all that is attached below it,
// and of what is opened there yet.
func (s *Scope) endDrain() {
	s.mu.Lock()
	s.pending = s.pending.atOnce()
	kids := s.kids.attached()
	s.mu.Unlock()
	for _, k := range kids {
		k.endDrain()
	}
	s.drainOver()
}

// drainOver ends the time to drain of s.
func (s *Scope) drainOver() { s.hastenOne(func(p *phases) { p.drained = true }) }

// eachAttached calls f with all that is attached below s and with s, children
// first.
func (s *Scope) eachAttached(f func(*Scope)) {
	s.mu.Lock()
	kids := s.kids.attached()
	s.mu.Unlock()
	for _, k := range kids {
		k.eachAttached(f)
	}
	f(s)
}

// force gives up waiting for the tasks of s.
func (s *Scope) force() { s.giveUp(goroutinesNow(), false) }

// outOfTime ends the time for the whole tree below s: all contexts end at once,
// and what has not ended a moment later is abandoned.
func (s *Scope) outOfTime() {
	s.bound(time.Now())
	s.hasten(func(p *phases) { p.drained, p.hurried = true, true })
	time.AfterFunc(lastMoment, s.forceAll)
}

// forceAll gives up waiting for whatever is left below s. One profile serves
// all.
func (s *Scope) forceAll() {
	s.mu.Lock()
	over := s.state == StateClosed
	s.mu.Unlock()
	if over {
		return
	}
	p := goroutinesNow()
	s.eachAttached(func(k *Scope) { k.giveUp(p, true) })
}

// giveUp ends the wait for the tasks of s, or for its releases too. The
// goroutines then stood as p says.
func (s *Scope) giveUp(p *Profile, releases bool) {
	stacks := p.within(s)
	s.hastenOne(func(ph *phases) {
		if !ph.forced {
			ph.forced, ph.stacks = true, stacks
		}
		ph.over = ph.over || releases
	})
}
