package fan

import (
	"context"
	"sync"
)

// A Stopper ends the context of one task, whether that has begun or not. The zero
// value is ready for use.
type Stopper struct {
	mu      sync.Mutex // guards what follows
	cancel  context.CancelCauseFunc
	stopped bool
	cause   error
}

// Begin returns the context for the task.
func (s *Stopper) Begin(ctx context.Context) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, s.cancel = context.WithCancelCause(ctx)
	if s.stopped {
		s.cancel(s.cause)
	}
	return ctx
}

// Stop ends the context, if it has not ended.
func (s *Stopper) Stop(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped, s.cause = true, cause
	if s.cancel != nil {
		s.cancel(cause)
	}
}
