package merge

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// MergeSorted merges sources that are sorted by cmp into one that is: it emits the
// least of the values that are next, those of an earlier source first if they are
// equal. Cmp is as for [slices.SortFunc]; of sources that are not sorted each keeps
// its own order.
//
// It waits until each source has its next event or has ended. An error passes when
// it is the next of its source, and decides nothing. It ends when all sources have
// ended. When the run is cut, or the consumer stops, what is held is given back:
// values to [Discard], errors to the error sink of the scope.
//
// The run opens a scope named merge-sorted, with a task for each source, which may
// be at most 64 events ahead. MergeSorted panics if cmp or a source is nil; without
// sources it ends at once.
//
// ReactiveX has none; RxJava2Extensions: orderedMerge.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MergeSorted.svg
func MergeSorted[T any](srcs []stream.Stream[T], cmp func(a, b T) int, opts ...Option) stream.Stream[T] {
	if cmp == nil {
		panic("merge: MergeSorted: cmp is nil")
	}
	in := inputsOf[T, T]("MergeSorted", srcs, indexed, opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		if in.n == 0 {
			return
		}
		in.hold(ctx, "merge-sorted", yield, func(h *holding[many[T], T]) func(many[T], error) bool { return sorting[T]{h, cmp}.on })
	}
}

// A sorting is one run of MergeSorted.
type sorting[T any] struct {
	*holding[many[T], T]
	cmp func(a, b T) int
}

func (s sorting[T]) on(m many[T], err error) bool {
	if fan.IsEnd(err) {
		s.ended[m.src] = true
	} else {
		s.held[m.src] = append(s.held[m.src], entry[many[T]]{m, err})
	}
	for i := s.least(); i >= 0 && !s.IsCut(); i = s.least() {
		e := s.shift(i)
		if !s.Emit(e.m.v, e.err) {
			return false
		}
	}
	return true
}

// least returns the source whose event is next, -1 if that is not known yet.
func (s sorting[T]) least() int {
	least := -1
	for i, held := range s.held {
		switch {
		case len(held) == 0 && s.ended[i]:
			continue
		case len(held) == 0:
			return -1
		case least < 0, s.before(held[0], s.held[least][0]):
			least = i
		}
	}
	return least
}

// before reports whether an event comes before one of an earlier source.
func (s sorting[T]) before(a, b entry[many[T]]) bool {
	if a.err != nil || b.err != nil {
		return b.err == nil
	}
	return s.cmp(a.m.v, b.m.v) < 0
}
