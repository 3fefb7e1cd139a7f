package merge

import (
	"context"
	"slices"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// CombineLatest2 emits, for each value of a or b, the latest values of both, as
// soon as both have one. Values that come in one instant give a pair each.
//
// Errors pass at once, and the latest values stay. It ends when both have ended;
// if one ends without a value no pair will come, but the errors of the other
// still do. When the run is cut, or the consumer stops, values that were in no
// pair go to [Discard], as do those that were replaced before.
//
// The run opens a scope named combine-latest, with a task for each source. At most
// 128 events wait for a slow consumer. CombineLatest2 panics if a source is nil.
//
// ReactiveX: combineLatest; RxJava ends when a source ends without a value.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/CombineLatest2.svg
func CombineLatest2[A, B any](a stream.Stream[A], b stream.Stream[B], opts ...Option) stream.Stream[lo.Tuple2[A, B]] {
	return combineLatest(inputs2("CombineLatest2", a, b, opts))
}

// CombineLatest3 is [CombineLatest2] for three sources.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/CombineLatest3.svg
func CombineLatest3[A, B, C any](a stream.Stream[A], b stream.Stream[B], c stream.Stream[C], opts ...Option) stream.Stream[lo.Tuple3[A, B, C]] {
	return combineLatest(inputs3("CombineLatest3", a, b, c, opts))
}

// CombineLatestN is [CombineLatest2] for any number of sources of one type. Each
// slice is the consumer's to keep. Without sources it ends at once.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/CombineLatestN.svg
func CombineLatestN[T any](srcs []stream.Stream[T], opts ...Option) stream.Stream[[]T] {
	return combineLatest(inputsN("CombineLatestN", srcs, opts))
}

func combineLatest[M, T any](in *inputs[M, T]) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		h := newLatest(in)
		defer h.leave(ctx)
		in.loop(ctx, "combine-latest", yield, func(l *fan.Loop[M, T]) {
			l.On = func(m M, err error) bool {
				switch {
				case fan.IsEnd(err):
					return true
				case err != nil:
					return l.Emit(*new(T), err)
				}
				h.put(ctx, m)
				return !h.complete() || l.Emit(h.use(), nil)
			}
			for _, listen := range in.listen {
				listen(l)
			}
		})
	}
}

// WithLatestFrom emits each value of src with the latest one of other. Values of
// src before other has one are dropped.
//
// Errors of both pass at once. It ends with src; that other ends does not matter.
// Other is started first. Dropped values, and values of other that were in no
// pair, go to [Discard]. For several others, nest it.
//
// The run opens a scope named with-latest-from, with a task for each source. At
// most 128 events wait for a slow consumer. WithLatestFrom panics if a source is
// nil.
//
// ReactiveX: withLatestFrom; RxJava ends when other ends without a value.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/WithLatestFrom.svg
func WithLatestFrom[T, U any](src stream.Stream[T], other stream.Stream[U], opts ...Option) stream.Stream[lo.Tuple2[T, U]] {
	in := inputs2("WithLatestFrom", src, other, opts)
	return func(ctx context.Context, yield func(lo.Tuple2[T, U], error) bool) {
		h := newLatest(in)
		defer h.leave(ctx)
		in.loop(ctx, "with-latest-from", yield, func(l *fan.Loop[two[T, U], lo.Tuple2[T, U]]) {
			l.On = func(m two[T, U], err error) bool {
				switch {
				case fan.IsEnd(err):
					return m.src == 1
				case err != nil:
					return l.Emit(lo.Tuple2[T, U]{}, err)
				}
				h.put(ctx, m)
				switch {
				case m.src == 1:
					return true
				case h.complete():
					return l.Emit(h.use(), nil)
				}
				h.drop(ctx, 0)
				return true
			}
			in.listen[1](l)
			in.listen[0](l)
		})
	}
}

// ForkJoin2 waits until both sources have ended, and emits their last values as
// one pair. If one ends without a value it ends at once, without a pair, and stops
// the other. Errors pass at once, and keep nothing from coming.
//
// Values that are not in the pair go to [Discard]. The run opens a scope named
// fork-join, with a task for each source. At most 128 events wait for a slow
// consumer. ForkJoin2 panics if a source is nil.
//
// ReactiveX: forkJoin, which ends at the first error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ForkJoin2.svg
func ForkJoin2[A, B any](a stream.Stream[A], b stream.Stream[B], opts ...Option) stream.Stream[lo.Tuple2[A, B]] {
	return forkJoin(inputs2("ForkJoin2", a, b, opts))
}

// ForkJoin3 is [ForkJoin2] for three sources.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ForkJoin3.svg
func ForkJoin3[A, B, C any](a stream.Stream[A], b stream.Stream[B], c stream.Stream[C], opts ...Option) stream.Stream[lo.Tuple3[A, B, C]] {
	return forkJoin(inputs3("ForkJoin3", a, b, c, opts))
}

// ForkJoinN is [ForkJoin2] for any number of sources of one type. Without sources
// it ends at once, without a slice.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ForkJoinN.svg
func ForkJoinN[T any](srcs []stream.Stream[T], opts ...Option) stream.Stream[[]T] {
	return forkJoin(inputsN("ForkJoinN", srcs, opts))
}

func forkJoin[M, T any](in *inputs[M, T]) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		h := newLatest(in)
		defer h.leave(ctx)
		left := in.n
		in.loop(ctx, "fork-join", yield, func(l *fan.Loop[M, T]) {
			l.On = func(m M, err error) bool {
				switch {
				case fan.IsEnd(err):
					left--
					switch {
					case !h.has[in.source(m)]:
						return false
					case left > 0:
						return true
					}
					return l.Emit(h.use(), nil)
				case err != nil:
					return l.Emit(*new(T), err)
				}
				h.put(ctx, m)
				return true
			}
			for _, listen := range in.listen {
				listen(l)
			}
		})
	}
}

// latest holds the latest value of each source.
type latest[M, T any] struct {
	*inputs[M, T]
	ms   []M
	has  []bool
	used []bool // the consumer has it
}

func newLatest[M, T any](in *inputs[M, T]) *latest[M, T] {
	return &latest[M, T]{in, make([]M, in.n), make([]bool, in.n), make([]bool, in.n)}
}

// put replaces the value of a source.
func (h *latest[M, T]) put(ctx context.Context, m M) {
	i := h.source(m)
	old, unused := h.ms[i], h.has[i] && !h.used[i]
	h.ms[i], h.has[i], h.used[i] = m, true, false
	if unused {
		h.give(ctx, old)
	}
}

// complete reports whether each source has a value.
func (h *latest[M, T]) complete() bool { return !slices.Contains(h.has, false) }

// use makes an event of the values.
func (h *latest[M, T]) use() T {
	for i := range h.used {
		h.used[i] = true
	}
	return h.join(h.ms)
}

// drop gives back the value of a source, if the consumer does not have it.
func (h *latest[M, T]) drop(ctx context.Context, i int) {
	unused := h.has[i] && !h.used[i]
	h.has[i] = false
	if unused {
		h.give(ctx, h.ms[i])
	}
}

func (h *latest[M, T]) leave(ctx context.Context) {
	i := -1
	next := func() (int, bool) { i++; return i, i < h.n }
	discard.All(ctx, next, h.drop)
}
