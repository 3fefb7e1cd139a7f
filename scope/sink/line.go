package sink

import (
	"context"
	"fmt"
	"sync"

	"github.com/rxscope/rxscope/scope"
)

// A line lets errors through to next one at a time: whoever finds nobody at it
// leads, and tells what came meanwhile after its own.
type line struct {
	next scope.ErrorSink

	mu    sync.Mutex // guards what follows
	queue ring
	led   bool
}

// join queues h, unless nobody leads: then h is the caller's to tell, who must
// call lead after it. It reports whether there was room.
func (l *line) join(h held) (leads, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.led {
		l.led = true
		return true, true
	}
	return false, l.queue.push(h)
}

// lead tells what is queued, until there is nothing.
func (l *line) lead() {
	for h, ok := l.pop(); ok; h, ok = l.pop() {
		tell(l.next, h)
	}
}

// pop takes one out. If there is none, nobody leads any more.
func (l *line) pop() (held, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.queue.pop()
	l.led = ok
	return h, ok
}

// maxSerial is how many errors may wait in a Serialize.
const maxSerial = 1024

// Serialize returns a sink that calls next for one error at a time, in the
// order in which they came. No call waits for another: one that finds next at
// work leaves its error behind and returns, and the goroutine that is at it
// tells next of that too before it returns itself. So a next that causes an
// error, in whatever way, does not wait for itself: that error comes after the
// one at hand.
//
// Up to 1,024 errors wait; what comes on top goes up at once. A task whose
// error was left behind may end before next has been told. Serialize panics if
// next is nil.
func Serialize(next scope.ErrorSink) scope.ErrorSink {
	need("Serialize", next)
	return &serial{line{next: next, queue: ring{max: maxSerial}}}
}

type serial struct{ line }

func (s *serial) HandleError(ctx context.Context, e *scope.TaskError) {
	leads, ok := s.join(held{ctx, e})
	switch {
	case !ok:
		scope.Escalate(ctx, e)
	case leads:
		defer s.lead()
		s.next.HandleError(ctx, e)
	}
}

// Async returns a sink that keeps a slow next from holding up the tasks that
// fail: it queues errors, and a task below s tells next, one at a time, in the
// order in which they came. The task runs while there is something to tell, so
// neither it nor an idle queue keeps anybody waiting.
//
// Besides the error that next is being told of, up to n wait; what comes on
// top goes up at once, on the goroutine that failed. When s begins to close, it
// waits for the task as for every scope below it: the queue is told before the
// context of s ends. Errors that come while s drains are told by a task of s,
// before s has closed; those that come when s takes no more work, or has no
// slot free then, are told on the goroutine that failed. None is lost: a task
// that has not come to the end of its queue within the [scope.Timeouts] of s is
// abandoned and named like any other, and goes on.
//
// Async panics if s or next is nil or n < 1.
func Async(s *scope.Scope, n int, next scope.ErrorSink) scope.ErrorSink {
	needScope("Async", s)
	need("Async", next)
	if n < 1 {
		panic(fmt.Sprintf("sink: Async: n is %d, want at least 1", n))
	}
	return &async{line{next: next, queue: ring{max: n}}, s, s.Child("async")}
}

type async struct {
	line
	scope *scope.Scope
	work  *scope.Scope // below it: a limit of the scope does not count there
}

func (a *async) HandleError(ctx context.Context, e *scope.TaskError) {
	h := held{ctx, e}
	leads, ok := a.join(h)
	switch {
	case !ok:
		scope.Escalate(ctx, e)
	case leads:
		task := func(context.Context) error {
			tell(a.next, h)
			a.lead()
			return nil
		}
		if !a.work.TryGo(ctx, task) && !a.scope.TryGo(ctx, task) {
			_ = task(ctx) // it returns nil
		}
	}
}
