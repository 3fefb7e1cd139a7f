package scope

import (
	"slices"
	"time"
)

// A Plan is what a [Scope.Shutdown] would do.
type Plan struct {
	Steps  []PlanStep    // in an order in which the scopes may close: each behind those it waits for
	AtMost time.Duration // until all have closed, by the Timeouts, unless hooks hang; negative if there is no limit
}

// A PlanStep is the closing of one scope. The scope begins to close when those
// it comes after have closed, waits until those below it have, and then goes
// through its own phases.
type PlanStep struct {
	Path     string
	After    []string // siblings that close before it begins, see [Sequential] and [After]
	Below    []string // attached scopes, and that of its [Service] tasks
	Tasks    int      // that run now
	Timeouts Timeouts
	Releases []string      // in the order they would run
	AtMost   time.Duration // from the beginning of the shutdown until it has closed; negative: no limit
}

// Plan tells in which order and in which time a [Scope.Shutdown] of s would
// close what there is now, without acting. The end of the context given to
// Shutdown cuts all times short. Nested scopes are part of their tasks and have
// no step. The tree may change meanwhile; each scope is looked at once.
func (s *Scope) Plan() Plan {
	var p Plan
	p.AtMost = p.add(s, nil, 0)
	return p
}

// add appends the steps of s, which begins to close at the given time, and of
// what is below it. It returns when s has closed.
func (p *Plan) add(s *Scope, after []string, begins time.Duration) time.Duration {
	l := s.look()
	step := PlanStep{Path: s.Path(), After: after, Tasks: l.tasks, Timeouts: s.timeouts(), Releases: l.releases}
	at := begins
	ends := make(map[*Scope]time.Duration, len(l.kids))
	for _, k := range l.kids {
		var first []string
		start := begins
		for _, other := range l.after[k] {
			first = append(first, other.Path())
			start = later(start, ends[other])
		}
		ends[k] = p.add(k, first, start)
		step.Below = append(step.Below, k.Path())
		at = later(at, ends[k])
	}
	t := step.Timeouts
	at = plus(at, t.Drain, t.Cancel)
	if l.service != nil {
		step.Below = append(step.Below, l.service.Path())
		at = p.add(l.service, nil, at)
	}
	for range l.releases {
		at = plus(at, t.Release, lastMoment)
	}
	if l.unread {
		at = plus(at, t.Release, lastMoment)
	}
	step.AtMost = at
	p.Steps = append(p.Steps, step)
	return at
}

// later returns the later of two times, of which a negative one is never.
func later(a, b time.Duration) time.Duration {
	if a < 0 || b < 0 {
		return -1
	}
	return max(a, b)
}

// plus adds phases to a time, of which a negative one has no limit.
func plus(at time.Duration, phases ...time.Duration) time.Duration {
	for _, d := range phases {
		if at < 0 || d < 0 {
			return -1
		}
		at += d
	}
	return at
}

// A look is what there is in a scope at one time.
type look struct {
	kids     []*Scope // attached, in an order in which they may close
	after    map[*Scope][]*Scope
	service  *Scope
	tasks    int
	unread   bool // sinks are to be told of results that nobody has read
	releases []string
}

func (s *Scope) look() look {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := look{kids: s.inOrder(), after: map[*Scope][]*Scope{}, tasks: s.live()}
	if s.sequential() {
		for i := 1; i < len(l.kids); i++ {
			l.after[l.kids[i]] = l.kids[i-1 : i]
		}
	}
	for _, k := range l.kids {
		l.after[k] = append(l.after[k], k.mustPrecede()...)
	}
	if s.rare == nil {
		return l
	}
	l.service, l.unread = s.rare.service, s.rare.unread.first != nil
	for _, r := range slices.Backward(s.rare.releases) {
		l.releases = append(l.releases, r.name)
	}
	return l
}

// inOrder returns the attached children in an order in which they may close:
// that of their opening, which [After] agrees with, or under Sequential the
// reverse.
func (s *Scope) inOrder() (kids []*Scope) {
	if s.sequential() {
		for k := range s.kids.back {
			if k.attached() {
				kids = append(kids, k)
			}
		}
		return kids
	}
	for k := range s.kids.each {
		if k.attached() {
			kids = append(kids, k)
		}
	}
	return kids
}
