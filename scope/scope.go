package scope

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxscope/rxscope/stream"
)

// A Scope owns tasks, child scopes and resources. What it owns has stopped
// when it has closed. All methods may be called from any goroutine.
//
// Make one with [Run], [New] or [Scope.Child].
type Scope struct {
	// What every task reads, what whoever starts tasks writes, and what every
	// task writes when it ends stand apart, with what is seldom touched
	// between them: they share no cache line then.
	options *options // nil: the defaults
	labels  atomic.Pointer[labelling]
	quiet   bool // no pprof labels

	nested bool   // part of a task of the parent
	opened role   // of the context it was made with
	suffix uint32 // above 1: the suffix-th of its name among its siblings
	name   string // sanitised
	parent *Scope
	base   context.Context // the context it was made with; nil: the parent's own
	ended  atomic.Pointer[ending]
	link   atomic.Pointer[link]
	dead   atomic.Pointer[holder]
	hooks  atomic.Pointer[hookSet]

	mu      sync.Mutex // guards what follows, but for done and awaited; held across no callback, send, receive or sleep
	slots   *slotTable // made for the first task
	started int64      // tasks
	waited  bool       // awaited is set
	state   State
	direct  bool // nested, and ended by its parent, or with the task it is in, without a callback
	body    bool // the body given to Run has not returned
	closes  bool // it has, and s begins to close when no task runs
	service bool // holds the service tasks of its parent; never changes
	begun   bool // its parent has begun to close it; guarded by the parent's lock
	gone    bool // closed; guarded by the parent's lock

	next     *Scope // among its siblings, or among the roots
	prev     *Scope
	kids     siblings
	asleep   *sync.Cond  // the calls that wait for the close; made for the first
	pending  *ending     // with which the context will end
	stop     func() bool // of what would begin the closing: the hook on base, the timer of Timeout
	rare     *rare       // what most scopes never need
	openKids int32       // attached children that have not closed
	asking   int32       // calls that wait for the close and take its report

	done    atomic.Int64 // tasks that have ended
	awaited atomic.Int64 // the number of ended tasks that somebody waits for, or waited for last
}

// rare is the part of a scope that is made when it is first needed.
type rare struct {
	idle          chan struct{} // closed when the live tasks have reached zero
	draining      chan struct{} // closed when the scope has begun to drain
	bodyDrains    bool          // the body looks at draining
	closed        chan struct{} // closed when the scope has closed
	phases        phases
	order         order
	service       *Scope // in which the service tasks run
	releases      []release
	callbacks     int                  // calls of OnDrain and Interrupt that run
	releasing     string               // the name of the release that runs
	stuckReleases int                  // that were abandoned
	progress      *progress            // for hooks
	unread        unreadList           // of handles that may still be read
	dropped       unreadList           // of handles that were collected
	telling       bool                 // what is unread or dropped is being told
	waits         map[*waiter]struct{} // of calls that are to start a task
	first         *TaskError           // the first failure under FailFast
	told          bool                 // first has reached somebody
	waiting       int                  // calls of Wait
	report        report
	ledger        *Ledger
	past          *Statistics // of the scopes below that have closed
	left          *Statistics // what s left to its parent, if tasks still ran
}

// New opens a scope under the scope in ctx, or a root where there is none.
//
// The scope is attached: it takes values and deadline from ctx and is ended by
// [Scope.Close] or [Scope.Cancel], by the closing of its parent, which waits
// for it, or by the end of ctx if ctx is more than the parent's own context.
// Whoever opens a scope with New closes it. One that a task opens while its
// scope drains is open until the task's scope waits for nothing else, or its
// time to drain is over: then it closes, and the context of the task ends. A
// scope opened where nothing may be opened any more is closed from the start
// and refuses all work.
//
// The name is one element of [Scope.Path]; it need not be unique.
func New(ctx context.Context, name string, opts ...Option) *Scope {
	mustCtx("New", ctx)
	parent, r := memberOf(ctx)
	s := &Scope{name: name, parent: parent, opened: r}
	s.open(ctx, opts)
	return s
}

// Child opens an attached scope under s, with the values and the deadline of
// s. It is [New] with [Scope.Context], and so counts as opened from outside.
func (s *Scope) Child(name string, opts ...Option) *Scope {
	mustScope("Child", s)
	return New((*outsideCtx)(s), name, opts...)
}

// Run opens a scope, calls body with it on the calling goroutine, waits for
// the scope's tasks, and closes it. When Run has returned, all that the scope
// owned has stopped.
//
// Once body has returned nil, only tasks of the scope itself are waited for.
// When none of them runs, attached scopes below are closed as by [Scope.Close],
// without time to drain, whatever still runs there. A body whose work is done
// in such scopes ends with <-ctx.Done().
//
// Inside a task the scope is nested: it is part of that task and its context
// ends when ctx does, at once. Elsewhere it is attached, as with [New]. Either
// way its closing waits for body.
//
// An error of body ends the scope's context, and Run returns it. Under
// [FailFast] Run returns the first failure of a task. If the scope was ended
// from outside before body and tasks were through, Run returns
// [context.Cause], so that work cut short never looks complete, and adds it to
// an error of body that says only that the context has ended; a [Scope.Cancel]
// with a nil cause and a [MoveOn] are no such ends. Errors of releases come with
// the rest, joined. A panic of body, or a [runtime.Goexit] in it, closes the
// scope before it goes on.
func Run(ctx context.Context, name string, body func(ctx context.Context, s *Scope) error, opts ...Option) error {
	mustCtx("Run", ctx)
	if body == nil {
		panic("scope: Run: body is nil")
	}
	parent, r := memberOf(ctx)
	s := &Scope{name: name, parent: parent, opened: r, nested: r != outside, body: true}
	s.open(ctx, opts)

	returned := false
	defer func() {
		if !returned {
			s.abandonBody()
		}
	}()
	err := s.callBody(ctx, body)
	returned = true
	return s.settle(err)
}

// mustCtx panics if the argument ctx of the function fn is nil.
func mustCtx(fn string, ctx context.Context) {
	if ctx == nil {
		panic("scope: " + fn + ": ctx is nil")
	}
}

// mustScope panics if the scope s of the function fn is nil.
func mustScope(fn string, s *Scope) {
	if s == nil {
		panic("scope: " + fn + ": s is nil")
	}
}

// Current returns the innermost scope of ctx, or nil outside every scope.
func Current(ctx context.Context) *Scope {
	mustCtx("Current", ctx)
	s, _ := memberOf(ctx)
	return s
}

// Context returns the context of s for code outside it: it ends with s, but
// work started with it counts as coming from outside, which a scope refuses
// once it has begun to close. Its cause says why the scope ended.
func (s *Scope) Context() context.Context {
	mustScope("Context", s)
	return (*outsideCtx)(s)
}

// Wait waits until s has no running task and leaves it open. It returns the
// first failure if the scope is [FailFast] and a task failed, else nil, also
// if tasks were cancelled. If ctx ends first, Wait returns its cause; the end
// of s itself does not cut the wait short. With the context of a task of s it
// returns [ErrSelfWait] at once. Scopes under s are not waited for.
func (s *Scope) Wait(ctx context.Context) error {
	mustScope("Wait", s)
	mustCtx("Wait", ctx)
	if s.holds(ctx) {
		return &waitError{s.Path(), ErrSelfWait}
	}
	if idle := s.idleChan(); idle != nil && !s.await(ctx, idle) {
		return &waitError{s.Path(), context.Cause(ctx)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rare == nil || s.rare.first == nil {
		return nil
	}
	s.toldFirst()
	return s.rare.first
}

// await waits for idle, and reports whether it came before the end of ctx. A
// scope that closes meanwhile leaves its first failure to the call that waits.
func (s *Scope) await(ctx context.Context, idle <-chan struct{}) bool {
	s.mu.Lock()
	s.rare.waiting++
	s.mu.Unlock()
	came := true
	select {
	case <-idle:
	case <-s.doneOf(ctx):
		if came = s.endOfSelf(ctx); came {
			<-idle
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rare.waiting--
	return came || s.state == StateClosed
}

// doneOf returns the channel that cuts a wait with ctx short, nil if only the
// end of s could.
func (s *Scope) doneOf(ctx context.Context) <-chan struct{} {
	if c, _ := viewOf(ctx); c == s {
		return nil
	}
	return ctx.Done()
}

// endOfSelf reports whether ctx ended because s did.
func (s *Scope) endOfSelf(ctx context.Context) bool {
	c, _ := memberOf(ctx)
	return c == s && s.ended.Load() != nil && stream.IsCut((*taskCtx)(s), context.Cause(ctx))
}

// idleChan returns a channel that is closed once no task runs, nil if none
// runs now.
func (s *Scope) idleChan() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle() {
		s.notAbandoned() // the last one may be about to say so
		return nil
	}
	r := s.rarely()
	if r.idle == nil {
		r.idle = make(chan struct{})
	}
	return r.idle
}

// enter counts a task. The caller holds s.mu.
func (s *Scope) enter() {
	s.started++
	if s.waited {
		s.awaited.Store(s.started)
	}
}

// idle reports whether no task runs. If not, the end of the last one will call
// becameIdle. The caller holds s.mu.
//
// It does not take awaited back, not even if no task runs: the last one may be
// about to read it, and somebody may wait for that.
func (s *Scope) idle() bool {
	s.awaited.Store(s.started)
	s.waited = s.done.Load() != s.started
	return !s.waited
}

// leave counts the end of a task. It touches the lock only if somebody waits.
func (s *Scope) leave() {
	if s.done.Add(1) == s.awaited.Load() {
		s.becameIdle()
	}
}

func (s *Scope) becameIdle() {
	s.mu.Lock()
	if !s.idle() {
		// A task was started meanwhile: whoever waits may wait for that one,
		// and its end comes here again.
		s.mu.Unlock()
		return
	}
	var idle chan struct{}
	if s.rare != nil {
		idle, s.rare.idle = s.rare.idle, nil
	}
	s.notAbandoned()
	if idle != nil {
		close(idle)
	}
	switch {
	case s.state != StateOpen:
		s.step().advance()
	case s.closes:
		s.closes = false
		s.beginNow(nil)
	default:
		s.mu.Unlock()
	}
}

// Cancel begins to close s and returns without waiting. Attached children
// close first; then the context of s ends with a [*Cancelled] that wraps
// cause; the releases run once its tasks have ended. A cause that is a
// *Cancelled already is used as it is. A nil cause says that the work is simply
// not wanted any more. Later calls change nothing.
func (s *Scope) Cancel(cause error) {
	mustScope("Cancel", s)
	s.begin(s.cancelEnding(cause))
}

//go:noinline
func (s *Scope) cancelEnding(cause error) *ending {
	if c, ok := cause.(*Cancelled); ok { //nolint:errorlint // used as it is, not what it wraps
		return &ending{err: context.Canceled, cause: c, done: c.Reason == nil}
	}
	e := cancelled(Cancelled{Path: s.Path(), By: "Cancel", Reason: cause, Caller: caller()})
	e.done = cause == nil
	return e
}

// Close begins to close s, as [Scope.Cancel] does, and waits until it has
// closed: all its tasks have ended, its scopes have closed, its releases have
// run and its unread errors have been told. It gives tasks no time to drain,
// and is bound by the [Timeouts] else. It returns the errors of releases, a
// [*StuckError] for what it had to abandon, and the first failure of a
// [FailFast] scope, if nobody was told of them before. Closing again waits for
// the same end.
//
// What is part of s, a task, a body, a release or a sink, must not close it, for
// it would wait for itself, until the time for that is over; it calls Cancel.
func (s *Scope) Close() error {
	mustScope("Close", s)
	s.beginFor(nil, 1)
	return s.closeReport()
}

// closeReport waits until s has closed and returns the report, for a call that
// was counted in s.asking.
func (s *Scope) closeReport() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateClosed && s.asleep == nil {
		s.asleep = sync.NewCond(&s.mu)
	}
	for s.state != StateClosed {
		s.asleep.Wait()
	}
	s.asking--
	if s.rare == nil || !s.rare.report.any() {
		return nil
	}
	r := &s.rare.report
	s.book(Ledger{Delivered: int64(len(r.errs) + r.more)})
	return r.take()
}

// closedChan returns a channel that is closed when s has closed.
func (s *Scope) closedChan() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == StateClosed {
		return closedChan
	}
	r := s.rarely()
	if r.closed == nil {
		r.closed = make(chan struct{})
	}
	return r.closed
}

// rarely returns s.rare. The caller holds s.mu.
func (s *Scope) rarely() *rare {
	if s.rare == nil {
		s.rare = new(rare)
	}
	return s.rare
}
