package sink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// Tripped is why a [Breaker] cancelled its scope. [errors.As] finds it in the
// cause of the scope's context.
type Tripped struct {
	N      int
	Window time.Duration
	Last   *scope.TaskError
}

// Error says what is known in one text.
func (e *Tripped) Error() string {
	return fmt.Sprintf("sink: %d failures within %v, the last: %v", e.N, e.Window, e.Last)
}

// Unwrap returns the last of the failures.
func (e *Tripped) Unwrap() error { return e.Last }

// Breaker returns a sink that hands every error on to next, and cancels s
// with a [*Tripped] when the n-th error within window has come: of n errors in
// a row, the last came less than window after the first. It cancels before it
// hands that error on, so a next that blocks does not delay it, and holds
// nothing back. Errors that come after it has cancelled s go on to next too.
//
// Breaker panics if s or next is nil, n < 1 or window <= 0.
func Breaker(s *scope.Scope, n int, window time.Duration, next scope.ErrorSink) scope.ErrorSink {
	needScope("Breaker", s)
	need("Breaker", next)
	if n < 1 {
		panic(fmt.Sprintf("sink: Breaker: n is %d, want at least 1", n))
	}
	if window <= 0 {
		panic(fmt.Sprintf("sink: Breaker: window is %v, want more than 0", window))
	}
	return &breaker{scope: s, n: n, window: window, next: next}
}

type breaker struct {
	scope  *scope.Scope
	n      int
	window time.Duration
	next   scope.ErrorSink

	mu      sync.Mutex  // guards what follows
	times   []time.Time // of the last n errors, a ring
	oldest  int
	tripped bool
}

func (b *breaker) HandleError(ctx context.Context, e *scope.TaskError) {
	if b.trips() {
		b.scope.Cancel(&Tripped{b.n, b.window, e})
	}
	b.next.HandleError(ctx, e)
}

// trips counts an error, and reports whether it is the one too many.
func (b *breaker) trips() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tripped {
		return false
	}
	now := time.Now()
	if len(b.times) < b.n {
		b.times = append(b.times, now)
	} else {
		b.times[b.oldest] = now
		b.oldest = (b.oldest + 1) % b.n
	}
	if len(b.times) < b.n || now.Sub(b.times[b.oldest]) >= b.window {
		return false
	}
	b.tripped, b.times = true, nil
	return true
}
