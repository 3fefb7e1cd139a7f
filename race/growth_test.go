package race_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// TestNothingOfARaceIsLeftInItsScope holds many races of each kind in one scope, as
// a server does that dials for each request.
func TestNothingOfARaceIsLeftInItsScope(t *testing.T) {
	won := func(context.Context) (int, error) { return 1, nil }
	failed := func(context.Context) (int, error) { return 0, errBoom }
	waits := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) }
	late := func(ctx context.Context) (int, error) { <-ctx.Done(); return 2, nil }
	contenders := []scope.Func[int]{failed, waits, late, won}
	for name, run := range map[string]func(ctx context.Context) error{
		"FailFast": func(ctx context.Context) error {
			_, err := race.FailFast(ctx, contenders[1:])
			return err
		},
		"FailFast that fails": func(ctx context.Context) error {
			if _, err := race.FailFast(ctx, contenders[:3]); !errors.Is(err, errBoom) {
				return err
			}
			return nil
		},
		"DeferErrors": func(ctx context.Context) error {
			_, err := race.DeferErrors(ctx, contenders)
			return err
		},
		"DeferErrors with options": func(ctx context.Context) error {
			_, err := race.DeferErrors(ctx, contenders, race.Stagger(1), race.Limit(4), race.LoserTimeout(1<<40), race.Names(func(int) string { return "n" }))
			return err
		},
		"First": func(ctx context.Context) error {
			_, err := race.First(ctx, 2, []scope.Func[int]{won, won, waits})
			return err
		},
		"Lazy": func(ctx context.Context) error {
			_, err := race.Lazy(ctx, stream.FromSlice(contenders))
			return err
		},
		"Streams": func(ctx context.Context) error {
			return race.Streams(stream.Of(1, 2), stream.Never[int]()).Drain(ctx, func(error) {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			_ = scope.Run(t.Context(), "server", func(ctx context.Context, s *scope.Scope) error {
				before := left(t, ctx, s, run, 500)
				after := left(t, ctx, s, run, 5_000)
				if grown := int64(after) - int64(before); grown > 64<<10 { // 16 bytes a race would be 78 KiB
					t.Errorf("5000 races leave %d bytes behind", grown)
				}
				return nil
			}, scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
		})
	}
}

// left holds n races and returns the heap that is in use then.
func left(t *testing.T, ctx context.Context, s *scope.Scope, run func(ctx context.Context) error, n int) uint64 {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	for range n {
		if err := run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if kids := s.Children(); len(kids) > 1 { // that of the last race may be about to close
		t.Errorf("%d scopes are left, want none", len(kids))
	}
	if now := runtime.NumGoroutine(); now > goroutines+4 { // contenders of the last race may be about to end
		t.Errorf("%d goroutines, want %d", now, goroutines)
	}
	return inUse()
}

func TestStreamsHoldsNoMoreOfALongStream(t *testing.T) {
	heap := func(n int) (peak uint64) {
		long := func(_ context.Context, yield func(int, error) bool) {
			for i := range n {
				if i%(n/4) == n/4-1 {
					peak = max(peak, inUse())
				}
				var err error
				if i%10 == 9 {
					err = errBoom
				}
				if !yield(i, err) {
					return
				}
			}
		}
		if err := race.Streams(long, stream.Never[int]()).Drain(t.Context(), func(error) {}); err != nil {
			t.Fatal(err)
		}
		return peak
	}
	if few, many := heap(1_000), heap(100_000); many > few+256<<10 {
		t.Errorf("%d bytes of heap for 100000 events, %d for 1000", many, few)
	}
}

// inUse returns the size of the heap that is in use.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
