package timer_test

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

func TestBadInputPanics(t *testing.T) {
	ctx := t.Context()
	s := open(t)
	defer mustClose(t, s)
	ok := func(context.Context) error { return nil }
	every := func(s *scope.Scope, d time.Duration, fn func(context.Context) error, opts ...timer.Option) func() {
		return func() { _, _ = timer.Every(ctx, s, d, fn, opts...) }
	}
	schedule := func(s *scope.Scope, sched timer.Scheduler, fn func(context.Context) error, opts ...timer.Option) func() {
		return func() { _, _ = timer.Schedule(ctx, s, sched, fn, opts...) }
	}
	later := time.Now().Add(time.Hour)
	for want, f := range map[string]func(){
		"timer: Every: d is 0s, want more than 0":              every(s, 0, ok),
		"timer: Every: d is -1ns, want more than 0":            every(s, -1, ok),
		"timer: Every: s is nil":                               every(nil, time.Second, ok),
		"timer: Every: fn is nil":                              every(s, time.Second, nil),
		"timer: Every: jitter 2s is more than the interval 1s": every(s, time.Second, ok, timer.Jitter(2*time.Second)),
		"timer: Schedule: s is nil":                            schedule(nil, secondly{}, ok),
		"timer: Schedule: sched is nil":                        schedule(s, nil, ok),
		"timer: Schedule: fn is nil":                           schedule(s, secondly{}, nil),
		"timer: Schedule: FixedDelay is for Every only":        schedule(s, secondly{}, ok, timer.FixedDelay()),
		"timer: At: s is nil":                                  func() { _, _ = timer.At(ctx, nil, later, ok) },
		"timer: At: fn is nil":                                 func() { _, _ = timer.At(ctx, s, later, nil) },
		"timer: At: at is the zero time":                       func() { _, _ = timer.At(ctx, s, time.Time{}, ok) },
		"timer: After: s is nil":                               func() { _, _ = timer.After(ctx, nil, time.Hour, ok) },
		"timer: After: fn is nil":                              func() { _, _ = timer.After(ctx, s, time.Hour, nil) },
		"timer: Concurrent: limit is 0, want at least 1":       func() { timer.Concurrent(0) },
		"timer: Burst: limit is 0, want at least 1":            func() { timer.Burst(0) },
		"timer: Jitter: d is -1s, want at least 0":             func() { timer.Jitter(-time.Second) },
		"timer: FirstAfter: d is -1s, want at least 0":         func() { timer.FirstAfter(-time.Second) },
		"timer: WithSource: src is nil":                        func() { timer.WithSource(nil) },
	} {
		if got := panicOf(f); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}

// Each tick is late by what the source says, and the next is due as if it had
// not been.
func TestJitterStaysWithinBoundsAndDoesNotAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, jitter = 1000, 400 * time.Millisecond
		s := open(t)
		start := time.Now()
		var late []time.Duration
		every(t, s, time.Second, func(context.Context) error {
			late = append(late, time.Since(start)-time.Duration(len(late)+1)*time.Second)
			return nil
		}, timer.Jitter(jitter), timer.WithSource(rand.NewPCG(1, 2)))
		time.Sleep(n*time.Second + jitter)
		mustClose(t, s)
		if len(late) != n {
			t.Fatalf("%d ticks, want %d", len(late), n)
		}
		source := rand.NewPCG(1, 2)
		for i, d := range late {
			hi, _ := bits.Mul64(source.Uint64(), uint64(jitter))
			if want := time.Duration(hi); d != want || d < 0 || d >= jitter {
				t.Fatalf("tick %d is late by %v, want %v", i, d, want)
			}
		}
	})
}

func TestJitterWithoutASourceStaysWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		spread := map[time.Duration]bool{}
		for range 100 {
			tm := every(t, s, time.Second, l.tick(false, fast), timer.Jitter(time.Second))
			next := tm.Next().Sub(l.start)
			if next < time.Second || next >= 2*time.Second {
				t.Errorf("first tick after %v, want from 1s to 2s", next)
			}
			spread[next] = true
		}
		if len(spread) < 50 {
			t.Errorf("100 timers tick at %d times, want them spread", len(spread))
		}
		mustClose(t, s)
	})
}

func TestJitterIsAddedToADelayAndToTheFirstTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		every(t, s, time.Second, l.tick(false, fast), timer.FixedDelay(), timer.Immediately(),
			timer.Jitter(4*time.Millisecond), timer.WithSource(high{}))
		time.Sleep(2500 * time.Millisecond)
		l.want(t, "3ms-103ms 1.106s-1.206s 2.209s-2.309s")
		mustClose(t, s)
	})
}

// A high is a source whose numbers are three quarters of the largest.
type high struct{}

func (high) Uint64() uint64 { return 3 << 62 }
