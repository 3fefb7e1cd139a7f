package scope

import (
	"context"
	"slices"
	"time"
)

// A Step is one step of the closing of a scope, as told to
// [Hooks.ScopeMoved]. The steps of a tree, put in order, are the timeline of
// its shutdown.
type Step struct {
	State  State         // that the scope has come to
	At     time.Time     // when it did
	Took   time.Duration // it was in the state before; 0 for [StateDraining]
	Scopes time.Duration // the part of Took until its last attached scope had closed
	Waited Waiting       // for what, when the state before began
	Left   int           // tasks that still ran: they are cancelled now, or abandoned; for [StateClosed] after [StateReleasing], the releases that were abandoned
	Cause  error         // why the scope closes
}

// A Waiting is what a scope waits for in one state of its closing.
type Waiting struct {
	State   State         `json:"state"`
	For     time.Duration `json:"for_ns,omitempty"`  // that it has been waiting in this state
	Scopes  int           `json:"scopes,omitempty"`  // attached scopes that have not closed
	Tasks   int           `json:"tasks,omitempty"`   // that run
	Calls   int           `json:"calls,omitempty"`   // of [OnDrain] and [Interrupt] that have not returned
	Hooks   int           `json:"hooks,omitempty"`   // that have not returned for 100 ms
	Body    bool          `json:"body,omitempty"`    // the body of [Run] has not returned, and is waited for
	Unread  bool          `json:"unread,omitempty"`  // the sink, or [Discard], has not returned that is told of results nobody has read
	Release string        `json:"release,omitempty"` // the name of the release that runs
	Paths   []string      `json:"paths,omitempty"`   // of these scopes, 8 at most
	Names   []string      `json:"names,omitempty"`   // of these tasks, where they have one, 8 at most
}

// maxWaiting is how many scopes, and how many tasks, a Waiting names.
const maxWaiting = 8

// A progress is what a closing scope keeps for hooks. It is guarded by the lock of
// the scope.
type progress struct {
	since   time.Time // when the state began
	alone   time.Time // when the last attached scope closed in this state
	waited  Waiting
	steps   []Step    // that are still to be told
	telling time.Time // since when somebody tells them; zero if nobody does
	over    bool      // StateClosed has been told
	timers  []*time.Timer
	calls   map[*Hooks]time.Time // of ScopeWaits that have not returned, since when
}

// hooks returns how many hooks have not returned for d.
func (p *progress) hooks(d time.Duration) (n int) {
	if p == nil {
		return 0
	}
	now := time.Now()
	if !p.telling.IsZero() && now.Sub(p.telling) >= d {
		n++
	}
	for _, since := range p.calls {
		if now.Sub(since) >= d {
			n++
		}
	}
	return n
}

// inProgress returns the progress of s. The caller holds s.mu.
func (s *Scope) inProgress() *progress {
	r := s.rarely()
	if r.progress == nil {
		r.progress = new(progress)
	}
	return r.progress
}

// moved appends to told what must be started because s has come to a new
// state. The caller holds s.mu.
func (s *Scope) moved(told []func()) []func() {
	if !hooking.Load() {
		return told
	}
	return s.movedHooked(told)
}

// movedHooked is moved where there have ever been hooks.
//
//go:noinline
func (s *Scope) movedHooked(told []func()) []func() {
	hooks := s.hooked()
	if hooks == nil {
		return told
	}
	p := s.inProgress()
	p.steps = append(p.steps, s.nextStep(p, s.state))
	s.alarm(p, hooks)
	if !p.telling.IsZero() {
		return told
	}
	p.telling = time.Now()
	s.enter()
	return append(told, s.tellOwnSteps)
}

// tellOwnSteps is tellSteps on a goroutine of the scope, which counts as a task.
func (s *Scope) tellOwnSteps() {
	all := false
	defer func() { s.toldSteps(all) }()
	s.setLabels()
	s.tellSteps()
	all = true
}

// toldSteps ends what counted as a task while the hooks were told. If not all
// was told, a hook has left by runtime.Goexit, and another goroutine goes on.
func (s *Scope) toldSteps(all bool) {
	if all {
		s.leave()
	} else {
		go s.tellOwnSteps()
	}
}

// nextStep ends one state in w and begins the next one.
func (s *Scope) nextStep(p *progress, next State) Step {
	now := time.Now()
	step := Step{State: next, At: now, Waited: p.waited, Left: s.live()}
	if p.waited.State == StateReleasing {
		step.Left = s.rare.stuckReleases
	}
	if s.pending != byClose {
		step.Cause = s.pending.cause
	} else {
		step.Cause = s.closeEnding().cause
	}
	if !p.since.IsZero() {
		step.Took = now.Sub(p.since)
		if p.waited.Scopes > 0 {
			step.Scopes = step.Took
			if !p.alone.IsZero() {
				step.Scopes = p.alone.Sub(p.since)
			}
		}
	}
	p.since, p.alone, p.waited = now, time.Time{}, s.waiting(next)
	return step
}

// waiting says what s waits for. The caller holds s.mu.
func (s *Scope) waiting(in State) Waiting {
	w := Waiting{State: in, Scopes: int(s.openKids), Tasks: s.live(), Body: s.body}
	if r := s.rare; r != nil {
		w.Calls, w.Hooks, w.Unread, w.Release = r.callbacks, r.progress.hooks(lastMoment), r.telling, r.releasing
	}
	if in == StateDraining {
		w.Body = s.bodyDrains()
	}
	for k := range s.kids.each {
		if len(w.Paths) == maxWaiting {
			break
		}
		if k.attached() {
			w.Paths = append(w.Paths, k.Path())
		}
	}
	if s.slots == nil {
		return w
	}
	for sl, o := range s.slots.notes {
		if len(w.Names) == maxWaiting {
			break
		}
		if o.name != "" && sl.state.Load() == slotRunning {
			w.Names = append(w.Names, o.name)
		}
	}
	slices.Sort(w.Names)
	return w
}

// tellSteps tells the hooks of the steps that s has made, until there are no
// more.
func (s *Scope) tellSteps() {
	for {
		s.mu.Lock()
		p := s.rare.progress
		if len(p.steps) == 0 {
			p.telling = time.Time{}
			s.mu.Unlock()
			return
		}
		step := p.steps[0]
		p.steps = p.steps[1:]
		p.telling = time.Now()
		s.mu.Unlock()
		s.tellMoved(step)
	}
}

func (s *Scope) tellMoved(step Step) {
	ctx := (*labelledCtx)(s)
	for _, h := range s.hooked() {
		if h.ScopeMoved != nil {
			s.protect(ctx, func() { h.ScopeMoved(ctx, s, step) })
		}
	}
}

// tellClosed tells the hooks that all in s has stopped, within the time of a
// release.
func (s *Scope) tellClosed() {
	s.mu.Lock()
	if s.hooked() == nil || s.inProgress().over {
		s.mu.Unlock()
		return
	}
	p := s.inProgress()
	p.over = true
	p.stop()
	step := s.nextStep(p, StateClosed)
	stuck := s.rare.phases.stuck
	s.mu.Unlock()
	s.runRelease(release{"hooks", func(context.Context) error {
		if idle := s.idleChan(); idle != nil && !stuck {
			<-idle // the hooks that are told of what came before
		}
		s.tellMoved(step)
		return nil
	}}, StuckError{Hooks: 1})
}

// alarm arms the calls of ScopeWaits in the state that begins.
func (s *Scope) alarm(p *progress, hooks hookSet) {
	p.stop()
	in := s.state
	for _, h := range hooks {
		if h.ScopeWaits == nil {
			continue
		}
		d := h.WaitsAfter
		if d <= 0 {
			d = time.Second
		}
		var t *time.Timer
		t = time.AfterFunc(d, func() { s.tellWaits(h, in, func() { t.Reset(d) }) })
		p.timers = append(p.timers, t)
	}
}

func (p *progress) stop() {
	for _, t := range p.timers {
		t.Stop()
	}
	p.timers = nil
}

// tellWaits tells h that s still waits in one state, and has it told again.
func (s *Scope) tellWaits(h *Hooks, in State, again func()) {
	s.mu.Lock()
	p := s.rare.progress
	if s.state != in || p.over {
		s.mu.Unlock()
		return
	}
	waiting := s.waiting(in)
	waiting.For = time.Since(p.since)
	if p.calls == nil {
		p.calls = make(map[*Hooks]time.Time)
	}
	p.calls[h] = time.Now()
	s.enter()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(p.calls, h)
		if s.state == in && !p.over {
			again()
		}
		s.mu.Unlock()
		s.leave()
	}()
	s.setLabels()
	ctx := (*labelledCtx)(s)
	s.protect(ctx, func() { h.ScopeWaits(ctx, s, waiting) })
}
