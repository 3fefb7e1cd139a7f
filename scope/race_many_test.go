package scope_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestManyTasksOfManyScopesEndInTime(t *testing.T) {
	for range rounds(20) {
		root := scope.New(context.Background(), "root", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
		var running atomic.Int64
		var grow func(ctx context.Context, depth int)
		grow = func(ctx context.Context, depth int) {
			s := scope.New(ctx, "s")
			for i := range 5 {
				_ = s.Go(ctx, func(ctx context.Context) error {
					running.Add(1)
					defer running.Add(-1)
					switch i {
					case 0:
						if depth > 0 {
							grow(ctx, depth-1)
						}
					case 1:
						return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
							_ = n.Go(ctx, untilEnd)
							if depth > 0 {
								grow(ctx, depth-1)
							}
							return untilEnd(ctx)
						})
					case 2:
						panic("oh")
					case 3:
						return errBoom
					}
					return untilEnd(ctx)
				})
			}
		}
		grow(root.Context(), 4)
		for range 100 {
			runtime.Gosched()
		}
		mustClose(t, root)
		if n := running.Load(); n != 0 {
			t.Fatalf("%d tasks run when the root has closed", n)
		}
		if open := root.Children(); len(open) > 0 {
			t.Fatalf("Children() = %v of a closed scope", open)
		}
	}
}

func TestNoGoroutineIsLeftWhenAScopeHasClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	for range rounds(100) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		_ = scope.Run(ctx, "run", func(ctx context.Context, s *scope.Scope) error {
			for range 10 {
				short, stop := context.WithCancel(ctx)
				defer stop()
				_ = scope.Spawn(short, untilEnd)
				_ = s.Go(ctx, untilEnd)
				scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, untilEnd(ctx) })
				child := scope.New(short, "child")
				child.Defer("resource", func(context.Context) error { return nil })
			}
			return errBoom
		})
		cancel()
	}
	// A goroutine has told of its end a moment before it is gone.
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines are left:\n%s", runtime.NumGoroutine()-before, stacks[:runtime.Stack(stacks, true)])
}

func TestLimitHoldsAgainstCallersThatGiveUp(t *testing.T) {
	const limit = 3
	s := scope.New(t.Context(), "s", scope.WithLimit(limit))
	var running, peak, ran, taken atomic.Int32
	fn := func(context.Context) error {
		n := running.Add(1)
		for {
			p := peak.Load()
			if n <= p || peak.CompareAndSwap(p, n) {
				break
			}
		}
		runtime.Gosched()
		running.Add(-1)
		ran.Add(1)
		return nil
	}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for range rounds(300) {
				ctx, cancel := context.WithCancel(context.Background())
				if i%2 == 0 {
					go cancel()
				}
				var err error
				switch i % 3 {
				case 0:
					err = s.Go(ctx, fn)
				case 1:
					err = s.Do(ctx, fn)
				case 2:
					if !s.TryGo(ctx, fn) {
						err = context.Canceled
					}
				}
				if err == nil {
					taken.Add(1)
				}
				cancel()
			}
		})
	}
	all.Wait()
	mustWait(t, s)
	if peak.Load() > limit {
		t.Errorf("%d tasks ran at one time, want at most %d", peak.Load(), limit)
	}
	if ran.Load() != taken.Load() {
		t.Errorf("%d were taken and %d ran", taken.Load(), ran.Load())
	}
	for i := range limit { // every slot has come back
		if !s.TryGo(context.Background(), untilEnd) {
			t.Errorf("only %d of %d slots are free", i, limit)
		}
	}
	mustClose(t, s)
}
