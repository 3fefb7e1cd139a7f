package operators_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

func TestMappersUnderLoad(t *testing.T) {
	const n = 100_000
	for _, m := range mappers {
		t.Run(m.name, func(t *testing.T) {
			src := (&probe{events: slices.Concat(values(slices.Collect(count(n))...), failing(1, 3))}).stream()
			seen := make([]bool, n)
			errs := 0
			f := func(_ context.Context, v int) (int, error) {
				if v%1000 == 999 {
					return 0, errBoom
				}
				return v, nil
			}
			for v, err := range m.apply(src, 8, f).All(t.Context()) {
				switch {
				case err != nil:
					errs++
				case seen[v] && v != 1:
					t.Fatalf("%d came twice", v)
				default:
					seen[v] = true
				}
			}
			if errs != n/1000+2 {
				t.Errorf("%d errors, want %d", errs, n/1000+2)
			}
			for v, ok := range seen {
				if ok == (v%1000 == 999) {
					t.Fatalf("value %d: %v", v, ok)
				}
			}
		})
	}
}

// count is the sequence of 0 to n-1.
func count(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for v := range n {
			if !yield(v) {
				return
			}
		}
	}
}

func TestManyRunsAtOnceUnderLoad(t *testing.T) {
	for _, m := range mappers {
		t.Run(m.name, func(t *testing.T) {
			s := m.apply(stream.Range(0, 2000), 4, func(_ context.Context, v int) (int, error) { return v, nil })
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					k := 0
					for _, err := range s.All(t.Context()) {
						if err != nil {
							t.Errorf("event %v", err)
						}
						if k++; k == 100*i+1 && i%2 == 0 {
							break
						}
					}
					if i%2 == 1 && k != 2000 {
						t.Errorf("%d events, want 2000", k)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestCutUnderLoad cuts runs anywhere, on real goroutines, and wants the cause
// last and nothing else than values before it.
func TestCutUnderLoad(t *testing.T) {
	for _, m := range mappers {
		t.Run(m.name, func(t *testing.T) {
			for round := range 300 {
				ctx, cancel := context.WithCancelCause(t.Context())
				s := m.apply(stream.Range(0, 1<<30), 4, func(ctx context.Context, v int) (int, error) {
					if v == round*3 {
						go cancel(errCut)
					}
					return v, ctx.Err()
				})
				if err := lastOf(ctx, s); err != errCut { //nolint:errorlint // unchanged
					t.Fatalf("round %d: the last event is %v, want %v", round, err, errCut)
				}
			}
		})
	}
}

// lastOf returns the last event of s if it is an error. An error before is put
// into it.
func lastOf(ctx context.Context, s stream.Stream[int]) (last error) {
	for _, err := range s.All(ctx) {
		if last != nil {
			return fmt.Errorf("error %w before event %w", last, err)
		}
		last = err
	}
	return last
}
