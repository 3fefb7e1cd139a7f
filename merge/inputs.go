package merge

import (
	"context"
	"fmt"
	"reflect"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// inputs is the sources of an operator that makes one event of several: how they
// are listened to, and what is made of their messages, which are of type M.
type inputs[M, T any] struct {
	n      int
	listen []func(l *fan.Loop[M, T])
	ahead  []func(l *fan.Loop[M, T]) (taken func()) // by [queue.Size] events at most
	source func(m M) int
	join   func(ms []M) T // makes an event of a message of each
	give   func(ctx context.Context, m M)
}

// input adds a source.
func input[S, M, T any](in *inputs[M, T], op, name string, src stream.Stream[S], wrap func(v S) M) {
	if src == nil {
		panic(fmt.Sprintf("merge: %s: %s is nil", op, name))
	}
	in.n++
	in.listen = append(in.listen, func(l *fan.Loop[M, T]) { fan.Listen(l, src, wrap) })
	in.ahead = append(in.ahead, func(l *fan.Loop[M, T]) func() { return fan.ListenAhead(l, src, queue.Size, wrap) })
}

// loop runs one consumption.
func (in *inputs[M, T]) loop(ctx context.Context, name string, yield func(T, error) bool, start func(l *fan.Loop[M, T])) {
	fan.DoLoop(ctx, name, in.give, yield, start)
}

// A two is a message of one of two sources.
type two[A, B any] struct {
	src int
	a   A
	b   B
}

func inputs2[A, B any](op string, a stream.Stream[A], b stream.Stream[B], opts []Option) *inputs[two[A, B], lo.Tuple2[A, B]] {
	fs := discards(op, opts, reflect.TypeFor[func(A)](), reflect.TypeFor[func(B)]())
	giveA, giveB := fan.Discarding[A]("merge: "+op, fs), fan.Discarding[B]("merge: "+op, fs)
	in := &inputs[two[A, B], lo.Tuple2[A, B]]{
		source: func(m two[A, B]) int { return m.src },
		join:   func(ms []two[A, B]) lo.Tuple2[A, B] { return lo.T2(ms[0].a, ms[1].b) },
		give: func(ctx context.Context, m two[A, B]) {
			if m.src == 0 {
				giveA(ctx, m.a)
			} else {
				giveB(ctx, m.b)
			}
		},
	}
	input(in, op, "a", a, func(v A) two[A, B] { return two[A, B]{src: 0, a: v} })
	input(in, op, "b", b, func(v B) two[A, B] { return two[A, B]{src: 1, b: v} })
	return in
}

// A three is a message of one of three sources.
type three[A, B, C any] struct {
	src int
	a   A
	b   B
	c   C
}

func inputs3[A, B, C any](op string, a stream.Stream[A], b stream.Stream[B], c stream.Stream[C], opts []Option) *inputs[three[A, B, C], lo.Tuple3[A, B, C]] {
	fs := discards(op, opts, reflect.TypeFor[func(A)](), reflect.TypeFor[func(B)](), reflect.TypeFor[func(C)]())
	giveA, giveB, giveC := fan.Discarding[A]("merge: "+op, fs), fan.Discarding[B]("merge: "+op, fs), fan.Discarding[C]("merge: "+op, fs)
	in := &inputs[three[A, B, C], lo.Tuple3[A, B, C]]{
		source: func(m three[A, B, C]) int { return m.src },
		join:   func(ms []three[A, B, C]) lo.Tuple3[A, B, C] { return lo.T3(ms[0].a, ms[1].b, ms[2].c) },
		give: func(ctx context.Context, m three[A, B, C]) {
			switch m.src {
			case 0:
				giveA(ctx, m.a)
			case 1:
				giveB(ctx, m.b)
			default:
				giveC(ctx, m.c)
			}
		},
	}
	input(in, op, "a", a, func(v A) three[A, B, C] { return three[A, B, C]{src: 0, a: v} })
	input(in, op, "b", b, func(v B) three[A, B, C] { return three[A, B, C]{src: 1, b: v} })
	input(in, op, "c", c, func(v C) three[A, B, C] { return three[A, B, C]{src: 2, c: v} })
	return in
}

// A many is a message of one of several sources of one type.
type many[T any] struct {
	src int
	v   T
}

func inputsN[T any](op string, srcs []stream.Stream[T], opts []Option) *inputs[many[T], []T] {
	in := inputsOf[T, []T](op, srcs, indexed, opts)
	in.join = func(ms []many[T]) []T { return lo.Map(ms, func(m many[T], _ int) T { return m.v }) }
	return in
}

// indexed is what a source of a slice is called.
func indexed(i int) string { return fmt.Sprintf("srcs[%d]", i) }

// inputsOf is inputsN for an operator that emits no slices; name is what a source is
// called.
func inputsOf[T, R any](op string, srcs []stream.Stream[T], name func(i int) string, opts []Option) *inputs[many[T], R] {
	give := discardOf[T](op, opts)
	in := &inputs[many[T], R]{
		source: func(m many[T]) int { return m.src },
		give:   func(ctx context.Context, m many[T]) { give(ctx, m.v) },
	}
	for i, src := range srcs {
		input(in, op, name(i), src, func(v T) many[T] { return many[T]{i, v} })
	}
	return in
}
