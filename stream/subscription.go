package stream

import (
	"bytes"
	"context"
	"runtime"
	"strconv"
	"sync/atomic"
)

// A Subscription is a place in the events of a [Subject]: see
// [Subject.Subscribe].
type Subscription[T any] struct {
	ring     *ring[T]
	overflow Overflow
	first    []Event[T]  // before those of the ring
	alone    bool        // they are all there is
	last     error       // what the run yielded last, nil for a value
	closed   atomic.Bool // looked at without the lock for each event

	// Guarded by the lock of the ring.
	begun  bool       // it is run, or has been
	runner uint64     // the goroutine of the run, under Block
	at     int        // the next event
	kept   []Event[T] // of DropNewest, when there is no more room
	lost   int        // events that were dropped behind kept
}

// Stream returns the events of the subscription. It can be run once, and a run
// ends the subscription: another one has [ErrEnded], marked by [Fatal], and so
// has a run after [Subscription.Close].
func (s *Subscription[T]) Stream() Stream[T] { return s.run }

// Close ends the subscription: nobody waits for it any more. A run of it ends
// as if the subject had, when its loop body is done with the event it has. Only the
// first call counts.
func (s *Subscription[T]) Close() {
	r := s.ring
	r.mu.Lock()
	s.closed.Store(true)
	if !s.begun {
		r.remove(s) // otherwise the run, which may be reading the ring
	}
	r.mu.Unlock()
	r.filled.Broadcast()
}

func (s *Subscription[T]) run(ctx context.Context, yield func(T, error) bool) {
	var zero T
	if !s.begin() {
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
		} else {
			yield(zero, Fatal(ErrEnded))
		}
		return
	}
	defer s.leave()
	first := s.first
	s.first = nil
	if !s.deliver(ctx, first, yield) || s.alone {
		return
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { s.ring.wakeAll(&s.ring.filled) })()
	}
	var spare []Event[T]
	for {
		batch, end, err := s.take(ctx, spare)
		if !s.deliver(ctx, batch, yield) {
			return
		}
		switch {
		case s.overflow.Policy == Block:
			s.advance(len(batch))
		case batch != nil:
			spare = batch
		}
		switch {
		case err != nil:
			if !yield(zero, err) || IsFatal(err) {
				return
			}
		case end:
			return
		}
	}
}

// begin reports whether s may be run, which it may once.
func (s *Subscription[T]) begin() bool {
	var me uint64
	if s.overflow.Policy == Block {
		me = goroutine()
	}
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	if s.begun || s.closed.Load() {
		return false
	}
	s.begun, s.runner = true, me
	return true
}

// leave ends the subscription with its run.
func (s *Subscription[T]) leave() {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	s.ring.remove(s)
}

// deliver yields events, and the cause if the run is cut. It reports whether to
// go on.
func (s *Subscription[T]) deliver(ctx context.Context, batch []Event[T], yield func(T, error) bool) bool {
	for i := range batch {
		if s.closed.Load() {
			return false
		}
		if ctx.Err() != nil || batch[i].Err != nil && IsCut(ctx, batch[i].Err) {
			break // the cause comes below, once
		}
		s.last = batch[i].Err
		if !yield(batch[i].Value, batch[i].Err) {
			return false
		}
	}
	if ctx.Err() == nil {
		return true
	}
	// A publisher that ends with the same scope may have told it already.
	if s.last == nil || !IsCut(ctx, s.last) {
		var zero T
		yield(zero, context.Cause(ctx))
	}
	return false
}

// take waits for events and returns what there is, then an error that comes
// behind, and whether that is the end. Under Block the events are those of the
// ring, which stay until advance; otherwise a copy.
func (s *Subscription[T]) take(ctx context.Context, spare []Event[T]) (batch []Event[T], end bool, err error) {
	r := s.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	for s.at == r.head && s.lost == 0 && !r.ended && ctx.Err() == nil && !s.closed.Load() {
		r.waiting++
		r.filled.Wait()
		r.waiting--
	}
	if s.closed.Load() {
		return nil, true, nil
	}
	switch s.overflow.Policy {
	case Block:
		from, to := s.at%len(r.events), r.head-s.at+s.at%len(r.events)
		batch = r.events[from:min(to, len(r.events))]
		return batch, r.ended && s.at+len(batch) == r.head, nil
	case DropNewest:
		if s.kept != nil || s.lost > 0 {
			batch, s.kept = s.kept, nil
			err = &Lagged{s.lost}
			s.lost = 0
			s.at = r.head
			return batch, r.ended, err
		}
	case Fail:
		if n := r.head - s.at; n > s.overflow.N {
			return nil, true, Fatal(&Lagged{n})
		}
	case DropOldest:
		if lost := r.head - s.at - s.overflow.N; lost > 0 {
			s.at += lost
			return nil, false, &Lagged{lost}
		}
	}
	batch = spare[:0]
	for ; s.at < r.head; s.at++ {
		batch = append(batch, r.events[s.at%len(r.events)])
	}
	return batch, r.ended, nil
}

// advance frees the places of events that were delivered.
func (s *Subscription[T]) advance(n int) {
	r := s.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	slowest := s.at+s.overflow.N <= r.limit
	s.at += n
	if slowest {
		r.wakePublisher()
	}
}

// overrun keeps what waits for the subscription, before the event head would be
// one too many, and counts those from there on. The caller holds the lock.
func (s *Subscription[T]) overrun(head int) {
	r := s.ring
	switch {
	case s.overflow.Policy != DropNewest:
	case s.lost > 0:
		s.lost++
		s.at = head + 1
	case head-s.at >= s.overflow.N:
		for ; s.at < head; s.at++ {
			s.kept = append(s.kept, r.events[s.at%len(r.events)])
		}
		s.lost = 1
		s.at = head + 1
	}
}

// goroutine returns the number of the calling goroutine, as its stack names it.
func goroutine() uint64 {
	var text [64]byte
	fields := bytes.Fields(text[:runtime.Stack(text[:], false)])
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return n
}
