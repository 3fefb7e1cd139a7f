package linear_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

// A subjectCall is a call on a subject: "publish" of v, "subscribe" and "next" of
// one of its subscribers, "leave" of that, or "end".
type subjectCall struct {
	op string
	v  int
}

// A subjectOut is what it came to: an event, or the end.
type subjectOut struct {
	v  int
	ok bool
}

type subjectState struct {
	log   []int
	at    [4]int // of each subscriber in the log, from 1; 0 while it is none
	ended bool
}

func subjectObject() object[subjectState, subjectCall, subjectOut] {
	step := func(s subjectState, c subjectCall, out subjectOut) (subjectState, bool) {
		switch c.op {
		case "publish":
			if s.ended {
				return s, !out.ok
			}
			s.log = append(slices.Clone(s.log), c.v)
			return s, out.ok
		case "subscribe":
			s.at[c.v] = len(s.log) + 1
			return s, true
		case "next":
			at := s.at[c.v] - 1
			if !out.ok {
				return s, s.ended && at == len(s.log)
			}
			s.at[c.v]++
			return s, at < len(s.log) && s.log[at] == out.v
		default:
			s.ended = true
			return s, true
		}
	}
	return object[subjectState, subjectCall, subjectOut]{step: step}
}

func TestSubjectIsLinearizable(t *testing.T) {
	for _, n := range []int{1, 2, 64} {
		t.Run(fmt.Sprint("room for ", n), func(t *testing.T) {
			subjectObject().check(t, func(rnd *rand.Rand, h *history) { useSubject(rnd, h, n) })
		})
	}
}

// useSubject has publishers and subscribers, who read up to the end or leave.
func useSubject(rnd *rand.Rand, h *history, room int) {
	s := stream.NewSubject[int]()
	ctx := context.Background()
	var clients []func(pause func())
	var publishers atomic.Int32
	end := func(client int) {
		h.do(client, subjectCall{op: "end"}, func() any { s.End(); return subjectOut{} })
	}
	for i := range 1 + rnd.IntN(3) {
		n := 1 + rnd.IntN(4)
		publishers.Add(1)
		clients = append(clients, func(pause func()) {
			for v := 100 * i; v < 100*i+n; v++ {
				pause()
				h.do(1+i, subjectCall{"publish", v}, func() any { return subjectOut{ok: s.Publish(ctx, v) == nil} })
			}
			if publishers.Add(-1) == 0 {
				end(1 + i)
			}
		})
	}
	for i := range 1 + rnd.IntN(3) {
		leaves := rnd.IntN(6) // after so many events, of those that read so many
		clients = append(clients, func(pause func()) {
			pause()
			var sub *stream.Subscription[int]
			h.do(5+i, subjectCall{"subscribe", i}, func() any {
				sub = s.Subscribe(stream.Overflow{Policy: stream.Block, N: room})
				return subjectOut{}
			})
			begin, left := h.clock.Add(1), false
			for v := range sub.Stream().All(ctx) {
				h.add(5+i, subjectCall{"next", i}, subjectOut{v, true}, begin)
				pause()
				if leaves--; leaves == 0 {
					left = true
					break
				}
				begin = h.clock.Add(1)
			}
			if !left {
				h.add(5+i, subjectCall{"next", i}, subjectOut{}, begin)
			}
		})
	}
	if rnd.IntN(4) == 0 {
		clients = append(clients, func(pause func()) { pause(); end(9) })
	}
	h.run(rnd, clients...)
	if err := s.Publish(ctx, 1); !errors.Is(err, stream.ErrEnded) {
		panic("the subject has not ended")
	}
}

func TestModelOfTheSubjectRejects(t *testing.T) {
	publish := func(v int) subjectCall { return subjectCall{"publish", v} }
	subscribe, next := subjectCall{"subscribe", 0}, subjectCall{"next", 0}
	yes, end := subjectOut{ok: true}, subjectCall{op: "end"}
	o := subjectObject()
	o.rejects(t, "another order", subscribe, subjectOut{}, publish(1), yes, publish(2), yes, next, subjectOut{2, true})
	o.rejects(t, "what was before", publish(1), yes, subscribe, subjectOut{}, publish(2), yes, next, subjectOut{1, true})
	o.rejects(t, "one lost at the end", subscribe, subjectOut{}, publish(1), yes, end, subjectOut{}, next, subjectOut{})
	o.rejects(t, "published after the end", end, subjectOut{}, publish(1), yes)
}
