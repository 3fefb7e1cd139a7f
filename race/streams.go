package race

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// errLost is the cause with which the streams end that were not the first.
var errLost = errors.New("race: another stream was the first")

// Streams runs all streams and emits the events of the one from which the first
// event comes: a value, an error or the end all count, so that one that ends
// first without an event gives an empty stream. The others are stopped in that
// instant and waited for before the run returns; what they still give is given
// back: values are closed if they are [io.Closer], errors go to the error sink of
// the scope. Of events in one instant the first to be taken counts.
//
// The run opens a scope named race, with a task for each stream. At most 128
// events wait for a slow consumer. Streams panics if one is nil; without streams
// it ends at once.
//
// ReactiveX: amb, race.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Streams.svg
func Streams[T any](srcs ...stream.Stream[T]) stream.Stream[T] {
	if i := slices.IndexFunc(srcs, func(s stream.Stream[T]) bool { return s == nil }); i >= 0 {
		panic(fmt.Sprintf("race: Streams: srcs[%d] is nil", i))
	}
	if len(srcs) == 0 {
		return stream.Empty[T]()
	}
	srcs = slices.Clone(srcs)
	discard := fan.Discarding[T]("race: Streams", nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		r := running[T]{discard: discard, winner: -1}
		give := func(ctx context.Context, m entrant[T]) { discard(ctx, m.v) }
		fan.DoLoop(ctx, "race", give, yield, func(l *fan.Loop[entrant[T], T]) {
			r.Loop, l.On = l, r.on
			for i, src := range srcs {
				r.stops = append(r.stops, fan.ListenUntil(l, src, errLost, func(v T) entrant[T] { return entrant[T]{i, v} }))
			}
		})
	}
}

// An entrant is a message of one stream.
type entrant[T any] struct {
	src int
	v   T
}

// A running is one run of Streams.
type running[T any] struct {
	*fan.Loop[entrant[T], T]
	discard func(context.Context, T)
	stops   []func() // of each stream
	winner  int      // -1 until there is one
}

func (r *running[T]) on(m entrant[T], err error) bool {
	if r.winner < 0 {
		r.winner = m.src
		for i, stop := range r.stops {
			if i != m.src {
				stop()
			}
		}
	}
	switch {
	case m.src == r.winner:
		return !fan.IsEnd(err) && r.Emit(m.v, err)
	case fan.IsEnd(err):
	case err != nil:
		scope.Report(r.Context(), err)
	default:
		r.discard(r.Context(), m.v)
	}
	return true
}
