package fan

import (
	"context"
	"errors"
)

// errSwitched is the cause with which a stream ends whose place another takes.
var errSwitched = errors.New("another stream takes its place")

// A switchable is a message of a switch: a value of the source, or a result.
type switchable[T, R any] struct {
	v     T
	r     R
	inner int // which stream the result is of, from 1; 0: a value of the source
}

// A switcher is one run of an operator that runs one stream at a time.
type switcher[T, R any] struct {
	*Flattening[T, R]
	*Loop[switchable[T, R], R]
	stop    func() // ends the stream that runs, nil if none runs
	current int    // its number
	last    int    // number of the last one that was started
	next    T      // whose stream shall run when the current one has ended
	waits   bool   // there is one
}

// Latest runs the stream of the latest value. A newer one stops it first.
func (f *Flattening[T, R]) Latest(ctx context.Context, yield func(R, error) bool) {
	f.switching(ctx, yield, func(s *switcher[T, R], v T) bool {
		s.dropNext()
		s.next, s.waits = v, true
		if s.stop != nil {
			s.current = 0 // nothing of it counts any more
			s.stop()
			return true
		}
		return s.start()
	})
}

// First runs the stream of a value that comes while none runs, and drops
// others.
func (f *Flattening[T, R]) First(ctx context.Context, yield func(R, error) bool) {
	f.switching(ctx, yield, func(s *switcher[T, R], v T) bool {
		if s.stop != nil {
			f.Discard(ctx, v)
			return true
		}
		s.next, s.waits = v, true
		return s.start()
	})
}

// switching runs a switch; value is called for each value of the source.
func (f *Flattening[T, R]) switching(ctx context.Context, yield func(R, error) bool, value func(*switcher[T, R], T) bool) {
	s := &switcher[T, R]{Flattening: f}
	defer s.dropNext()
	DoLoop(ctx, f.Name, s.give, yield, func(l *Loop[switchable[T, R], R]) {
		s.Loop = l
		l.On = func(m switchable[T, R], err error) bool {
			switch {
			case m.inner > 0:
				return s.result(m, err)
			case IsEnd(err):
				return true
			case err != nil:
				return l.Emit(m.r, err)
			}
			return value(s, m.v)
		}
		Listen(l, f.Src, func(v T) switchable[T, R] { return switchable[T, R]{v: v} })
	})
}

// start runs the stream of the value that waits.
func (s *switcher[T, R]) start() bool {
	v := s.next
	s.waits = false
	var zero T
	s.next = zero
	inner := s.To(v) // a panic is the consumer's
	s.last++
	n := s.last
	s.current = n
	s.stop = ListenUntil(s.Loop, inner, errSwitched, func(r R) switchable[T, R] { return switchable[T, R]{r: r, inner: n} })
	return true
}

// result takes an event of a stream.
func (s *switcher[T, R]) result(m switchable[T, R], err error) bool {
	switch {
	case IsEnd(err):
		s.stop = nil
		return !s.waits || s.start()
	case err == nil && m.inner != s.current:
		s.Results(s.Context(), m.r)
		return true
	}
	return s.Emit(m.r, err) // errors reach the consumer, also late ones
}

func (s *switcher[T, R]) dropNext() {
	if s.waits {
		s.waits = false
		s.Discard(s.Context(), s.next)
	}
}

// give gives back a message.
func (s *switcher[T, R]) give(ctx context.Context, m switchable[T, R]) {
	if m.inner > 0 {
		s.Results(ctx, m.r)
	} else {
		s.Discard(ctx, m.v)
	}
}
