package sink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// Suppressed tells of the errors that a [Limit] held back in one window.
type Suppressed struct {
	N     int
	First *scope.TaskError
	Last  *scope.TaskError // is First if N is 1
}

// Error says what is known in one text.
func (e *Suppressed) Error() string {
	if e.N == 1 {
		return "sink: 1 error held back: " + e.First.Error()
	}
	return fmt.Sprintf("sink: %d errors held back, from: %v; to: %v", e.N, e.First, e.Last)
}

// Unwrap returns the first and the last of them.
func (e *Suppressed) Unwrap() []error {
	if e.First == e.Last {
		return []error{e.First}
	}
	return []error{e.First, e.Last}
}

// Limit returns a sink that hands on to next no more than n errors in a window
// of length per, and counts the rest. A window is opened by the first error
// after the end of the one before.
//
// When a window in which errors were held back ends, next is told of them by
// one error more: a [*scope.TaskError] with the path of s that wraps
// [*Suppressed]. This happens at the instant the window ends, in a task below
// s, or with the first error after it if that comes before. While s closes,
// the task is not started any more; next is told with the next error, and at
// the latest when everything in s has ended, before s has closed. From then on
// every error goes on to next at once.
//
// Limit panics if s or next is nil, n < 1 or per <= 0.
func Limit(s *scope.Scope, n int, per time.Duration, next scope.ErrorSink) scope.ErrorSink {
	needScope("Limit", s)
	need("Limit", next)
	if n < 1 {
		panic(fmt.Sprintf("sink: Limit: n is %d, want at least 1", n))
	}
	if per <= 0 {
		panic(fmt.Sprintf("sink: Limit: per is %v, want more than 0", per))
	}
	l := &limiter{n: n, per: per, next: next}
	l.keeper = keep(s, "limit", func() { l.flush(true) })
	return l
}

type limiter struct {
	keeper
	n    int
	per  time.Duration
	next scope.ErrorSink

	mu     sync.Mutex // guards what follows
	end    time.Time  // of the window
	passed int        // in it
	back   Suppressed // in it
	ctx    context.Context
	timer  *time.Timer // runs if something was held back
	closed bool
}

func (l *limiter) HandleError(ctx context.Context, e *scope.TaskError) {
	due, pass := l.admit(held{ctx, e})
	tellAll(l.next, due)
	if pass {
		l.next.HandleError(ctx, e)
	}
}

// admit counts h. It returns what must be told of an earlier window first.
func (l *limiter) admit(h held) (due []held, pass bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, true
	}
	now := time.Now()
	if !now.Before(l.end) {
		due = l.take()
		l.end, l.passed = now.Add(l.per), 0
	}
	if l.passed < l.n {
		l.passed++
		return due, true
	}
	if l.back.N == 0 {
		l.back.First = h.err
		l.timer = l.after(l.end.Sub(now), func() { l.flush(false) })
	}
	l.back.N++
	l.back.Last, l.ctx = h.err, h.ctx
	return due, false
}

// take returns what was held back, as an error. The caller holds l.mu.
func (l *limiter) take() []held {
	if l.back.N == 0 {
		return nil
	}
	l.timer.Stop()
	back, ctx := l.back, l.ctx
	l.back, l.ctx, l.timer = Suppressed{}, nil, nil
	return []held{{ctx, &scope.TaskError{Path: l.path, Err: &back}}}
}

// flush tells what was held back, if the window has ended or the scope has.
func (l *limiter) flush(closed bool) { tellAll(l.next, l.due(closed)) }

func (l *limiter) due(closed bool) []held {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = l.closed || closed
	if !l.closed && time.Now().Before(l.end) {
		return nil // the timer of an earlier window came late
	}
	return l.take()
}
