package operators_test

import (
	"context"
	"log/slog"
	"time"

	"github.com/rxscope/rxscope/operators"
)

// written is stages by hand for the operators whose own work is more than a test and
// a call: the least that does the same. They end with the consumer, and keep no more
// of the contract.
var written = map[string]func(s ints) stage{
	"Tap": each(func() func(int) int {
		f := ignore[int]
		return func(v int) int { f(v); return v }
	}),
	"MapErr":   calling(pass, func(int, error) error { return errBoom }),
	"MapRetry": calling(pass, func(int, error) error { return errBoom }),
	"WithItem": calling(pass, func(v int, err error) error { return &operators.ItemError[int]{Item: v, Err: err} }),
	"DistinctUntilChangedBy": func(s ints) stage {
		return func(ctx context.Context) {
			key, last, begun := half, false, false
			s(ctx, func(v int, err error) bool {
				if k := key(v); begun && k == last {
					return true
				} else {
					last, begun = k, true
				}
				return err == nil
			})
		}
	},
	"DistinctBy": func(s ints) stage {
		return func(ctx context.Context) {
			type known struct {
				key  bool
				till time.Time
			}
			key, keys, order := half, map[bool]struct{}{}, make([]known, 0, 5)
			s(ctx, func(v int, err error) bool {
				now := time.Now()
				for len(order) > 0 && !now.Before(order[0].till) {
					delete(keys, order[0].key)
					order = append(order[:0], order[1:]...)
				}
				k := key(v)
				if _, is := keys[k]; is {
					return true
				}
				if len(order) == 5 {
					delete(keys, order[0].key)
					order = append(order[:0], order[1:]...)
				}
				keys[k] = struct{}{}
				order = append(order, known{k, now.Add(time.Hour)})
				return err == nil
			})
		}
	},
	"TakeLast": each(func() func(int) int {
		give, ring, at := ignore[int], make([]int, 100), 0
		return func(v int) int {
			give(ring[at])
			ring[at] = v
			if at++; at == len(ring) {
				at = 0
			}
			return v
		}
	}),
	"SkipLast": each(func() func(int) int {
		ring, at := make([]int, 100), 0
		return func(v int) int {
			v, ring[at] = ring[at], v
			if at++; at == len(ring) {
				at = 0
			}
			return v
		}
	}),
	"TakeFor": each(func() func(int) int {
		end := time.Now().Add(time.Hour)
		return func(v int) int {
			if !time.Now().Before(end) {
				panic("an hour")
			}
			return v
		}
	}),
	"Timestamp": func(s ints) stage {
		return func(ctx context.Context) {
			yield := func(_ operators.Timestamped[int], err error) bool { return err == nil }
			s(ctx, func(v int, err error) bool { return yield(operators.Timestamped[int]{Time: time.Now(), Value: v}, err) })
		}
	},
	"TimeInterval": func(s ints) stage {
		return func(ctx context.Context) {
			yield := func(_ operators.Spaced[int], err error) bool { return err == nil }
			last := time.Now()
			s(ctx, func(v int, err error) bool {
				now := time.Now()
				after := now.Sub(last)
				last = now
				return yield(operators.Spaced[int]{After: after, Value: v}, err)
			})
		}
	},
	"Transform": func(s ints) stage {
		return func(ctx context.Context) {
			yield := func(_ int, err error) bool { return err == nil }
			f := func(_ context.Context, v int, emit func(int) bool) error { emit(v); return nil }
			stopped := false
			emit := func(v int) bool {
				stopped = stopped || !yield(v, nil)
				return !stopped && ctx.Err() == nil
			}
			s(ctx, func(v int, err error) bool { return err == nil && f(ctx, v, emit) == nil && !stopped })
		}
	},
	"Log": func(s ints) stage {
		return func(ctx context.Context) {
			h := slog.DiscardHandler
			yield := func(_ int, err error) bool { return err == nil }
			s(ctx, func(v int, err error) bool {
				if h.Enabled(ctx, slog.LevelDebug) {
					slog.New(h).Debug("value")
				}
				return yield(v, err)
			})
		}
	},
}

// each is a stage that calls, for each value, what f returns for a run.
func each(f func() func(int) int) func(s ints) stage {
	return func(s ints) stage {
		yield := func(_ int, err error) bool { return err == nil }
		return func(ctx context.Context) {
			f := f()
			s(ctx, func(v int, err error) bool {
				if err != nil {
					return yield(0, err)
				}
				return yield(f(v), nil)
			})
		}
	}
}

// calling is a stage that calls f for each value, and fail for what that fails with.
func calling(f func(context.Context, int) (int, error), fail func(int, error) error) func(s ints) stage {
	return func(s ints) stage {
		yield := func(_ int, err error) bool { return err == nil }
		return func(ctx context.Context) {
			s(ctx, func(v int, err error) bool {
				if err != nil {
					return yield(0, err)
				}
				r, err := f(ctx, v)
				if err != nil {
					return yield(0, fail(v, err))
				}
				return yield(r, nil)
			})
		}
	}
}
