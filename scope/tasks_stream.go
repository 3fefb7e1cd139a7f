package scope

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Stream returns what the tasks come to, one event for each, in the order in
// which they end: a value, a failure as a [*TaskError], which then goes nowhere
// else, or the cause if the task was cancelled. Under [FailFast] a failure ends
// the scope all the same. What was told or given back at the close of the scope,
// because it was still unread, is no event any more.
//
// The stream is hot: each event comes to one run, and a later run goes on where
// the last one has ended. A run that begins while another reads gets one event,
// [ErrSecondReader], and one in a task of the set, which would wait for itself,
// gets [ErrSelfWait].
//
// It ends when the set is closed and all has been read. If instead the scope of
// the set ends and all has been read, or its tasks were abandoned, the last
// event is [ErrClosed] with the cause. All three are [stream.Fatal].
//
// A reader that leaves before, by break, panic, [runtime.Goexit] or the end of
// its context, closes the set, cancels the tasks that run and waits for them.
// What was not read has then been told: failures to the sink, values to
// [Discard].
func (ts *Tasks[T]) Stream() stream.Stream[T] { return ts.read }

func (ts *Tasks[T]) read(ctx context.Context, yield func(T, error) bool) {
	var zero T
	if ts.heldBy(ctx) {
		yield(zero, stream.Fatal(&waitError{ts.scope.Path(), ErrSelfWait}))
		return
	}
	if !ts.reading.CompareAndSwap(false, true) {
		yield(zero, stream.Fatal(ErrSecondReader))
		return
	}
	if last := ts.deliver(ctx, yield); last != nil {
		yield(zero, last)
	}
}

// deliver yields until the end, or until the reader leaves. It returns what is
// still to be told as the last event.
func (ts *Tasks[T]) deliver(ctx context.Context, yield func(T, error) bool) (last error) {
	through := false
	var reason error
	defer func() {
		defer ts.reading.Store(false)
		if !through {
			ts.abandon(reason)
		}
	}()
	for {
		t, end := ts.next(ctx)
		switch {
		case t == nil && ctx.Err() != nil:
			reason = context.Cause(ctx)
			return reason
		case t == nil:
			through = true
			return stream.Fatal(end)
		case t.unread != nil && t.unread.read(): // the scope has told
		case !yield(t.value, t.err):
			return nil
		}
	}
}

// next waits for the next task that has ended. It returns nil at the end of the
// set, with an error if that came early, and at the end of ctx.
func (ts *Tasks[T]) next(ctx context.Context) (*setTask[T], error) {
	s := ts.scope
	for ctx.Err() == nil {
		s.mu.Lock()
		t := ts.pop()
		end, err := ts.ended()
		ending := s.state >= StateCancelling
		s.mu.Unlock()
		if t != nil || end {
			return t, err
		}
		over := (*taskCtx)(s).Done()
		if ending {
			over = s.closedChan()
		}
		select {
		case <-ts.wake:
		case <-over:
		case <-ctx.Done():
		}
	}
	return nil, nil
}

// ended reports whether nothing is to come from the set any more, and why, if
// not because it was closed. The caller holds scope.mu.
func (ts *Tasks[T]) ended() (bool, error) {
	s := ts.scope
	switch {
	case ts.places.taken() == 0 && ts.places.over != nil:
		return true, nil
	case ts.places.taken() == 0 && s.state >= StateCancelling, s.state == StateClosed:
		return true, s.refusal()
	}
	return false, nil
}

// abandon ends a set that nobody reads any more.
func (ts *Tasks[T]) abandon(reason error) {
	s := ts.scope
	s.mu.Lock()
	ts.left = true
	ts.turnAway()
	running := make([]*ownCtx, 0, len(ts.running))
	for c := range ts.running {
		running = append(running, c)
	}
	s.mu.Unlock()
	defer ts.awaitRunning() // whatever a sink does
	for _, c := range running {
		c.cancel("Stream", reason, "")
	}
	ts.giveBack()
}

// awaitRunning waits until no task of the set runs, but not for what the scope
// has abandoned.
func (ts *Tasks[T]) awaitRunning() {
	s := ts.scope
	for {
		s.mu.Lock()
		over := len(ts.running) == 0 || s.state == StateClosed
		s.mu.Unlock()
		if over {
			return
		}
		select {
		case <-ts.wake:
		case <-s.closedChan():
		}
	}
}

// giveBack tells all that has ended and was not read.
func (ts *Tasks[T]) giveBack() {
	normal := false
	defer func() {
		if !normal { // a sink may leave by runtime.Goexit
			ts.giveBack()
		}
	}()
	for {
		ts.scope.mu.Lock()
		t := ts.pop()
		ts.scope.mu.Unlock()
		if t == nil {
			break
		}
		if t.unread != nil && t.unread.claim() {
			t.unread.tell()
		}
	}
	normal = true
}
