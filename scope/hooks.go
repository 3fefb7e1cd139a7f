package scope

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Hooks are what a third party wants to be told of the life of scopes and
// tasks: a tracer, a monitor, a log. Each function may be nil and may be called
// by many goroutines at once. Any number of Hooks can be attached to one scope
// ([WithHooks], [Scope.Hook]), each sees what happens in that scope and in all
// below it; those attached with [Observe] see every scope of the process. They
// are called from the outermost scope to the innermost when something begins,
// in the order they were attached, and in reverse when a task ends. Hooks must
// not be changed once they are attached.
//
// Tasks and scopes wait for their hooks, within the same time limits as for
// tasks: a hook is there to take note and return. A panic of a hook goes to the
// sink of the scope. The manner is that of [net/http/httptrace.ClientTrace].
type Hooks struct {
	// ScopeOpened is called on the goroutine that opens s, before that goes
	// on. The context carries the values of s and has not ended.
	ScopeOpened func(ctx context.Context, s *Scope)

	// ScopeMoved is called each time that s has come a step further in its
	// closing, in order, and for StateClosed when all in s has stopped, just
	// before the calls that wait for that return. A parent has not moved
	// beyond draining before its attached children were told closed.
	ScopeMoved func(ctx context.Context, s *Scope, step Step)

	// ScopeWaits is called when s has waited in one state of its closing for
	// WaitsAfter, and again each time that has passed once more.
	ScopeWaits func(ctx context.Context, s *Scope, w Waiting)

	// WaitsAfter is the time between two calls of ScopeWaits; zero stands for
	// one second.
	WaitsAfter time.Duration

	// TaskStarted is called on the goroutine of the task before its function.
	// The context that it returns gives its values, such as a trace span, to
	// the task, and to the hooks after it; the life of the task stays its own.
	// Nil stands for ctx.
	TaskStarted func(ctx context.Context, t *TaskInfo) context.Context

	// TaskEnded is called on the goroutine of the task when its function has
	// returned, before the task counts as ended and before its error goes to
	// the sink.
	TaskEnded func(ctx context.Context, t *TaskInfo, end TaskEnd)

	// ErrorReported is called for each error that goes to the sink of s.
	ErrorReported func(ctx context.Context, s *Scope, e *TaskError)
}

// A TaskInfo is what is known of a task when it starts. One task has one,
// which never changes.
type TaskInfo struct {
	Scope   *Scope
	Name    string // given by [Named], or ""
	Attempt int    // 1 for a task that was not restarted
	Site    string // function, file and line of the task's function, or ""
	Caller  string // file and line of the call that started it, with [WithSites], or ""
	Started time.Time
}

// A TaskEnd is how a task ended.
type TaskEnd struct {
	State   TaskState
	Err     error // what the function returned, or its panic unless that goes on, as in [Scope.Do]
	Elapsed time.Duration
}

// hooking tells whether there have ever been hooks in the process. While there
// are none, all that a task pays for hooks is to look here.
var hooking atomic.Bool

// hookSet is a list of hooks that is never changed, only replaced.
type hookSet []*Hooks

// observers are the hooks of the process.
var observers atomic.Pointer[hookSet]

var hooksMu sync.Mutex // is held while a hookSet is replaced

// WithHooks attaches h to the scope from its opening on. Nil is ignored.
func WithHooks(h *Hooks) Option {
	return optionFunc(func(o *options) {
		if h != nil {
			o.hooks = append(o.hooks, h)
		}
	})
}

// Hook attaches h to s, and so to all below it, until remove is called or s is
// forgotten. What has begun before is not told. It panics if h is nil.
func (s *Scope) Hook(h *Hooks) (remove func()) {
	if h == nil {
		panic("scope: Hook: h is nil")
	}
	return attach(&s.hooks, h)
}

// Observe attaches h to all scopes of the process, those that are open and
// those to come, until remove is called. It panics if h is nil.
func Observe(h *Hooks) (remove func()) {
	if h == nil {
		panic("scope: Observe: h is nil")
	}
	return attach(&observers, h)
}

// attach adds h to the set in p. The function that it returns takes h out, once.
func attach(p *atomic.Pointer[hookSet], h *Hooks) (remove func()) {
	mine := *h // an identity of its own, for h may be attached twice
	replace(p, func(l hookSet) hookSet { return append(slices.Clip(l), &mine) })
	hooking.Store(true)
	return func() {
		replace(p, func(l hookSet) hookSet {
			return slices.DeleteFunc(slices.Clone(l), func(h *Hooks) bool { return h == &mine })
		})
	}
}

func replace(p *atomic.Pointer[hookSet], change func(hookSet) hookSet) {
	hooksMu.Lock()
	defer hooksMu.Unlock()
	var old hookSet
	if l := p.Load(); l != nil {
		old = *l
	}
	if l := change(old); len(l) > 0 {
		p.Store(&l)
	} else {
		p.Store(nil)
	}
}

// hooked returns the hooks that see s, the outermost first.
func (s *Scope) hooked() hookSet {
	if !hooking.Load() {
		return nil
	}
	return s.allHooks()
}

//go:noinline
func (s *Scope) allHooks() hookSet {
	var all hookSet
	for p := s; p != nil; p = p.parent {
		if l := p.hooks.Load(); l != nil {
			all = slices.Concat(*l, all)
		}
	}
	if l := observers.Load(); l != nil {
		all = slices.Concat(*l, all)
	}
	return all
}

// protect calls a hook. A panic of it goes to the sink, without the hooks
// being told of that again.
func (s *Scope) protect(ctx context.Context, hook func()) {
	defer func() {
		if v := recover(); v != nil {
			err := fmt.Errorf("scope: in a hook: %w", NewPanicError(v))
			s.Book(Ledger{Produced: 1, Sunk: 1})
			deliver(ctx, s.options, s.parent, s.taskError(err))
		}
	}()
	hook()
}

// holdSteps attaches the hooks that s was made with, and keeps the steps of its
// closing back until tellOpened.
func (s *Scope) holdSteps() {
	if s.options != nil && s.options.hooks != nil {
		s.hooks.Store(&s.options.hooks)
		hooking.Store(true)
	}
	s.inProgress().telling = time.Now()
	s.enter()
}

// tellOpened tells the hooks that s has been opened, and what came after.
func (s *Scope) tellOpened() {
	all := false
	defer func() {
		s.toldSteps(all)
		if !all && !s.service {
			s.neverOpened()
		}
	}()
	ctx := (*labelledCtx)(s)
	for _, h := range s.hooked() {
		if h.ScopeOpened != nil {
			s.protect(ctx, func() { h.ScopeOpened(ctx, s) })
		}
	}
	s.tellSteps()
	all = true
}

// neverOpened closes s, which nobody gets, since a hook has ended the goroutine
// that opens it.
func (s *Scope) neverOpened() {
	if s.body {
		s.abandonBody()
		return
	}
	s.begin(cancelled(Cancelled{Path: s.Path(), By: "a hook"}))
}

// tellReported tells the hooks of an error on its way to the sink of s.
func (s *Scope) tellReported(ctx context.Context, e *TaskError) {
	for _, h := range s.hooked() {
		if h.ErrorReported != nil {
			s.protect(ctx, func() { h.ErrorReported(ctx, s, e) })
		}
	}
}

// A hookedTask is a task that hooks are told of.
type hookedTask struct {
	info  *TaskInfo
	hooks hookSet
	begun int // hooks that were told of the start
	ctx   context.Context
}

// hookedTask returns the task in sl with the hooks that see it, nil if there
// are none.
func (s *Scope) hookedTask(ctx context.Context, sl *slot, o *taskOptions, fn any) *hookedTask {
	hooks := s.hooked()
	if hooks == nil {
		return nil
	}
	return &hookedTask{info: s.infoOf(sl, o, fn), hooks: hooks, ctx: ctx}
}

// tellStarted tells the hooks that the task starts, and returns the context for
// its function.
func (t *hookedTask) tellStarted() context.Context {
	ctx := t.ctx
	for _, h := range t.hooks {
		t.begun++ // also if it does not return
		if h.TaskStarted == nil {
			continue
		}
		t.info.Scope.protect(context.WithoutCancel(ctx), func() {
			if c := h.TaskStarted(t.ctx, t.info); c != nil {
				t.ctx = c
			}
		})
	}
	if !sameCtx(t.ctx, ctx) {
		t.ctx = &valuesOf{ctx, context.WithoutCancel(t.ctx)}
	}
	return t.ctx
}

func (s *Scope) infoOf(sl *slot, o *taskOptions, fn any) *TaskInfo {
	t := &TaskInfo{Scope: s, Started: epoch.Add(sl.start)}
	t.Name, t.Attempt, t.Site, t.Caller = o.identity(fn)
	return t
}

// tellEnded tells the hooks that were told of the start that the task has ended.
// A nil t has none.
func (t *hookedTask) tellEnded(outcome uint32, err error) {
	if t == nil {
		return
	}
	s := t.info.Scope
	end := TaskEnd{State: TaskState(outcome - slotRunning), Err: err, Elapsed: time.Since(t.info.Started)}
	for _, h := range slices.Backward(t.hooks[:t.begun]) {
		if h.TaskEnded != nil {
			s.protect(context.WithoutCancel(t.ctx), func() { h.TaskEnded(t.ctx, t.info, end) })
		}
	}
}

// valuesOf is a context with the values of another one.
type valuesOf struct {
	context.Context
	values context.Context // without end
}

func (c *valuesOf) Value(key any) any {
	if isMemberKey(key) || key == labelKey {
		return c.Context.Value(key)
	}
	if v := c.values.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}
