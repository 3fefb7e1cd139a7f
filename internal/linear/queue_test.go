package linear_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/internal/queue"
)

// A queueCall is a call on a queue: "push" of v, "take", "drain", "close" or "leave".
type queueCall struct {
	op string
	v  int
}

// A queueOut is what it came to: values, or the end.
type queueOut struct {
	values string
	ok     bool
}

func texts(values []int) string { return fmt.Sprint(values) }

// A queueState is a bounded queue with one producer that has not left.
type queueState struct {
	items  []int
	closed bool
	ended  bool
}

func queueOf(size int) object[queueState, queueCall, queueOut] {
	step := func(s queueState, c queueCall, out queueOut) (queueState, bool) {
		rest := slices.Clone(s.items)
		switch c.op {
		case "push":
			if s.closed {
				return s, !out.ok
			}
			s.items = append(rest, c.v)
			return s, out.ok && len(rest) < size
		case "take":
			if len(rest) == 0 {
				return s, !out.ok && (s.closed || s.ended)
			}
			s.items = rest[1:]
			return s, out.ok && out.values == texts(rest[:1])
		case "drain":
			s.items = nil
			if len(rest) == 0 {
				return s, !out.ok && (s.closed || s.ended)
			}
			return s, out.ok && out.values == texts(rest)
		case "close":
			s.items, s.closed = nil, true
			return s, out.values == texts(rest)
		default:
			s.ended = true
			return s, true
		}
	}
	return object[queueState, queueCall, queueOut]{step: step}
}

func TestQueueIsLinearizable(t *testing.T) {
	for _, size := range []int{1, 2, 5} {
		for _, drains := range []bool{false, true} {
			t.Run(fmt.Sprintf("size %d, drains %v", size, drains), func(t *testing.T) {
				queueOf(size).check(t, func(rnd *rand.Rand, h *history) { useQueue(rnd, h, size, drains) })
			})
		}
	}
}

// useQueue has producers and consumers use a queue, and perhaps somebody close it.
func useQueue(rnd *rand.Rand, h *history, size int, drains bool) {
	q := queue.New[int](size, 1)
	var clients []func(pause func())
	var producers atomic.Int32
	for i := range 1 + rnd.IntN(3) {
		n := 1 + rnd.IntN(5)
		producers.Add(1)
		clients = append(clients, func(pause func()) {
			for v := 100 * i; v < 100*i+n; v++ {
				pause()
				h.do(1+i, queueCall{"push", v}, func() any { return queueOut{ok: q.Push(v)} })
			}
			if producers.Add(-1) == 0 {
				h.do(1+i, queueCall{op: "leave"}, func() any { q.Leave(); return queueOut{} })
			}
		})
	}
	readers := 1 + rnd.IntN(3)
	if drains {
		readers = 1 // Drain is for one consumer
	}
	for i := range readers {
		clients = append(clients, func(pause func()) { readQueue(h, 5+i, q, drains, pause) })
	}
	if rnd.IntN(3) == 0 {
		clients = append(clients, func(pause func()) {
			pause()
			h.do(9, queueCall{op: "close"}, func() any { return queueOut{values: texts(q.Close())} })
		})
	}
	h.run(rnd, clients...)
}

// readQueue takes what there is, up to the end.
func readQueue(h *history, client int, q *queue.Queue[int], drains bool, pause func()) {
	var batch []int
	var v int
	for ok := true; ok; pause() {
		if drains {
			h.do(client, queueCall{op: "drain"}, func() any {
				batch, ok = q.Drain(batch)
				return queueOut{texts(batch), ok}
			})
		} else {
			h.do(client, queueCall{op: "take"}, func() any {
				v, ok = q.Take()
				return queueOut{texts([]int{v}), ok}
			})
		}
	}
}

func TestModelOfTheQueueRejects(t *testing.T) {
	push := func(v int) queueCall { return queueCall{"push", v} }
	take, took := queueCall{op: "take"}, func(v int) queueOut { return queueOut{texts([]int{v}), true} }
	yes, no := queueOut{ok: true}, queueOut{values: texts([]int{0})}
	q := queueOf(2)
	q.rejects(t, "the second first", push(1), yes, push(2), yes, take, took(2))
	q.rejects(t, "one twice", push(1), yes, take, took(1), take, took(1))
	q.rejects(t, "a third in a queue of two", push(1), yes, push(2), yes, push(3), yes)
	q.rejects(t, "an end that has not come", push(1), yes, take, took(1), take, no)
	q.rejects(t, "a refusal while it is open", push(1), no)
	q.rejects(t, "a value lost by the close", push(1), yes, queueCall{op: "close"}, queueOut{values: texts(nil)})
}
