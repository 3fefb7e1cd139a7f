package scope

import (
	"context"
	"errors"
	"runtime/pprof"

	"github.com/rxscope/rxscope/stream"
)

// callBody runs the body of Run under the labels of s. A nested scope leaves
// the goroutine its labels, which name the task that the scope is part of,
// unless the body sets those of s itself.
func (s *Scope) callBody(ctx context.Context, body func(context.Context, *Scope) error) error {
	if !s.nested {
		s.setLabels()
	}
	defer func() {
		if s.labels.Load() != nil {
			pprof.SetGoroutineLabels(ctx)
		}
	}()
	return body((*bodyCtx)(s), s)
}

// settle ends a Run whose body has returned err.
func (s *Scope) settle(err error) error {
	err = s.explain(err)
	var e *ending
	if err != nil {
		e = cancelled(Cancelled{Path: s.Path(), By: "body", Reason: err})
	}
	cut := s.bodyLeft(e)
	rest := s.closeReport()
	cut = cut || s.closes // it was begun by others before no task ran
	first := s.firstFailure()

	var errs []error
	if err != nil && (first == nil || !s.follows(err)) {
		errs = append(errs, err)
	}
	// What Do returned to the body is the first failure without its wrapping.
	if first != nil && !is(err, first) && !is(err, first.Err) && !is(rest, first) {
		errs = append(errs, first)
	}
	if rest != nil {
		errs = append(errs, rest)
	}
	if cut && (len(errs) == 0 || s.ctxErr() == context.DeadlineExceeded) { //nolint:errorlint // the sentinel itself
		why := s.cutShort()
		if len(errs) == 0 {
			return why
		}
		if why != nil && !is(joinErrors(errs), why) {
			errs = append([]error{why}, errs...)
		}
	}
	return joinErrors(errs)
}

func (s *Scope) firstFailure() *TaskError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rare == nil {
		return nil
	}
	return s.rare.first
}

// follows reports whether an error of the body says no more than that s has
// ended: it is that news, or a refusal for it.
func (s *Scope) follows(err error) bool {
	return stream.IsCut((*taskCtx)(s), err) || is(err, ErrClosed) && is(err, s.Cause())
}

// explain adds to an error of the body that says only that s has ended why it
// was cut short, if it was. Nothing is left of it if s has moved on.
func (s *Scope) explain(err error) error {
	if err == nil || s.ended.Load() == nil || !s.follows(err) {
		return err
	}
	why := s.cutShort()
	switch {
	case s.movedOn():
		return nil
	case why == nil || is(err, why):
		return err
	case err == s.ctxErr() && is(why, err): //nolint:errorlint // the bare sentinel
		return why
	}
	return errors.Join(err, why)
}

// cutShort returns why s was ended from outside, nil if it has moved on, or if
// it was s itself whose work was simply not wanted any more.
func (s *Scope) cutShort() error {
	if s.movedOn() {
		return nil
	}
	cause := s.Cause()
	c, ok := cause.(*Cancelled) //nolint:errorlint // the cause itself, not what it wraps
	if ok && s.ended.Load().done && c.Path == s.Path() {
		return nil
	}
	return cause
}

// abandonBody closes the scope of a body that left by a panic or by
// runtime.Goexit. Nobody is left to return an error to, so they go to the
// sink.
func (s *Scope) abandonBody() {
	s.bodyLeft(cancelled(Cancelled{Path: s.Path(), By: "body"}))
	if err := s.closeReport(); err != nil {
		s.Report((*taskCtx)(s), err)
	}
}

// bodyLeft notes that the body has left and that its Run will take the report.
// It begins to close s with e, which is nil for a body that is through: then it
// leaves the tasks, and a Shutdown, their time. It reports whether s was closing.
func (s *Scope) bodyLeft(e *ending) (closing bool) {
	s.mu.Lock()
	s.body = false
	s.asking++
	s.notAbandoned()
	switch {
	case s.state != StateOpen:
		s.step().advance()
		if e != nil {
			s.begin(e)
		}
		return true
	case e != nil || s.idle():
		s.beginNow(e)
	default:
		s.closes = true
		s.mu.Unlock()
	}
	return false
}
