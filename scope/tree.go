package scope

import "sync"

var (
	roots     forest // the open scopes without a parent
	abandoned forest // the closed ones with tasks that still run
)

type forest struct {
	mu   sync.Mutex // guards list
	list siblings
}

func (f *forest) add(s *Scope) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.suffix = f.list.add(s)
}

// keep is add for a scope that keeps its path.
func (f *forest) keep(s *Scope) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list.add(s)
}

func (f *forest) remove(s *Scope) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list.remove(s)
}

// Roots returns the scopes of the process that have no parent and have not
// closed, in order of opening.
func Roots() []*Scope {
	roots.mu.Lock()
	defer roots.mu.Unlock()
	return roots.list.all()
}

// Parent returns the scope that s was opened under, nil for a root.
func (s *Scope) Parent() *Scope { return s.parent }

// Nested reports whether s is part of a task of its parent: it ends with that
// task's context, and closing the parent waits for the task and not for s.
func (s *Scope) Nested() bool { return s.nested }

// Children returns the scopes under s that have not closed, attached and
// nested ones, in order of opening.
func (s *Scope) Children() []*Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kids.all()
}
