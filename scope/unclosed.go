package scope

import (
	"runtime"
	"weak"
)

// An UnclosedError is reported for a scope opened by [New] or [Scope.Child]
// that was forgotten. With [WithSites] the tree alone does not keep such a scope
// alive: once it is collected, the error goes to its sink, its contexts end, and
// it leaves the tree. Its tasks keep a scope alive, and so do scopes below it
// that are in use, handles that were not read, contexts that descend from its
// own, and what [Scope.Defer] or [Acquire] registered in it or below.
//
// The collector works outside every [testing/synctest] bubble: a test in a
// bubble closes its scopes.
type UnclosedError struct {
	Path   string // of the scope
	Caller string // file and line of the call that opened it
}

// Error says what is known in one text.
func (e *UnclosedError) Error() string {
	return "scope " + e.Path + ": forgotten without having been closed, opened at " + e.Caller
}

// makeStandIn makes the tree hold s, which is being opened, weakly, if s is one
// that may be forgotten. What stands in the list of its siblings is then a scope
// without a task, a body or a view that is in use. It becomes the scope in
// question when s has been collected, and must not reference s before.
func (s *Scope) makeStandIn() {
	if s.nested || s.body || s.service {
		return
	}
	if s.slots == nil {
		s.slots = newSlotTable()
	}
	r := s.rarely()
	r.past, r.ledger = new(Statistics), new(Ledger)
	o := *s.options
	o.standsFor = weak.Make(s)
	in := &Scope{
		options: &o,
		quiet:   s.quiet,
		opened:  s.opened,
		name:    s.name,
		parent:  s.parent,
		base:    s.base,
		slots:   s.slots,
		rare:    &rare{past: r.past, ledger: r.ledger},
		started: 1, // tellForgotten: it closes after that
	}
	in.hooks.Store(s.hooks.Load())
	s.options.origin.standIn = in
	o.origin.cleanup = runtime.AddCleanup(s, func(in *Scope) {
		go in.tellForgotten() // a sink may block, or end its goroutine
	}, in)
}

// standIn returns what stands, or stood, for s in the tree, nil for nothing.
func (s *Scope) standIn() *Scope {
	if s.options == nil || s.options.origin == nil {
		return nil
	}
	return s.options.origin.standIn
}

// element returns what is s in the list of its siblings. The caller holds the
// lock of the list.
func (s *Scope) element() *Scope {
	if in := s.standIn(); in != nil && !s.options.origin.itself {
		return in
	}
	return s
}

// self returns the scope that s, an element of a list, stands for: s itself if
// it stands for none, or for one that was collected.
func (s *Scope) self() *Scope {
	if s.options != nil {
		if other := s.options.standsFor.Value(); other != nil {
			return other
		}
		if o := s.options.origin; o != nil {
			o.shared.Load()
		}
	}
	return s
}

// share makes what s has changed in the slots and in its past, and before, known
// to its stand-in: being collected synchronises nothing.
func (s *Scope) share() {
	if s.standIn() != nil {
		s.options.origin.shared.Add(1)
	}
}

// holdStrongly makes the tree keep s alive until it closes. With s it keeps the
// scopes above, whose stand-ins those below refer to. The caller may hold s.mu.
func (s *Scope) holdStrongly() {
	switch p := s.parent; {
	case s.standIn() == nil:
	case p == nil:
		roots.mu.Lock()
		roots.list.standItself(s)
		roots.mu.Unlock()
	default:
		p.mu.Lock()
		p.kids.standItself(s)
		p.mu.Unlock()
	}
}

// tellForgotten tells that the scope that s stood for was forgotten, and closes
// s in its place.
func (s *Scope) tellForgotten() {
	s = s.self()
	err := &UnclosedError{s.Path(), s.options.origin.call.String()}
	defer func() {
		s.begin(cancelled(Cancelled{Path: err.Path, By: "the collector", Reason: err}))
		s.leave()
	}()
	s.setLabels()
	s.Report((*labelledCtx)(s), err)
}

// notForgotten notes that s has closed.
func (s *Scope) notForgotten() {
	if s.standIn() != nil {
		s.options.origin.cleanup.Stop()
	}
}
