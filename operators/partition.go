package operators

import "github.com/rxscope/rxscope/stream"

// Partition returns two streams, of the values for which pred says true and of the
// others. Each is a [Filter] of src: who runs both runs a cold source twice, and
// each run passes the errors it meets. For one run of the source see [Share]. It
// panics if src or pred is nil.
//
// ReactiveX: partition.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Partition.svg
func Partition[T any](src stream.Stream[T], pred func(v T) bool) (yes, no stream.Stream[T]) {
	mustBe("Partition", "src", src != nil)
	mustBe("Partition", "pred", pred != nil)
	return Filter(src, pred), Filter(src, func(v T) bool { return !pred(v) })
}
