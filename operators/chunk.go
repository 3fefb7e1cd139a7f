package operators

import "github.com/rxscope/rxscope/stream"

// Chunk emits the values in slices of n. Each slice is the consumer's to keep.
//
// An error is a boundary: what has been gathered comes first, as a shorter
// slice, then the error, and then a new slice begins. So no value changes
// places with an error, and failing fast downstream loses nothing. At the end
// of the source a last shorter slice comes; there is never an empty one.
//
// When the run is cut, only the cause comes. The values gathered till then go
// to [Discard], as they do when a panic or a [runtime.Goexit] passes through.
// If the consumer stops on the slice before an error, nobody is left to receive
// that error and it goes to the error sink of the scope. Chunk panics if src is
// nil or n < 1.
//
// ReactiveX: bufferCount, where an error loses the last slice.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Chunk.svg
func Chunk[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[[]T] {
	mustBe("Chunk", "src", src != nil)
	atLeast("Chunk", "n", n, 1)
	return chunks(src, chunking[T]{n: n, step: n}, discardOf[T]("Chunk", opts))
}

// ChunkWhile emits the values in slices of those that belong together: joins is
// asked of each value whether it goes into the slice that ends with last, and
// begins a new one if not. A slice comes when the value after it has come, or
// with n values, so that memory is bound; the value after a full slice begins a
// new one unasked.
//
// The end, errors, a cut and a consumer who stops are as with [Chunk]. A panic
// of joins reaches the runner. ChunkWhile panics if src or joins is nil, or
// n < 1.
//
// ReactiveX: bufferUntilChanged of Reactor, for any condition.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ChunkWhile.svg
func ChunkWhile[T any](src stream.Stream[T], n int, joins func(last, v T) bool, opts ...Option) stream.Stream[[]T] {
	mustBe("ChunkWhile", "src", src != nil)
	mustBe("ChunkWhile", "joins", joins != nil)
	atLeast("ChunkWhile", "n", n, 1)
	return chunks(src, chunking[T]{n: n, step: n, joins: joins}, discardOf[T]("ChunkWhile", opts))
}

// Sliding emits windows of n values, of which each begins step values after the
// one before: they overlap if step < n, and leave values out if step > n. Those
// left out go to [Discard]. Each window is the consumer's to keep.
//
// An error is a boundary: the windows that are open come first, shorter, in the
// order in which they began, then the error, and the next value begins a new
// window. They come at the end of the source as well. So with step < n the last
// windows repeat the ends of full ones; take those of full length if that is
// not wanted.
//
// A cut and a consumer who stops are as with [Chunk]; Discard is given the
// values that were in no window that the consumer got. At most n values are
// held. Sliding panics if src is nil, n < 1 or step < 1.
//
// ReactiveX: bufferCount with two numbers; windowed of Kotlin, which leaves the
// shorter ones out unless told otherwise.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Sliding.svg
func Sliding[T any](src stream.Stream[T], n, step int, opts ...Option) stream.Stream[[]T] {
	mustBe("Sliding", "src", src != nil)
	atLeast("Sliding", "n", n, 1)
	atLeast("Sliding", "step", step, 1)
	return chunks(src, chunking[T]{n: n, step: step}, discardOf[T]("Sliding", opts))
}
