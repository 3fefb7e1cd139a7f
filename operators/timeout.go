package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// A TimeoutError is the error of [Timeout]: no event came in time.
type TimeoutError struct {
	After time.Duration // that was waited
	First bool          // for the first event of the run
}

// Error says what is known in one text.
func (e *TimeoutError) Error() string {
	if e.First {
		return fmt.Sprintf("operators: no first event within %v", e.After)
	}
	return fmt.Sprintf("operators: no event for %v", e.After)
}

// Timeout reports true, as that of a net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// Is reports whether target is [context.DeadlineExceeded].
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout passes everything on, and ends if no event comes in time: it stops
// src and then emits a [stream.Fatal] [*TimeoutError], on which [Retry] runs src
// again and [OnErrorResumeNext] goes on with another stream. First bounds the
// time from the beginning of the run to the first event, each that between two
// events; zero is no bound, except that each holds for the first event too if
// first is zero. An error is an event, that is a sign of life. An event or the
// end exactly at the limit is in time.
//
// The time that the consumer takes is not counted: the next event is waited
// for from when he has taken the last one. If src does not return when it is
// stopped, the error comes when it does.
//
// The run opens a scope named timeout, with a task for the source. At most 128
// events wait for a slow consumer; they go to [Discard] if nobody receives them.
// Timeout panics if src is nil, or if first or each is negative, or both are zero.
//
// ReactiveX: timeout; RxJS: timeout({first, each}).
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Timeout.svg
func Timeout[T any](src stream.Stream[T], first, each time.Duration, opts ...Option) stream.Stream[T] {
	mustTime("Timeout", src != nil, first, each)
	discard := discardOf[T]("Timeout", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		t := timing[T]{first: first, each: each}
		if t.run(ctx, src, discard, yield) {
			var zero T
			yield(zero, stream.Fatal(t.expired))
		}
	}
}

// TimeoutWith is [Timeout] that goes on with another stream when no event comes
// in time, in place of the error. The time of that is not bounded. It panics
// also if other is nil.
//
// ReactiveX: timeout with a fallback; RxJS: timeout({with}).
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TimeoutWith.svg
func TimeoutWith[T any](src stream.Stream[T], first, each time.Duration, other stream.Stream[T], opts ...Option) stream.Stream[T] {
	mustTime("TimeoutWith", src != nil, first, each)
	mustBe("TimeoutWith", "other", other != nil)
	discard := discardOf[T]("TimeoutWith", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		t := timing[T]{first: first, each: each}
		if t.run(ctx, src, discard, yield) {
			other(ctx, yield)
		}
	}
}

// Overdue passes everything on, and emits a [*TimeoutError] each time that no
// event has come for d: it goes on waiting for src. The rest is as with
// [Timeout], in a scope of the same name. It panics if src is nil or d <= 0.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Overdue.svg
func Overdue[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("Overdue", "src", src != nil)
	longer("Overdue", "d", d)
	discard := discardOf[T]("Overdue", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		t := timing[T]{each: d, goesOn: true}
		t.run(ctx, src, discard, yield)
	}
}

func mustTime(op string, src bool, first, each time.Duration) {
	mustBe(op, "src", src)
	if first < 0 || each < 0 || first == 0 && each == 0 {
		panic(fmt.Sprintf("operators: %s: first is %v and each %v, want one more than 0 and none less", op, first, each))
	}
}

// A timing is one run of an operator that watches over the time between
// events.
type timing[T any] struct {
	first, each time.Duration
	goesOn      bool

	*fan.Loop[T, T]
	begun   bool          // the first event has come
	expired *TimeoutError // by which the source was stopped
}

// run runs src and reports whether it was stopped because no event came in
// time, and the consumer is to get something else. If the run was cut meanwhile
// it tells that.
func (t *timing[T]) run(ctx context.Context, src stream.Stream[T], discard func(context.Context, T), yield func(T, error) bool) bool {
	fan.DoLoop(ctx, "timeout", discard, yield, func(l *fan.Loop[T, T]) {
		t.Loop, l.On, l.Due = l, t.on, t.due
		l.Now = time.Now()
		t.wait()
		fan.ListenTo(l, src)
	})
	if t.expired == nil {
		return false
	}
	if ctx.Err() != nil {
		var zero T
		yield(zero, context.Cause(ctx))
		return false
	}
	return true
}

// wait sets the alarm for the event to come.
func (t *timing[T]) wait() {
	if d := t.limit(); d > 0 {
		t.SetAlarm(t.Now.Add(d + after))
	} else {
		t.SetAlarm(time.Time{})
	}
}

// limit returns the time for the event to come, zero for no limit.
func (t *timing[T]) limit() time.Duration {
	if !t.begun && t.first > 0 {
		return t.first
	}
	return t.each
}

func (t *timing[T]) on(v T, err error) bool {
	if fan.IsEnd(err) {
		return false
	}
	t.begun = true
	if !t.Emit(v, err) {
		return false
	}
	t.Now = time.Now() // the time of the consumer does not count
	t.wait()
	return true
}

func (t *timing[T]) due() bool {
	e := &TimeoutError{After: t.limit(), First: !t.begun}
	if !t.goesOn {
		t.expired = e
		return false
	}
	var zero T
	t.SetAlarm(t.Now.Add(t.each))
	return t.Emit(zero, e)
}
