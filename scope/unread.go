package scope

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/rxscope/rxscope/internal/discard"
)

// An unread is what must be told of a task whose handle nobody has read: its
// failure, or a value to give back. It does not reference the handle, so that
// the handle can be collected.
type unread struct {
	scope   *Scope
	err     *TaskError // or
	discard func()
	cleanup runtime.Cleanup
	late    bool // the task itself tells of it, at its very end

	listed     bool // this and what follows are guarded by scope.mu
	told       bool
	next, prev *unread
}

// An unreadList is the list of what is unread in a scope.
type unreadList struct{ first *unread }

func (l *unreadList) add(u *unread) {
	u.listed = true
	u.next = l.first
	if u.next != nil {
		u.next.prev = u
	}
	l.first = u
}

// remove takes u out, and reports whether it was in.
func (l *unreadList) remove(u *unread) bool {
	if !u.listed {
		return false
	}
	u.listed = false
	if u.prev == nil {
		l.first = u.next
	} else {
		u.prev.next = u.next
	}
	if u.next != nil {
		u.next.prev = u.prev
	}
	u.next, u.prev = nil, nil
	return true
}

// unreadFailure returns what must be told of the failure in e if the owner,
// which readers wait for, is not read. Nil readers stand for none that would
// read it once the scope has told what was unread.
func unreadFailure[O, T any](owner *O, readers *atomic.Int32, e ended[T]) *unread {
	u := &unread{scope: e.scope, err: e.failure}
	if e.scope.failsFast(e.options) && e.scope.failedFirst(e.failure) {
		u.scope = e.scope.owner() // which tells it, unless it is read
		return u
	}
	watch(owner, readers, u)
	return u
}

// unreadValue returns what must be done with the value in e if the owner, which
// readers wait for, is not read; nil if nothing.
func unreadValue[O, T any](owner *O, readers *atomic.Int32, e ended[T]) *unread {
	give := e.giveBack()
	if give == nil {
		return nil
	}
	u := &unread{scope: e.scope, discard: give}
	watch(owner, readers, u)
	return u
}

// tellLate tells what came too late for the scope to tell it. The task calls it
// when it has ended for those who read it: a sink may block, or end the
// goroutine. A nil u is nothing to tell.
func (u *unread) tellLate() {
	if u != nil && u.late {
		u.tell()
	}
}

// watch makes u known to the scope and to the collector. It is called by the
// task, before it ends.
func watch[O any](owner *O, readers *atomic.Int32, u *unread) {
	s := u.scope
	s.mu.Lock()
	if u.discard != nil {
		s.book(Ledger{Produced: 1})
	}
	told := s.state >= StateReleasing // the task was abandoned, and all that was unread is told
	switch {
	case !told:
		s.rarely().unread.add(u)
	case readers == nil || readers.Load() == 0:
		u.told, u.late = true, true
	default:
		s.book(Ledger{Delivered: 1})
	}
	s.mu.Unlock()
	if !told {
		u.cleanup = runtime.AddCleanup(owner, (*unread).collected, u)
	}
}

// giveBack returns what gives the value back, nil if nothing does.
func (e *ended[T]) giveBack() func() {
	s, v := e.scope, e.value
	if f := discardOf[T](e.options); f != nil {
		return func() { f(v) }
	}
	if discard.Needed(v) {
		return func() { s.Report((*labelledCtx)(s), discard.Close(v)) }
	}
	return nil
}

// read notes that the handle was read: there is nothing left to tell. It
// reports whether that has been told already.
func (u *unread) read() (told bool) {
	s := u.scope
	s.mu.Lock()
	was := s.rarely().unread.remove(u)
	if was {
		s.book(Ledger{Delivered: 1})
	}
	told = u.told
	if u.err != nil && s.rare.first == u.err {
		s.toldFirst()
	}
	s.mu.Unlock()
	if was {
		u.cleanup.Stop()
	}
	return told
}

// claim reports whether u is still to be told, which is then up to the caller.
func (u *unread) claim() bool {
	s := u.scope
	s.mu.Lock()
	was := s.rarely().unread.remove(u)
	u.told = u.told || was
	s.mu.Unlock()
	if was {
		u.cleanup.Stop()
	}
	return was
}

// collected is called when the handle has been collected. It hands u to a
// goroutine of the scope, for a sink may block, or end the goroutine it is
// called on. A scope that is closing tells all that is unread anyway.
func (u *unread) collected() {
	s := u.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state >= StateCancelling || !s.rare.unread.remove(u) {
		return
	}
	s.rare.dropped.add(u)
	if !s.rare.telling {
		s.rare.telling = true
		s.enter() // closing waits until all is told
		go s.tellDropped()
	}
}

// tellDropped tells of the handles that were collected.
func (s *Scope) tellDropped() {
	normal := false
	defer func() {
		if normal {
			s.leave()
		} else {
			go s.tellDropped()
		}
	}()
	s.setLabels()
	for u := s.nextUnread(&s.rare.dropped); u != nil; u = s.nextUnread(&s.rare.dropped) {
		u.tell()
	}
	normal = true
}

// tellUnread tells all that is unread, within the time of one release: a sink
// may block.
func (s *Scope) tellUnread() {
	s.mu.Lock()
	none := s.rare == nil || s.rare.unread.first == nil
	if !none {
		s.rare.telling = true
	}
	s.mu.Unlock()
	switch {
	case none:
	case s.nested: // bound by its task
		s.tellEach()
	default:
		s.inTime("unread results", StuckError{Unread: true}, s.tellEachAndClose)
	}
}

// tellEachAndClose is tellEach on a goroutine of its own.
func (s *Scope) tellEachAndClose(ctx context.Context, done chan<- struct{}) {
	normal := false
	defer func() {
		if normal {
			close(done)
		} else {
			go s.tellEachAndClose(ctx, done)
		}
	}()
	s.setLabels()
	s.tellEach()
	normal = true
}

func (s *Scope) tellEach() {
	for u := s.nextUnread(&s.rare.unread); u != nil; u = s.nextUnread(&s.rare.unread) {
		u.cleanup.Stop()
		u.tell()
	}
}

// nextUnread takes one out of l.
func (s *Scope) nextUnread(l *unreadList) *unread {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := l.first
	if u != nil {
		l.remove(u)
		u.told = true
	} else {
		s.rare.telling = false
	}
	return u
}

// tell sends the failure to the sink, or gives the value back.
func (u *unread) tell() {
	ctx := (*labelledCtx)(u.scope)
	if u.err != nil {
		u.scope.deliver(ctx, u.err)
		return
	}
	u.scope.Book(Ledger{Discarded: 1})
	normal := false
	defer func() {
		if !normal {
			u.scope.Report(ctx, unwound(recover()))
		}
	}()
	u.discard()
	normal = true
}
