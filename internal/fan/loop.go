package fan

import (
	"context"
	"errors"
	"time"

	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// ErrEnd is the message of a source of a [Loop] that it has ended.
var ErrEnd = errors.New("the source has ended")

// IsEnd reports whether a message is ErrEnd.
func IsEnd(err error) bool { return err == ErrEnd } //nolint:errorlint // the message itself

// A Loop is a run that makes its events on the consumer's goroutine, out of
// messages from its sources and of time. So an operator that waits for several
// sources, or for a while, is a plain state machine: its functions are called
// one at a time, in order, and it has neither locks nor goroutines of its own.
// The run ends when all sources have ended and no alarm is set, or when one of
// the functions reports false.
type Loop[M, T any] struct {
	Run[M]
	On   func(m M, err error) bool // takes a message, an error of a source, or its ErrEnd
	Due  func() bool               // is called when the alarm is due, which then is not set any more
	Idle func() bool               // if set, is called before the loop waits, when no message is at hand
	Now  time.Time                 // at which the messages at hand were taken, or Due was called; only if Due is set

	Full bool // no more messages are to be taken before Due has been called

	queue  *queue.Queue[stream.Event[M]]
	out    func(T, error) bool
	open   int       // sources that have not ended
	at     time.Time // of the alarm, zero for none
	armed  time.Time // when the timer fires next, or last fired
	timer  *time.Timer
	unwake func() bool // ends the wait for a cut
	gates  []*gate     // of sources that are held back one by one
}

// DoLoop runs one consumption: see [Run]. Start sets the functions, and starts
// the sources by [Listen] or [Loop.Go].
func DoLoop[M, T any](ctx context.Context, name string, discard func(context.Context, M),
	yield func(T, error) bool, start func(l *Loop[M, T])) {
	q := queue.New[stream.Event[M]](queue.Size, 1)
	l := &Loop[M, T]{Run: Run[M]{Discard: discard, tell: teller(yield), way: q}, queue: q, out: yield}
	l.do(ctx, name, func() { start(l) }, l.deliver)
}

// Listen starts a task that runs src and makes messages of its events: wrap
// makes one of a value, and of the zero value for errors and the end. It
// reports false if the run has ended.
func Listen[S, M, T any](l *Loop[M, T], src stream.Stream[S], wrap func(S) M) bool {
	none := func() M { return wrap(*new(S)) }
	return l.listen(none, func(ctx context.Context) {
		Consume(ctx, src, func(v S, err error) bool { return l.send(wrap(v), err) })
	})
}

// ListenAhead is [Listen] for a source that may be at most size messages ahead.
// The function it returns makes room for another one.
func ListenAhead[S, M, T any](l *Loop[M, T], src stream.Stream[S], size int, wrap func(S) M) (taken func()) {
	g := newGate(size)
	l.gates = append(l.gates, g)
	none := func() M { return wrap(*new(S)) }
	l.listen(none, func(ctx context.Context) {
		Consume(ctx, src, func(v S, err error) bool {
			open := g.pass()
			return l.send(wrap(v), err) && open
		})
	})
	return func() { g.release(1) }
}

// ListenUntil is [Listen] for a source that can be stopped by itself: by stop,
// which gives cause to its context. Its end is told when it has returned.
func ListenUntil[S, M, T any](l *Loop[M, T], src stream.Stream[S], cause error, wrap func(S) M) (stop func()) {
	var s Stopper
	none := func() M { return wrap(*new(S)) }
	l.listen(none, func(ctx context.Context) {
		own := s.Begin(ctx)
		defer s.Stop(nil)
		Consume(own, src, func(v S, err error) bool {
			if err != nil && stream.IsCut(own, err) {
				return true
			}
			return l.send(wrap(v), err)
		})
	})
	return func() { s.Stop(cause) }
}

// ListenBeside is [Listen] for a source whose values are not messages: put takes
// them, in the source's task, and reports whether it took them.
func ListenBeside[S, M, T any](l *Loop[M, T], src stream.Stream[S], put func(v S) bool) bool {
	none := func() (m M) { return m }
	return l.listen(none, func(ctx context.Context) {
		Consume(ctx, src, func(v S, err error) bool {
			if err != nil {
				return l.send(none(), err)
			}
			return put(v)
		})
	})
}

// Wake makes the loop call Idle soon. Any goroutine may call it.
func (l *Loop[M, T]) Wake() { l.queue.Wake() }

// ListenTo is [Listen] for a source whose values are the messages.
func ListenTo[M, T any](l *Loop[M, T], src stream.Stream[M]) bool {
	none := func() (m M) { return m }
	return l.listen(none, func(ctx context.Context) { Consume(ctx, src, l.send) })
}

// listen starts run as a source, whose end is told with the message of none.
func (l *Loop[M, T]) listen(none func() M, run func(ctx context.Context)) bool {
	started := l.Go(func(ctx context.Context) {
		defer func() { l.send(none(), ErrEnd) }()
		run(ctx)
	})
	if started {
		l.open++
	}
	return started
}

// send hands a message to the loop, waiting while too many wait.
func (l *Loop[M, T]) send(m M, err error) bool {
	e, ok := l.event(m, err)
	if !ok {
		return true
	}
	e.Value = m
	if l.queue.Push(e) {
		return true
	}
	l.turnAway(e)
	return false
}

// Emit hands an event to the consumer. It reports false if he takes no more.
func (l *Loop[M, T]) Emit(v T, err error) bool { return l.out(v, err) }

// SetAlarm sets when Due is to be called, in place of what was set before. Zero
// is never.
func (l *Loop[M, T]) SetAlarm(at time.Time) { l.at = at }

// Alarm returns when Due will be called, zero for never.
func (l *Loop[M, T]) Alarm() time.Time { return l.at }

// deliver calls the functions. The loop is itself a producer of its queue, which
// so never ends.
func (l *Loop[M, T]) deliver() error {
	defer l.stop()
	for {
		if err := l.cut(); err != nil {
			return err
		}
		if !l.at.IsZero() {
			if l.Now = time.Now(); !l.Now.Before(l.at) {
				l.at = time.Time{}
				if !l.Due() {
					return errStopped
				}
				continue
			}
			l.arm()
		}
		if l.Idle != nil && l.queue.Empty() && !l.Idle() {
			return errStopped
		}
		if l.at.IsZero() && l.open == 0 {
			return nil
		}
		if (l.open == 0 || l.Full) && l.unwake == nil { // no source will tell of a cut
			l.unwake = context.AfterFunc(l.ctx, l.queue.Wake)
		}
		if l.Full && !l.at.IsZero() {
			l.queue.Sleep()
		} else if err := l.take(); err != nil {
			return err
		}
	}
}

// take waits for messages, or for the timer, and works through them.
func (l *Loop[M, T]) take() error {
	delivered := l.next
	l.batch, _ = l.queue.Drain(l.batch)
	l.next = 0
	l.book(len(l.batch), delivered)
	if l.Due != nil {
		l.Now = time.Now()
	}
	for l.next < len(l.batch) {
		if err := l.cut(); err != nil {
			return err
		}
		e := &l.batch[l.next]
		l.next++
		if IsEnd(e.Err) {
			l.open--
		}
		if !l.On(e.Value, e.Err) {
			return errStopped
		}
	}
	return nil
}

// arm sees that the timer fires no later than the alarm is due. If it fires
// earlier the loop arms it anew, so that a timer is not touched for each
// message.
func (l *Loop[M, T]) arm() {
	switch {
	case l.timer == nil:
		l.timer = time.AfterFunc(l.at.Sub(l.Now), l.queue.Wake)
	case l.armed.After(l.Now) && !l.armed.After(l.at):
		return
	default:
		l.timer.Reset(l.at.Sub(l.Now))
	}
	l.armed = l.at
}

func (l *Loop[M, T]) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.unwake != nil {
		l.unwake()
	}
	for _, g := range l.gates {
		g.close()
	}
}

// IsCut reports whether the run has been cut: a function that emits more than
// one value looks before each.
func (l *Loop[M, T]) IsCut() bool { return l.cut() != nil }

// Ended reports whether all sources have ended.
func (l *Loop[M, T]) Ended() bool { return l.open == 0 }
