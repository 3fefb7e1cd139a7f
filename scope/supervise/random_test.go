package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

// TestNothingIsLeftWhateverChildrenDo runs random groups whose children fail,
// panic, exit, dawdle and restart each other, and ends them at a random moment.
func TestNothingIsLeftWhateverChildrenDo(t *testing.T) {
	seeds := uint64(1000)
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) { randomGroup(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomGroup(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	var told, failed, running atomic.Int64
	opts := []scope.Option{scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		if esc := new(supervise.EscalatedError); !errors.As(e.Err, &esc) || esc.Err != nil {
			told.Add(1)
		}
	}))}
	if r.IntN(2) == 0 {
		opts = append(opts, scope.WithLimit(1+r.IntN(4)))
	}
	s := scope.New(t.Context(), "s", opts...)

	var sv *supervise.Supervisor
	made := make(chan struct{})
	var cs []supervise.Child
	for i := range 1 + r.IntN(4) {
		cs = append(cs, supervise.Child{
			Name:       fmt.Sprint(i),
			AwaitReady: r.IntN(3) == 0,
			Run: randomChild(rand.New(rand.NewPCG(seed, uint64(i+2))), &running, &failed, func() {
				<-made
				sv.Restart()
			}),
		})
	}
	sopts := []supervise.Option{
		every(time.Duration(r.IntN(3)) * time.Second), supervise.Restart(supervise.Policy(r.IntN(2))),
	}
	if r.IntN(2) == 0 {
		sopts = append(sopts, supervise.Intensity(r.IntN(9), time.Minute))
	}
	sv = must(t)(supervise.Group(t.Context(), s, "g", supervise.Strategy(r.IntN(3)), cs, sopts...))
	close(made)
	time.Sleep(time.Duration(r.IntN(30)) * time.Second / 2)
	if r.IntN(3) == 0 {
		sv.Stop()
		_ = sv.Wait(t.Context())
	}
	mustClose(t, s)
	<-sv.Done()
	if n := running.Load(); n != 0 || sv.State() != supervise.Ended {
		t.Errorf("%d children run, State() = %v", n, sv.State())
	}
	if told.Load() != failed.Load() {
		t.Errorf("%d children failed, the sink was told of %d", failed.Load(), told.Load())
	}
}

func randomChild(r *rand.Rand, running, failed *atomic.Int64, restart func()) func(context.Context) error {
	return func(ctx context.Context) error {
		running.Add(1)
		defer running.Add(-1)
		if r.IntN(2) == 0 {
			supervise.Ready(ctx)
		}
		deaf := ctx.Done()
		if r.IntN(4) == 0 {
			deaf = nil
		}
		select {
		case <-deaf:
			return ctx.Err()
		case <-time.After(time.Duration(r.IntN(8)) * time.Second / 2):
		}
		switch r.IntN(8) {
		case 0:
			return nil
		case 1:
			failed.Add(1)
			panic(errBoom)
		case 2:
			failed.Add(1)
			runtime.Goexit()
		case 3:
			restart()
			<-ctx.Done()
			return ctx.Err()
		case 4:
			_ = scope.Spawn(ctx, func(ctx context.Context) error { time.Sleep(time.Second); return nil })
		}
		failed.Add(1)
		return errBoom
	}
}
