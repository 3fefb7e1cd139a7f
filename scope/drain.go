package scope

import "context"

// Draining returns a channel that is closed when the scope of ctx begins to
// close, before its context ends: a loop that would take more work selects on
// it and returns. A nested scope is part of its task, so there it is the scope
// of that task that counts. Outside every scope Draining returns nil, from
// which nothing is ever received.
func Draining(ctx context.Context) <-chan struct{} {
	s, _ := memberOf(ctx)
	if s == nil {
		return nil
	}
	for s.nested && s.parent != nil {
		s = s.parent
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open {
		return closedChan
	}
	r := s.rarely()
	if r.draining == nil {
		r.draining = make(chan struct{})
	}
	return r.draining
}
