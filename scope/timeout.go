package scope

import (
	"context"
	"fmt"
	"time"
)

// Timeout ends the scope d after it was opened, as a [Scope.Cancel] would,
// children first and without time to drain: its context ends with
// [context.DeadlineExceeded] and a [*TimeoutError] that names the scope as the
// cause, which [Run] returns. The time of a scope further out has another path
// in it:
//
//	var t *scope.TimeoutError
//	if errors.As(err, &t) && t.Path == s.Path() {
//
// The deadline of the scope's context is d from the opening, or an earlier one
// from outside. Once the scope has begun to close for another reason, its
// [Timeouts] count and d does not. The default is no limit; of several, and of
// [MoveOn], the last one counts. Timeout panics if d <= 0.
func Timeout(d time.Duration) Option {
	checkTime("Timeout", d)
	return optionFunc(func(o *options) { o.time = &timeLimit{after: d} })
}

// MoveOn is [Timeout] for work that may be left unfinished: [Run] takes it for
// no error that the scope was ended by this limit, and returns nil. The limit
// of a scope further out is one, and so is a failure that says more than that
// the context has ended. Whoever must know that the scope moved on asks
// [context.Cause] of its context, or lets the body set a variable when it is
// through. MoveOn panics if d <= 0.
func MoveOn(d time.Duration) Option {
	checkTime("MoveOn", d)
	return optionFunc(func(o *options) { o.time = &timeLimit{after: d, moveOn: true} })
}

func checkTime(option string, d time.Duration) {
	if d <= 0 {
		panic(fmt.Sprintf("scope: %s: d is %v, want more than 0", option, d))
	}
}

// A timeLimit is the time that one scope was given. It is set before anybody
// else knows the scope, but for over, which only the one who opens it looks at.
type timeLimit struct {
	after    time.Duration
	moveOn   bool
	deadline time.Time
	over     *ending // with which it ends the scope
}

// timeLimit returns the limit of s, nil if it has none.
func (s *Scope) timeLimit() *timeLimit {
	if s.options == nil {
		return nil
	}
	return s.options.time
}

// startTime sets the deadline of s, which is being opened, if it has one.
func (s *Scope) startTime() {
	if t := s.timeLimit(); t != nil {
		t.deadline = time.Now().Add(t.after)
	}
}

// startTimer sees to it that s ends in time.
func (s *Scope) startTimer() {
	t := s.timeLimit()
	if t == nil {
		return
	}
	t.over = &ending{err: context.DeadlineExceeded, cause: &TimeoutError{Path: s.Path(), After: t.after}}
	s.untilBegin(time.AfterFunc(t.after, func() { s.begin(t.over) }).Stop)
}

// movedOn reports whether s, which has begun to close, was ended by its own
// [MoveOn].
func (s *Scope) movedOn() bool {
	t := s.timeLimit()
	return t != nil && t.moveOn && t.over != nil && s.ended.Load() == t.over
}
