package timer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

const (
	fast = 100 * time.Millisecond
	slow = 2300 * time.Millisecond
	long = 3300 * time.Millisecond
)

func TestEveryFollowsOverlapAndRate(t *testing.T) {
	type opts = []timer.Option
	type lasts = []time.Duration
	tests := []struct {
		name  string
		opts  opts
		lasts lasts
		deaf  bool
		want  string
		stats timer.Stats
	}{
		{"skip, fast", nil, lasts{fast}, false,
			"1s-1.1s 2s-2.1s 3s-3.1s 4s-4.1s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 8}},
		{"skip, slow", opts{timer.Skip()}, lasts{slow}, false,
			"1s-3.3s 4s-6.3s 7s-", timer.Stats{Ticks: 3, Skipped: 5, Running: 1}},
		{"skip, once long", nil, lasts{long, fast}, false,
			"1s-4.3s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 5, Skipped: 3}},
		{"skip, burst, once long", opts{timer.Burst(2)}, lasts{long, fast}, false,
			"1s-4.3s 4.3s-4.4s 4.4s-4.5s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 7, Skipped: 1}},
		{"skip, burst, slow", opts{timer.Burst(2)}, lasts{slow}, false,
			"1s-3.3s 3.3s-5.6s 5.6s-7.9s 7.9s-", timer.Stats{Ticks: 4, Skipped: 2, Running: 1}},

		{"queue one, fast", opts{timer.QueueOne()}, lasts{fast}, false,
			"1s-1.1s 2s-2.1s 3s-3.1s 4s-4.1s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 8}},
		{"queue one, slow", opts{timer.QueueOne()}, lasts{slow}, false,
			"1s-3.3s 3.3s-5.6s 5.6s-7.9s 7.9s-", timer.Stats{Ticks: 4, Skipped: 3, Running: 1}},
		{"queue one, once long", opts{timer.QueueOne()}, lasts{long, fast}, false,
			"1s-4.3s 4.3s-4.4s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 6, Skipped: 2}},
		{"queue one, burst, once long", opts{timer.QueueOne(), timer.Burst(1)}, lasts{long, fast}, false,
			"1s-4.3s 4.3s-4.4s 4.4s-4.5s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 7, Skipped: 1}},

		{"cancel previous, fast", opts{timer.CancelPrevious()}, lasts{fast}, false,
			"1s-1.1s 2s-2.1s 3s-3.1s 4s-4.1s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 8}},
		{"cancel previous, slow", opts{timer.CancelPrevious()}, lasts{slow}, false,
			"1s-2s 2s-3s 3s-4s 4s-5s 5s-6s 6s-7s 7s-8s 8s-", timer.Stats{Ticks: 8, Running: 1}},
		{"cancel previous, slow and deaf", opts{timer.CancelPrevious()}, lasts{slow}, true,
			"1s-3.3s 3.3s-5.6s 5.6s-7.9s 7.9s-", timer.Stats{Ticks: 4, Skipped: 3, Running: 1}},
		{"cancel previous, burst, once long and deaf", opts{timer.CancelPrevious(), timer.Burst(2)}, lasts{long, fast}, true,
			"1s-4.3s 4.3s-4.4s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 6, Skipped: 2}},

		{"concurrent, fast", opts{timer.Concurrent(2)}, lasts{fast}, false,
			"1s-1.1s 2s-2.1s 3s-3.1s 4s-4.1s 5s-5.1s 6s-6.1s 7s-7.1s 8s-8.1s", timer.Stats{Ticks: 8}},
		{"concurrent, slow", opts{timer.Concurrent(2)}, lasts{slow}, false,
			"1s-3.3s 2s-4.3s 4s-6.3s 5s-7.3s 7s- 8s-", timer.Stats{Ticks: 6, Skipped: 2, Running: 2}},
		{"concurrent, burst, slow", opts{timer.Concurrent(2), timer.Burst(1)}, lasts{slow}, false,
			"1s-3.3s 2s-4.3s 3.3s-5.6s 4.3s-6.6s 5.6s-7.9s 6.6s- 7.9s-", timer.Stats{Ticks: 7, Running: 2}},
		{"concurrent, at most one", opts{timer.Concurrent(1)}, lasts{slow}, false,
			"1s-3.3s 4s-6.3s 7s-", timer.Stats{Ticks: 3, Skipped: 5, Running: 1}},

		{"delay, skip, fast", opts{timer.FixedDelay()}, lasts{fast}, false,
			"1s-1.1s 2.1s-2.2s 3.2s-3.3s 4.3s-4.4s 5.4s-5.5s 6.5s-6.6s 7.6s-7.7s", timer.Stats{Ticks: 7}},
		{"delay, skip, slow", opts{timer.FixedDelay()}, lasts{slow}, false,
			"1s-3.3s 4.3s-6.6s 7.6s-", timer.Stats{Ticks: 3, Running: 1}},
		{"delay, burst, slow", opts{timer.FixedDelay(), timer.Burst(3)}, lasts{slow}, false,
			"1s-3.3s 4.3s-6.6s 7.6s-", timer.Stats{Ticks: 3, Running: 1}},
		{"delay, queue one, slow", opts{timer.FixedDelay(), timer.QueueOne()}, lasts{slow}, false,
			"1s-3.3s 4.3s-6.6s 7.6s-", timer.Stats{Ticks: 3, Running: 1}},
		{"delay, cancel previous, slow", opts{timer.FixedDelay(), timer.CancelPrevious()}, lasts{slow}, false,
			"1s-3.3s 4.3s-6.6s 7.6s-", timer.Stats{Ticks: 3, Running: 1}},
		{"delay, concurrent, slow", opts{timer.FixedDelay(), timer.Concurrent(2)}, lasts{slow}, false,
			"1s-3.3s 4.3s-6.6s 7.6s-", timer.Stats{Ticks: 3, Running: 1}},

		{"last option counts", opts{timer.FixedDelay(), timer.QueueOne(), timer.FixedRate(), timer.Skip()}, lasts{slow}, false,
			"1s-3.3s 4s-6.3s 7s-", timer.Stats{Ticks: 3, Skipped: 5, Running: 1}},
		{"immediately", opts{timer.Immediately()}, lasts{slow}, false,
			"0s-2.3s 3s-5.3s 6s-", timer.Stats{Ticks: 3, Skipped: 6, Running: 1}},
		{"immediately, delay", opts{timer.Immediately(), timer.FixedDelay()}, lasts{slow}, false,
			"0s-2.3s 3.3s-5.6s 6.6s-", timer.Stats{Ticks: 3, Running: 1}},
		{"first after", opts{timer.FirstAfter(4500 * time.Millisecond)}, lasts{fast}, false,
			"4.5s-4.6s 5.5s-5.6s 6.5s-6.6s 7.5s-7.6s", timer.Stats{Ticks: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newTold()
				s := open(t, scope.WithSink(sink))
				l := newLog()
				tm := every(t, s, time.Second, l.tick(tt.deaf, tt.lasts...), tt.opts...)
				time.Sleep(8200 * time.Millisecond)
				synctest.Wait()
				l.want(t, tt.want)
				wantStats(t, tm, tt.stats)
				mustClose(t, s)
				sink.want(t)
			})
		})
	}
}

func TestNextIsTheTimeOfTheNextTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		rate := every(t, s, time.Second, l.tick(false, fast, slow))
		delay := every(t, s, time.Second, newLog().tick(false, fast, slow), timer.FixedDelay())
		l.wantNext(t, rate, time.Second)
		l.wantNext(t, delay, time.Second)
		time.Sleep(1500 * time.Millisecond)
		l.wantNext(t, rate, 2*time.Second)
		l.wantNext(t, delay, 2100*time.Millisecond)
		time.Sleep(time.Second) // the second tick of both runs
		l.wantNext(t, rate, 3*time.Second)
		l.wantNext(t, delay, -1)
		mustClose(t, s)
		l.wantNext(t, rate, -1)
		l.wantNext(t, delay, -1)
	})
}

// A stall is a source of randomness that takes long: it keeps a timer from
// looking at the clock, as when the process does not run.
type stall struct{ first time.Duration }

func (s *stall) Uint64() uint64 {
	time.Sleep(s.first)
	s.first = 0
	return 0
}

func TestLateTimerTicksOnceOrBursts(t *testing.T) {
	tests := []struct {
		name  string
		opts  []timer.Option
		want  string
		stats timer.Stats
	}{
		{"skip", nil, "4.5s-4.6s 5s-5.1s", timer.Stats{Ticks: 2, Skipped: 3}},
		{"queue one", []timer.Option{timer.QueueOne()}, "4.5s-4.6s 5s-5.1s", timer.Stats{Ticks: 2, Skipped: 3}},
		{"concurrent", []timer.Option{timer.Concurrent(9)}, "4.5s-4.6s 5s-5.1s", timer.Stats{Ticks: 2, Skipped: 3}},
		{"cancel previous", []timer.Option{timer.CancelPrevious()}, "4.5s-4.6s 5s-5.1s", timer.Stats{Ticks: 2, Skipped: 3}},
		{"burst", []timer.Option{timer.Burst(2)},
			"4.5s-4.6s 4.6s-4.7s 4.7s-4.8s 5s-5.1s", timer.Stats{Ticks: 4, Skipped: 1}},
		{"queue one, burst", []timer.Option{timer.QueueOne(), timer.Burst(2)},
			"4.5s-4.6s 4.6s-4.7s 4.7s-4.8s 5s-5.1s", timer.Stats{Ticks: 4, Skipped: 1}},
		{"cancel previous, burst", []timer.Option{timer.CancelPrevious(), timer.Burst(2)},
			"4.5s-4.6s 4.6s-4.7s 4.7s-4.8s 5s-5.1s", timer.Stats{Ticks: 4, Skipped: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, fast), append(tt.opts,
					timer.Jitter(1), timer.WithSource(&stall{first: 4500 * time.Millisecond}))...)
				time.Sleep(time.Second)
				l.want(t, tt.want)
				wantStats(t, tm, tt.stats)
				mustClose(t, s)
			})
		})
	}
}
