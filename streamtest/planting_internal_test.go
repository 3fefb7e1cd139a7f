package streamtest

import (
	"context"

	"github.com/rxscope/rxscope/scope"
)

func isCutErr(err error) bool { return err == ErrCut } //nolint:errorlint // the cause itself

type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }

// each applies f to each event.
func each(src ints, f func(v int, err error, yield func(int, error) bool) bool) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		src(ctx, func(v int, err error) bool { return f(v, err, yield) })
	}
}

// perRun makes a function for the events of each run.
func perRun(src ints, f func(yield func(int, error) bool) func(int, error) bool) ints {
	return func(ctx context.Context, yield func(int, error) bool) { src(ctx, f(yield)) }
}

func eachItem(src kept, f func(v *Item, yield func(*Item) bool) bool) kept {
	return func(ctx context.Context, yield func(*Item, error) bool) {
		src(ctx, func(v *Item, err error) bool {
			if err != nil {
				return yield(nil, err)
			}
			return f(v, func(v *Item) bool { return yield(v, nil) })
		})
	}
}

// overtaking holds each value until the next comes, and lets errors pass it.
func overtaking(src ints) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		held, left := 0, false
		src(ctx, func(v int, err error) bool {
			if err == nil {
				held, v = v, held
			}
			left = (err != nil || v != 0) && !yield(v, err)
			return !left
		})
		if held != 0 && !left && ctx.Err() == nil {
			yield(held, nil)
		}
	}
}

// waiting holds each error until the next event comes.
func waiting(src ints) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		var held error
		left := false
		release := func() bool {
			err := held
			held = nil
			left = err != nil && !yield(0, err)
			return !left
		}
		src(ctx, func(v int, err error) bool {
			if !release() {
				return false
			}
			if failureOf(err) != nil {
				held = err
				return true
			}
			left = !yield(v, err)
			return !left
		})
		_ = left || release()
	}
}

// holding gathers two values and emits their sum, and what it has at an error
// and at the end. Cut, it emits that too if afterCut is true.
func holding(src ints, afterCut bool) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		sum, n, left := 0, 0, false
		flush := func() bool {
			v := sum
			sum, n = 0, 0
			left = v != 0 && !yield(v, nil)
			return !left
		}
		src(ctx, func(v int, err error) bool {
			if err != nil {
				if (ctx.Err() == nil || afterCut) && !flush() {
					return false // and nobody is told of err
				}
				left = !yield(0, err)
				return !left
			}
			sum += v
			n++
			return n < 2 || flush()
		})
		if !left && (ctx.Err() == nil || afterCut) {
			flush()
		}
	}
}

// pairing emits the sums of two values, and at an error and at its end that of
// one. Cut, it does not, but at its end if flush is true; it never tells of a
// cut itself.
func pairing(src ints, flush bool) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		sum, n, left := 0, 0, false
		emit := func() bool {
			v := sum
			sum, n = 0, 0
			left = !yield(v, nil)
			return !left
		}
		src(ctx, func(v int, err error) bool {
			if err == nil {
				sum, n = sum+v, n+1
				return n < 2 || emit()
			}
			if ctx.Err() != nil {
				sum, n = 0, 0
			}
			if n > 0 && !emit() {
				scope.Report(ctx, err)
				return false
			}
			left = !yield(0, err)
			return !left
		})
		if n > 0 && !left && (flush || ctx.Err() == nil) {
			emit()
		}
	}
}
