package stream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrEnded is reported for what is published to a [Subject] that has ended.
	ErrEnded = errors.New("stream: the subject has ended")

	// ErrReentrant is reported for what is published by the loop body of a
	// subscriber that would have to be waited for itself. It is found out after
	// 10 ms of waiting, and by the goroutine: what the body starts on another one
	// waits for as long as its context lasts.
	ErrReentrant = errors.New("stream: the subscriber that publishes would wait for itself")

	// ErrUnicast is the error event of all but the first subscriber of
	// [NewUnicast].
	ErrUnicast = errors.New("stream: the subject has had its subscriber")
)

// A Subject is a hot stream: what is published to it comes to all who run its
// stream at that time. A subscriber that comes later misses what was before,
// unless the subject was made by [NewBehavior] or [NewReplay], and after the end
// gets the end at once. Errors are events as everywhere, and end nothing.
//
// All subscribers share the values, so nobody closes them. Each decides what
// happens when it is slow: see [Overflow]. A Subject owns no goroutine. All
// methods may be called from any goroutine.
//
// ReactiveX: Subject, PublishSubject; Kotlin: MutableSharedFlow.
type Subject[T any] struct {
	r      ring[T]
	replay bool // subscribers begin with what the ring keeps
	keep   int  // the last events that are kept for them
	age    time.Duration
	last   T // of the values, if it holds one: for Behavior
	holds  bool
	only   *Subscription[T] // of a unicast subject, until somebody runs it
	single bool
}

// NewSubject returns a subject that has published nothing.
func NewSubject[T any]() *Subject[T] {
	s := new(Subject[T])
	s.r.init(defaultBound)
	return s
}

// NewBehavior returns a subject whose subscribers get the latest value first,
// which is initial until one is published. Errors do not replace it. After the
// end they get the end alone.
//
// ReactiveX: BehaviorSubject; Kotlin: MutableStateFlow, which compares values.
func NewBehavior[T any](initial T) *Subject[T] {
	s := NewSubject[T]()
	s.last, s.holds = initial, true
	return s
}

// NewReplay returns a subject whose subscribers get the last n events first,
// errors in their place, also after the end. Events older than age are left
// out; zero is no limit. It panics if n < 1 or age < 0.
//
// ReactiveX: ReplaySubject.
func NewReplay[T any](n int, age time.Duration) *Subject[T] {
	if n < 1 {
		panic(fmt.Sprintf("stream: NewReplay: n is %d, want at least 1", n))
	}
	if age < 0 {
		panic(fmt.Sprintf("stream: NewReplay: age is %v, want at least 0", age))
	}
	s := &Subject[T]{replay: true, keep: n, age: age}
	s.r.dated = age > 0
	s.r.init(max(n, defaultBound))
	return s
}

// NewUnicast returns a subject for one subscriber, which gets all from the
// first event on: up to n events are kept until it comes, then [Subject.Publish]
// waits. Others get [ErrUnicast], marked by [Fatal]. Its overflow is {Block, n}:
// Stream and Subscribe panic if they are given another. It panics if n < 1.
//
// ReactiveX: UnicastSubject.
func NewUnicast[T any](n int) *Subject[T] {
	if n < 1 {
		panic(fmt.Sprintf("stream: NewUnicast: n is %d, want at least 1", n))
	}
	s := &Subject[T]{single: true}
	s.r.init(n)
	s.only = s.r.subscribe(Overflow{Block, n})
	return s
}

// Publish sends v to all subscribers. It waits while one that blocks has no room,
// for no longer than ctx lasts. If it returns an error, nobody got v: [ErrEnded],
// [ErrReentrant], or the cause of ctx. It panics if ctx is nil.
func (s *Subject[T]) Publish(ctx context.Context, v T) error {
	return s.publish(ctx, Event[T]{Value: v})
}

// PublishError sends an error event to all subscribers, as [Subject.Publish] does
// with a value. It panics if ctx or err is nil.
func (s *Subject[T]) PublishError(ctx context.Context, err error) error {
	if err == nil {
		panic("stream: PublishError: err is nil")
	}
	return s.publish(ctx, Event[T]{Err: err})
}

func (s *Subject[T]) publish(ctx context.Context, e Event[T]) error {
	if ctx == nil {
		panic("stream: Publish: ctx is nil")
	}
	waited, err := s.r.lockRoom(ctx)
	if err != nil {
		return err
	}
	s.r.put(e)
	if s.holds && e.Err == nil {
		s.last = e.Value
	}
	s.r.unlockFilled(waited)
	return nil
}

// Consume runs src and publishes all its events, errors included, as
// [Subject.Publish] does, until src ends; it does not end the subject. If it is cut
// short it returns why: an error of Publish, or the cause of ctx. It panics if src
// is nil.
func (s *Subject[T]) Consume(ctx context.Context, src Stream[T]) error {
	if src == nil {
		panic("stream: Consume: src is nil")
	}
	return src.ForEachEvent(ctx, func(v T, err error) error {
		switch {
		case err == nil:
			return s.Publish(ctx, v)
		case IsCut(ctx, err):
			return err
		}
		return s.PublishError(ctx, err)
	})
}

// End ends the subject: subscribers get what is on its way to them, and then the
// end. Only the first call counts.
func (s *Subject[T]) End() { s.r.end() }

// Subscribers returns how many subscriptions are open.
func (s *Subject[T]) Subscribers() int {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	return len(s.r.subs)
}

// Stream returns the events from the beginning of a run on. It is hot, and can
// be run any number of times, also at once; each run is a subscriber with the
// given overflow, of which there may be one: without, it is {Block, 64}. A run
// ends with the subject, or by its context, whose cause it then yields.
func (s *Subject[T]) Stream(overflow ...Overflow) Stream[T] {
	o := s.overflowOf("Stream", overflow)
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			yieldCause(ctx, yield) // and is no subscriber
			return
		}
		s.subscribe(o).run(ctx, yield)
	}
}

// Subscribe returns a subscription that gets all that is published from now on,
// for whoever must be sure to miss nothing: [Subject.Stream] begins when it is
// run. Run it once, or call [Subscription.Close]: under [Block] it holds the
// publishers up until then.
func (s *Subject[T]) Subscribe(overflow ...Overflow) *Subscription[T] {
	return s.subscribe(s.overflowOf("Subscribe", overflow))
}

func (s *Subject[T]) overflowOf(op string, overflow []Overflow) Overflow {
	if s.single && len(overflow) > 0 {
		panic(fmt.Sprintf("stream: %s: overflow is %+v, want none: a unicast subject has its own", op, overflow[0]))
	}
	return overflowOf(op, overflow)
}

func (s *Subject[T]) subscribe(o Overflow) *Subscription[T] {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.single {
		sub := s.only
		if s.only = nil; sub == nil {
			return &Subscription[T]{ring: &s.r, first: []Event[T]{{Err: Fatal(ErrUnicast)}}, alone: true}
		}
		return sub
	}
	sub := s.r.add(o)
	switch {
	case s.replay:
		sub.first = s.r.lately(s.keep, s.age)
	case s.holds && !s.r.ended:
		sub.first = []Event[T]{{Value: s.last}}
	}
	return sub
}
