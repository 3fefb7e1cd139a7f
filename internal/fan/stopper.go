package fan

import (
	"context"
	"sync"
)

// A stopper ends the context of one task, whether that has begun or not.
type stopper struct {
	mu      sync.Mutex // guards what follows
	cancel  context.CancelCauseFunc
	stopped bool
	cause   error
}

// begin returns the context for the task.
func (s *stopper) begin(ctx context.Context) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, s.cancel = context.WithCancelCause(ctx)
	if s.stopped {
		s.cancel(s.cause)
	}
	return ctx
}

// stop ends the context, if it has not ended.
func (s *stopper) stop(cause error) {
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
