package stream

import (
	"context"
	"fmt"
	"time"
)

// Timer returns a cold stream of one value, 0, which comes d after the run
// began; then it ends. It panics if d < 0.
//
// ReactiveX: timer.
func Timer(d time.Duration) Stream[int] {
	if d < 0 {
		panic(fmt.Sprintf("stream: Timer: d is %v, want at least 0", d))
	}
	return func(ctx context.Context, yield func(int, error) bool) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		if !wait(ctx, timer) {
			yieldCause(ctx, yield)
			return
		}
		yield(0, nil)
	}
}

// Interval is [IntervalFrom] with the first tick after d, as a [time.Ticker]
// has it. It panics if d <= 0.
//
// ReactiveX: interval.
func Interval(d time.Duration) Stream[int] {
	if d <= 0 {
		panic(fmt.Sprintf("stream: Interval: d is %v, want more than 0", d))
	}
	return ticks(d, d)
}

// IntervalFrom returns a cold stream of ticks without end: number 0 comes first
// after the run began, and number n comes n times d after that. It is one timer
// and no goroutine.
//
// A tick that falls due while the consumer is busy is skipped, so that ticks
// neither pile up nor come late in a bunch: the next one is that of the next
// instant, with the number of that, and a gap in the numbers tells how many were
// skipped. A consumer who is done in the very instant of a tick gets it.
// IntervalFrom panics if first < 0 or d <= 0.
//
// ReactiveX: interval or timer with two times, where a tick is counted when it
// is emitted and a slow consumer is called late.
func IntervalFrom(first, d time.Duration) Stream[int] {
	if first < 0 {
		panic(fmt.Sprintf("stream: IntervalFrom: first is %v, want at least 0", first))
	}
	if d <= 0 {
		panic(fmt.Sprintf("stream: IntervalFrom: d is %v, want more than 0", d))
	}
	return ticks(first, d)
}

func ticks(first, d time.Duration) Stream[int] {
	return func(ctx context.Context, yield func(int, error) bool) {
		timer := time.NewTimer(first)
		defer timer.Stop()
		begin := time.Now().Add(first)
		for n := 0; wait(ctx, timer); {
			if !yield(n, nil) {
				return
			}
			late := time.Since(begin)
			n = max(n+1, int((late+d-1)/d))
			timer.Reset(time.Duration(n)*d - late)
		}
		yieldCause(ctx, yield)
	}
}

// wait waits for the timer, and reports whether ctx has not ended by then.
func wait(ctx context.Context, timer *time.Timer) bool {
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
