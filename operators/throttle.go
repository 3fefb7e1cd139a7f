package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// An Edge says which values of a window [Throttle] emits.
type Edge uint8

const (
	// Leading is the value that opens the window.
	Leading Edge = 1 << iota
	// Trailing is the latest of those that came after it, when the window
	// closes; without Leading the value that opens the window counts as well.
	Trailing
)

// Throttle emits at most one value a window, or one at each edge of it. A
// window opens with a value and lasts d; a value exactly d later still belongs
// to it. By edges it emits
//
//   - Leading: the value that opens the window, and drops the others;
//   - Trailing: the latest value, when the window closes; the next window opens
//     with that at once;
//   - Leading|Trailing: both, but a single value once only.
//
// The end comes at once, unless a trailing value is held: then when its window
// has closed. Errors pass at once and open no window. When the run is cut, or
// the consumer stops, what is held goes to [Discard], as do dropped values.
//
// With Leading alone it is synchronous. Otherwise the run opens a scope named
// throttle, with a task for the source, and holds one value beside the at most
// 128 events that wait for a slow consumer. Throttle panics if src is nil, d <= 0
// or edges has neither.
//
// ReactiveX: throttleFirst, throttleLatest; RxJS: throttleTime.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Throttle.svg
func Throttle[T any](src stream.Stream[T], d time.Duration, edges Edge, opts ...Option) stream.Stream[T] {
	mustBe("Throttle", "src", src != nil)
	longer("Throttle", "d", d)
	if edges == 0 || edges > Leading|Trailing {
		panic(fmt.Sprintf("operators: Throttle: edges is %d, want Leading, Trailing or both", edges))
	}
	discard := discardOf[T]("Throttle", opts)
	if edges == Leading {
		return throttleFirst(src, d, discard)
	}
	return windowed(src, "throttle", window[T]{d: d, leading: edges&Leading != 0, reopens: true, discard: discard})
}

// throttleFirst is Throttle for the leading edge.
func throttleFirst[T any](src stream.Stream[T], d time.Duration, discard func(context.Context, T)) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		begun := time.Now()
		closes := time.Duration(-1)
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(v, err)
			}
			if now := time.Since(begun); now > closes {
				closes = now + d
				return yield(v, nil)
			}
			discard(ctx, v)
			return true
		})
	}
}

// Audit emits the latest value of each window, when the window closes. A window
// opens with the first value that comes while none is open, and lasts d; a value
// exactly d later still belongs to it. Unlike under [Throttle] with Trailing,
// the next window opens with the next value and not with the emission.
//
// A value that is held delays the end until its window closes. Errors pass at
// once and open no window. The rest is as with [Throttle], in a scope named
// audit. It panics if src is nil or d <= 0.
//
// ReactiveX: throttleLast after a first value; RxJS: auditTime.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Audit.svg
func Audit[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("Audit", "src", src != nil)
	longer("Audit", "d", d)
	return windowed(src, "audit", window[T]{d: d, discard: discardOf[T]("Audit", opts)})
}

// A window is one run of an operator that emits the latest value of a window.
type window[T any] struct {
	d       time.Duration
	leading bool // the value that opens it is emitted at once
	reopens bool // the next window opens with the emission
	discard func(context.Context, T)

	*fan.Loop[T, T]
	latest pending[T]
	closes time.Time
	open   bool
}

func windowed[T any](src stream.Stream[T], name string, how window[T]) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		w := how
		defer func() { w.latest.drop(ctx, w.discard) }()
		fan.DoLoop(ctx, name, w.discard, yield, func(l *fan.Loop[T, T]) {
			w.Loop, l.On, l.Due = l, w.on, w.due
			fan.ListenTo(l, src)
		})
	}
}

func (w *window[T]) on(v T, err error) bool {
	switch {
	case fan.IsEnd(err):
		if !w.latest.is {
			w.SetAlarm(time.Time{})
		}
		return true
	case err != nil:
		return w.Emit(v, err)
	case w.open:
		w.latest.put(w.Context(), v, w.discard)
		return true
	}
	w.begin(w.Now)
	if w.leading {
		return w.Emit(v, nil)
	}
	w.latest.put(w.Context(), v, w.discard)
	return true
}

// begin opens a window.
func (w *window[T]) begin(at time.Time) {
	w.open, w.closes = true, at.Add(w.d)
	w.SetAlarm(w.closes.Add(after))
}

// due closes the window.
func (w *window[T]) due() bool {
	w.open = false
	v, is := w.latest.take()
	if !is {
		return true
	}
	if w.reopens && !w.Ended() {
		next := w.closes
		if w.Now.Sub(next) > w.d { // the consumer has held it up
			next = w.Now
		}
		w.begin(next)
	}
	return w.Emit(v, nil)
}
