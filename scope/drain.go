package scope

import (
	"context"
	"fmt"
	"time"
)

// Draining returns a channel that is closed when the scope of ctx begins to
// close, before its context ends: a loop that would take more work selects on
// it and returns. A nested scope is part of its task, so there it is the scope
// of that task that counts. The body of a [Run] that has called Draining is
// given the time to drain as a task is; one that has not is taken to wait for
// the end of its context, and gets none. Outside every scope Draining returns nil, from
// which nothing is ever received.
func Draining(ctx context.Context) <-chan struct{} {
	mustCtx("Draining", ctx)
	s, r := attachedOf(ctx)
	if s == nil {
		return nil
	}
	return s.drainChan(r == inBody)
}

func (s *Scope) drainChan(forBody bool) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if forBody {
		s.rarely().bodyDrains = true
	}
	if s.state != StateOpen {
		return closedChan
	}
	r := s.rarely()
	if r.draining == nil {
		r.draining = make(chan struct{})
		if in := s.standIn(); in != nil && in != s {
			in.rare.draining = r.draining
			s.share()
		}
	}
	return r.draining
}

// A callback is what a task wants called when its scope comes to a phase.
type callback func(ctx context.Context) error

// OnDrain calls f when the scope of the task begins to drain, for blocking work
// that does not look at [Draining]: a server that must stop accepting. It is
// called on a goroutine of the scope, with a context that has not ended, and
// the scope waits for it as for a task. Its error, or its panic, goes to the
// sink. It is not called if the task has ended before. It panics if f is nil.
func OnDrain(f func(ctx context.Context) error) TaskOption {
	if f == nil {
		panic("scope: OnDrain: f is nil")
	}
	return taskOptionFunc(func(o *taskOptions) { o.onDrain = f })
}

// Interrupt calls f when the context of the scope has ended, for blocking work
// that does not look at its context: a listener, a blocking read. The rest is
// as with [OnDrain].
func Interrupt(f func(ctx context.Context) error) TaskOption {
	if f == nil {
		panic("scope: Interrupt: f is nil")
	}
	return taskOptionFunc(func(o *taskOptions) { o.interrupt = f })
}

func (o *taskOptions) calledBack() bool { return o.onDrain != nil || o.interrupt != nil }

// noted reports whether others than the task itself look at the options.
func (o *taskOptions) noted() bool {
	return o.name != "" || o.attempt > 1 || o.call.file != "" || o.calledBack()
}

// holds reports whether the options keep something of the user's alive.
func (o *taskOptions) holds() bool {
	return o.calledBack() || o.discard != nil || o.site != nil || o.backOff != nil
}

// register makes the options of a task known. A scope that has come to a phase
// already calls back at once.
func (s *Scope) register(sl *slot, o *taskOptions) {
	if !o.noted() {
		return
	}
	s.mu.Lock()
	s.slots.note(sl, o)
	var told []func()
	if s.state >= StateDraining {
		told = s.appendCall(told, o.onDrain)
	}
	if s.state >= StateCancelling {
		told = s.appendCall(told, o.interrupt)
	}
	s.share()
	s.mu.Unlock()
	for _, f := range told {
		go f()
	}
}

// unregister notes that the function of a task has returned, and forgets its
// options. A mere name may stay until the slot is used again, and costs no lock
// here.
func (s *Scope) unregister(sl *slot, o *taskOptions) {
	if o != nil || s.options != nil {
		s.forget(sl, o)
	}
}

func (s *Scope) forget(sl *slot, o *taskOptions) {
	if d := s.measured(); d != nil {
		d.end(time.Since(epoch) - sl.start)
	}
	if o == nil || !o.noted() || !o.holds() {
		return
	}
	s.mu.Lock()
	delete(s.slots.notes, sl)
	s.mu.Unlock()
}

// callbacks returns those that which picks from the tasks that run, each to be
// started on a goroutine of its own. The caller holds s.mu.
func (s *Scope) callbacks(which func(o *taskOptions) callback) (told []func()) {
	if s.slots == nil || s.slots.notes == nil {
		return nil
	}
	return s.callbacksOf(which)
}

//go:noinline
func (s *Scope) callbacksOf(which func(o *taskOptions) callback) (told []func()) {
	for sl, o := range s.slots.notes {
		if sl.state.Load() == slotRunning {
			told = s.appendCall(told, which(o))
		}
	}
	return told
}

// appendCall makes f, if there is one, a task of s that is still to be started.
// The caller holds s.mu.
func (s *Scope) appendCall(told []func(), f callback) []func() {
	if f == nil {
		return told
	}
	s.enter()
	s.rarely().callbacks++
	return append(told, func() {
		var err error
		normal := false
		defer func() {
			if !normal {
				err = s.unwound(recover())
			}
			defer func() {
				s.mu.Lock()
				s.rare.callbacks--
				s.mu.Unlock()
				s.leave()
			}()
			if err != nil {
				s.Report((*labelledCtx)(s), fmt.Errorf("scope: callback of a task: %w", err))
			}
		}()
		s.setLabels()
		err = f((*labelledCtx)(s))
		normal = true
	})
}
