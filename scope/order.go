package scope

import "slices"

// An order is in which order the attached children of a scope close, where it
// is not all at the same time. It is guarded by the lock of the parent.
type order struct {
	before map[*Scope]int                 // how many open siblings close before the scope does
	behind map[*Scope]map[*Scope]struct{} // the open siblings that close behind it
	free   []*Scope                       // whose turn has come since s began to close
	late   []*Scope                       // opened from inside since then; their turn comes last
}

// Sequential makes the attached children of the scope close one at a time, the
// last opened first, as releases do: the default is all at the same time. A
// child whose turn has not come stays open meanwhile and takes work, for those
// that close before it may still need it.
//
// The order holds when the parent closes, on whatever trigger. A child that is
// closed by itself closes at once, and when the time for the whole tree is over
// there is no order any more.
func Sequential() Option { return optionFunc(func(o *options) { o.sequential = true }) }

// After makes the scope close after others, which are siblings of it: until
// those have closed it stays open and takes work. The rest is as with
// [Sequential]. Opening the scope panics if one of the others is no attached
// child of its parent, or if the parent is Sequential.
func After(others ...*Scope) Option {
	if slices.Contains(others, nil) {
		panic("scope: After: a scope is nil")
	}
	return optionFunc(func(o *options) { o.after = append(o.after, others...) })
}

// mustFollow panics if s cannot close after the scopes it was told to.
func (s *Scope) mustFollow() {
	if s.options == nil || s.options.after == nil {
		return
	}
	if s.nested {
		panic("scope: After: " + s.name + " is part of a task, and ends with it")
	}
	if s.parent.sequential() {
		panic("scope: After: the parent " + s.parent.Path() + " is Sequential")
	}
	for _, o := range s.options.after {
		if o.parent == nil || o.parent != s.parent || o.nested || o.service {
			panic("scope: After: " + o.Path() + " is no sibling of " + s.name)
		}
	}
}

func (s *Scope) sequential() bool { return s != nil && s.options != nil && s.options.sequential }

// follow makes child close after the scopes it was told to. The caller holds
// s.mu.
func (s *Scope) follow(child *Scope) {
	if child.options == nil || child.options.after == nil {
		return
	}
	open := child.mustPrecede()
	child.options.after = nil
	o := &s.rarely().order
	if o.before == nil {
		o.before, o.behind = make(map[*Scope]int), make(map[*Scope]map[*Scope]struct{})
	}
	for _, other := range open {
		behind := o.behind[other]
		if behind == nil {
			behind = make(map[*Scope]struct{})
			o.behind[other] = behind
		}
		if _, twice := behind[child]; !twice {
			behind[child] = struct{}{}
			o.before[child]++
			child.options.after = append(child.options.after, other)
		}
	}
}

// mustPrecede returns the open siblings that close before s. The caller holds
// the lock of the parent.
func (s *Scope) mustPrecede() (open []*Scope) {
	if s.options == nil {
		return nil
	}
	for _, other := range s.options.after {
		if !other.gone {
			open = append(open, other)
		}
	}
	return open
}

// unfollow notes that child has closed. The order does not refer to it any
// more, nor it to others: a chain of scopes may go on for ever. The caller
// holds s.mu.
func (s *Scope) unfollow(child *Scope) {
	child.gone = true
	s.forgetLate(child)
	if s.rare != nil && s.rare.order.before != nil {
		s.rare.order.remove(child, s.state != StateOpen)
	}
	if child.options != nil && child.options.after != nil {
		child.options.after = nil
	}
}

// remove takes out child, which has closed. Whose turn that makes it is free if
// the parent is closing.
func (o *order) remove(child *Scope, closing bool) {
	for k := range o.behind[child] {
		if o.before[k]--; o.before[k] > 0 {
			continue
		}
		delete(o.before, k)
		if closing {
			o.free = append(o.free, k)
		}
	}
	for _, other := range child.mustPrecede() {
		if delete(o.behind[other], child); len(o.behind[other]) == 0 {
			delete(o.behind, other)
		}
	}
	delete(o.behind, child)
	delete(o.before, child)
}

// firstTurn returns the attached children that may close when s begins to. The
// caller holds s.mu.
func (s *Scope) firstTurn() (kids []*Scope) {
	if s.openKids == 0 {
		return nil
	}
	if s.sequential() {
		return s.lastChild()
	}
	for k := range s.kids.each {
		if k.attached() && (s.rare == nil || s.rare.order.before[k] == 0) {
			k.begun = true
			kids = append(kids, k)
		}
	}
	return kids
}

// nextTurn returns those that may close now and could not before. The caller
// holds s.mu.
func (s *Scope) nextTurn() (kids []*Scope) {
	if s.state == StateOpen || s.openKids == 0 && !s.hurried() {
		return nil
	}
	return s.takeTurn()
}

//go:noinline
func (s *Scope) takeTurn() (kids []*Scope) {
	if s.hurried() {
		for k := range s.kids.each {
			if !k.nested && !k.begun {
				k.begun = true
				kids = append(kids, k)
			}
		}
		return kids
	}
	if s.sequential() {
		return s.lastChild()
	}
	if s.rare == nil {
		return nil
	}
	for _, k := range s.rare.order.free {
		if !k.begun && !s.isLate(k) {
			k.begun = true
			kids = append(kids, k)
		}
	}
	s.rare.order.free = nil
	return kids
}

// lastChild returns the attached child that was opened last, once.
func (s *Scope) lastChild() []*Scope {
	if s.openKids == 0 {
		return nil
	}
	for k := range s.kids.back {
		if !k.attached() || s.isLate(k) {
			continue
		}
		if k.begun {
			return nil
		}
		k.begun = true
		return []*Scope{k}
	}
	return nil
}

// attached reports whether the parent of s waits for s before its own context
// ends.
func (s *Scope) attached() bool { return !s.nested && !s.service }
