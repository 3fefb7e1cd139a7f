package stream

import (
	"context"
	"fmt"
	"math"
)

// Of returns a cold stream of the given values.
func Of[T any](values ...T) Stream[T] { return FromSlice(values) }

// FromSlice returns a cold stream of the elements of values, in order. The
// slice is not copied: a run sees the elements as they are when it comes to
// them.
func FromSlice[T any](values []T) Stream[T] {
	if len(values) == 0 {
		return Empty[T]()
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		// Err rather than a select on Done: 3 ns an item against 7 if the
		// context answers for itself, even at two WithValue in between, 11
		// against 7 at four (go test -bench ContextCheck).
		mortal := canEnd(ctx)
		for _, v := range values {
			if mortal && ctx.Err() != nil {
				yieldCause(ctx, yield)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// Range returns a cold stream of count integers in ascending order, the first
// being start. It panics if count is negative or the last of them is not an
// int.
func Range(start, count int) Stream[int] {
	if count < 0 {
		panic(fmt.Sprintf("stream: Range: count is %d, want at least 0", count))
	}
	if count == 0 {
		return Empty[int]()
	}
	if start > math.MaxInt-(count-1) {
		panic(fmt.Sprintf("stream: Range: start %d and count %d overflow int", start, count))
	}
	return func(ctx context.Context, yield func(int, error) bool) {
		mortal := canEnd(ctx)
		for i := range count {
			if mortal && ctx.Err() != nil {
				yieldCause(ctx, yield)
				return
			}
			if !yield(start+i, nil) {
				return
			}
		}
	}
}

// Generate returns a stream of seed, next(seed), next(next(seed)) and so on,
// for as long as more says true of the value; a nil more means without end.
// It is the stream of
//
//	for v := seed; more(v); v = next(v) {
//
// Each run starts at seed, so the stream is cold if next leaves its argument
// as it is. Generate panics if next is nil.
func Generate[T any](seed T, more func(T) bool, next func(T) T) Stream[T] {
	if next == nil {
		panic("stream: Generate: next is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		mortal := canEnd(ctx)
		for v := seed; ; v = next(v) {
			if mortal && ctx.Err() != nil {
				yieldCause(ctx, yield)
				return
			}
			if more != nil && !more(v) || !yield(v, nil) {
				return
			}
		}
	}
}

// Empty returns a cold stream that ends at once, without an event. Like every
// source it yields the cause if the context has ended before.
func Empty[T any]() Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
		}
	}
}

// Never returns a cold stream that has no event of its own and does not end: a
// run blocks until its context ends, and yields the cause. Under a context
// that cannot end, such as [context.Background], it blocks for ever.
func Never[T any]() Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		<-ctx.Done()
		yieldCause(ctx, yield)
	}
}

// Throw returns a cold stream whose one event is err, marked by [Fatal]. It
// panics if err is nil.
func Throw[T any](err error) Stream[T] {
	if err == nil {
		panic("stream: Throw: err is nil")
	}
	err = Fatal(err)
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
			return
		}
		var zero T
		yield(zero, err)
	}
}
