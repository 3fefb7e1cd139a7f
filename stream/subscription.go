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
	first    []Event[T] // before those of the ring
	alone    bool       // they are all there is
	ran      atomic.Bool
	last     error  // what the run yielded last, nil for a value
	runner   uint64 // the goroutine of the run; guarded by the lock of the ring

	// Guarded by the lock of the ring.
	at   int        // the next event
	kept []Event[T] // of DropNewest, when there is no more room
	lost int        // events that were dropped behind kept
}

// Stream returns the events of the subscription. It can be run once, and a run
// ends the subscription: another one has [ErrEnded], marked by [Fatal].
func (s *Subscription[T]) Stream() Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		defer s.Close()
		s.run(ctx, yield)
	}
}

// Close ends the subscription: nobody waits for it any more. Only the first call
// counts.
func (s *Subscription[T]) Close() {
	if s.ring != nil {
		s.ring.remove(s)
	}
}

func (s *Subscription[T]) run(ctx context.Context, yield func(T, error) bool) {
	var zero T
	if ctx.Err() != nil {
		yield(zero, context.Cause(ctx))
		return
	}
	if s.ran.Swap(true) {
		yield(zero, Fatal(ErrEnded))
		return
	}
	first := s.first
	s.first = nil
	if !s.deliver(ctx, first, yield) || s.alone {
		return
	}
	if s.overflow.Policy == Block {
		s.mark(goroutine())
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, s.ring.wakeAll)()
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

// mark notes who runs the subscription.
func (s *Subscription[T]) mark(runner uint64) {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	s.runner = runner
}

// deliver yields events, and the cause if the run is cut. It reports whether to
// go on.
func (s *Subscription[T]) deliver(ctx context.Context, batch []Event[T], yield func(T, error) bool) bool {
	for i := range batch {
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
	for s.at == r.head && s.lost == 0 && !r.ended && ctx.Err() == nil {
		r.waiting++
		r.filled.Wait()
		r.waiting--
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
	s.at += n
	wake := r.blocked > 0
	r.mu.Unlock()
	if wake {
		r.room.Broadcast()
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

func (r *ring[T]) wakeAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filled.Broadcast()
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
