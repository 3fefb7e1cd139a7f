package scope

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// maxReport is how many errors a report keeps; the rest is counted.
const maxReport = 16

// A report collects what went wrong while a scope closed, for the call that
// closes it.
type report struct {
	errs []error
	more int
}

func (r *report) any() bool { return len(r.errs) > 0 }

func (r *report) add(err error) {
	if len(r.errs) < maxReport {
		r.errs = append(r.errs, err)
	} else {
		r.more++
	}
}

// reportFirst adds the first failure if nobody has been told of it, or is about
// to be.
//
//go:noinline
func (r *rare) reportFirst() {
	if !r.told && r.waiting == 0 {
		r.report.add(r.first)
		r.told = true
	}
}

// takeOver moves what is in other to r.
//
//go:noinline
func (r *report) takeOver(other *report) {
	for _, err := range other.errs {
		r.add(err)
	}
	r.more += other.more
	*other = report{}
}

// all returns the errors kept and one that counts the rest.
func (r *report) all() []error {
	if r.more == 0 {
		return r.errs
	}
	return append(slices.Clip(r.errs), fmt.Errorf("scope: and %d more errors", r.more))
}

// take returns the report as one error and empties it.
func (r *report) take() error {
	err := joinErrors(r.all())
	*r = report{}
	return err
}

// remove takes out an error that has been told, and reports whether it was in.
func (r *report) remove(err error) bool {
	n := len(r.errs)
	r.errs = slices.DeleteFunc(r.errs, func(e error) bool { return e == err }) //nolint:errorlint // the entry itself
	return len(r.errs) < n
}

// joinErrors is errors.Join, except that one error stays itself.
func joinErrors(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// childClosed takes the closed child out of the tree. Its lost errors, which
// no call waits for, are taken over if the parent is closing itself, for then
// the call that closes the parent is the one that closed the child. It returns
// what it did not take, and the parent if that has been waiting for the child,
// whose lock the caller holds.
func (s *Scope) childClosed(child *Scope, lost *report) (*Scope, *report) {
	s.mu.Lock()
	s.kids.remove(child)
	s.unfollow(child)
	s.inheritFrom(child)
	if lost != nil && s.state != StateOpen && s.state != StateClosed {
		s.rarely().report.takeOver(lost)
		lost = nil
	}
	next := s
	switch {
	case child.nested:
		next = nil
	case !child.service:
		s.openKids--
		if s.openKids == 0 && s.rare != nil && s.rare.progress != nil {
			s.rare.progress.alone = time.Now()
		}
	}
	s.mu.Unlock()
	return next, lost
}

// reportWhenCollected keeps the report for a later Close, and sends what is
// left of it to the sink if the scope is collected. The caller holds s.mu.
func (s *Scope) reportWhenCollected() {
	// A sink may block, or end its goroutine: not on the collector's.
	runtime.AddCleanup(s, func(u unclaimed) { go u.deliver() }, unclaimed{s.Path(), s.options, s.parent, &s.rare.report})
}

// unclaimed is the report of a scope that nobody can ask any more. It lives in
// the rare part of the scope, which does not reference the scope.
type unclaimed struct {
	path    string
	options *options
	parent  *Scope
	report  *report
}

func (u unclaimed) deliver() {
	if more := u.report.more; more > 1 && u.parent != nil {
		u.parent.Book(Ledger{Sunk: int64(more - 1)}) // one error stands for them
	}
	u.deliverAll(u.report.all())
}

func (u unclaimed) deliverAll(errs []error) {
	if len(errs) == 0 {
		return
	}
	te, ok := errs[0].(*TaskError) //nolint:errorlint // an entry of the report, not what it wraps
	if !ok {
		te = &TaskError{Path: u.path, Err: errs[0]}
	}
	defer u.deliverAll(errs[1:]) // also if the sink leaves by Goexit
	if u.parent != nil {
		u.parent.Book(Ledger{Sunk: 1})
	}
	deliver(context.Background(), u.options, u.parent, te)
}
