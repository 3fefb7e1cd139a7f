package timer_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

// Whatever happens to a timer, paused or not, no more ticks run side by side than its policy
// allows, each tick that was due or triggered has run or is counted as
// skipped, and each failure is told once.
func TestEveryTickIsAccountedFor(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []timer.Option
		max  int64
	}{
		{"skip", nil, 1},
		{"burst", []timer.Option{timer.Burst(3)}, 1},
		{"queue one", []timer.Option{timer.QueueOne()}, 1},
		{"cancel previous", []timer.Option{timer.CancelPrevious()}, 1},
		{"concurrent", []timer.Option{timer.Concurrent(3)}, 3},
		{"concurrent, burst", []timer.Option{timer.Concurrent(2), timer.Burst(2)}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(40) {
				synctest.Test(t, func(t *testing.T) { playAtRandom(t, seed, tt.max, tt.opts) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func playAtRandom(t *testing.T, seed uint64, limit int64, opts []timer.Option) {
	const interval, play = time.Millisecond, 100*time.Millisecond + 500*time.Microsecond
	start := time.Now()
	var told, running, calls atomic.Int64
	s := open(t, scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { told.Add(1) })))
	tm := every(t, s, interval, func(ctx context.Context) error {
		random := rand.New(rand.NewPCG(seed, uint64(calls.Add(1))))
		if now := running.Add(1); now > limit {
			t.Errorf("%d ticks run at one time, want at most %d", now, limit)
		}
		defer running.Add(-1)
		select {
		case <-time.After(time.Duration(random.IntN(4000)) * time.Microsecond):
		case <-ctx.Done():
		}
		switch random.IntN(8) {
		case 0:
			return errBoom
		case 1:
			panic("bang")
		case 2:
			runtime.Goexit()
		}
		return ctx.Err()
	}, opts...)
	const triggers = 50 // of each of four goroutines, within 100ms
	var wg sync.WaitGroup
	for i := range uint64(4) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, ^i))
			for range triggers {
				time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond)
				tm.Trigger()
			}
		})
	}
	if seed%4 < 2 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, seed))
			for range 10 { // within 80ms
				time.Sleep(time.Duration(random.IntN(4000)) * time.Microsecond)
				tm.Pause()
				time.Sleep(time.Duration(random.IntN(4000)) * time.Microsecond)
				tm.Resume()
			}
		})
	}
	wg.Wait()
	time.Sleep(play - time.Since(start)) // halfway between two due times
	synctest.Wait()
	if seed%2 == 0 {
		tm.Stop()
		<-tm.Done()
	}
	mustClose(t, s)
	got := tm.Stats()
	if due := int(play/interval) + 4*triggers; got.Ticks+got.Skipped != due {
		t.Errorf("Stats() = %+v, want ticks and skipped to be %d together", got, due)
	}
	if got.Running != 0 || int64(got.Ticks) != calls.Load() || int64(got.Failed) != told.Load() {
		t.Errorf("Stats() = %+v after %d ticks and %d failures that were told", got, calls.Load(), told.Load())
	}
}
