package benchmarks

import "context"

// The floors of the pipelines: loops by hand that do what a stream must, which
// is to look at the context for each item and to hand an event, a value or an
// error, to a consumer they do not know.

// A handStream is such a loop.
type handStream func(ctx context.Context, values []int, yield func(int, error) bool)

var handStreams = map[int]handStream{1: yieldOne, 3: yieldThree, 10: yieldTen}

// consume adds up what a handStream yields, -1 after an error.
func (s handStream) consume(ctx context.Context, values []int) int {
	total := 0
	s(ctx, values, func(v int, err error) bool {
		if err != nil {
			total = -1
			return false
		}
		total += v
		return true
	})
	return total
}

//go:noinline
func yieldOne(ctx context.Context, values []int, yield func(int, error) bool) {
	f := increment
	for _, v := range values {
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
			return
		}
		if !yield(f(v), nil) {
			return
		}
	}
}

//go:noinline
func yieldThree(ctx context.Context, values []int, yield func(int, error) bool) {
	f, keep := increment, positive
	for _, v := range values {
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
			return
		}
		if v = f(v); !keep(v) {
			continue
		}
		if !yield(f(v), nil) {
			return
		}
	}
}

//go:noinline
func yieldTen(ctx context.Context, values []int, yield func(int, error) bool) {
	f, keep := increment, positive
	for _, v := range values {
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
			return
		}
		if v = f(v); !keep(v) {
			continue
		}
		if v = f(f(v)); !keep(v) {
			continue
		}
		if v = f(f(v)); !keep(v) {
			continue
		}
		if !yield(f(f(v)), nil) {
			return
		}
	}
}
