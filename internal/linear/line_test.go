package linear_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/internal/queue"
)

// A lineCall is a call on a line: "reserve", "fill" of a place, "drain", "close" or
// "leave". The value in a place is its number.
type lineCall struct {
	op string
	at int
}

// A lineOut is what it came to.
type lineOut struct {
	places string
	ok     bool
}

type lineState struct {
	head, tail int
	filled     []int // places that are filled and not drained, in order
	closed     bool
	ended      bool
}

func lineOf(size int) object[lineState, lineCall, lineOut] {
	step := func(s lineState, c lineCall, out lineOut) (lineState, bool) {
		filled := slices.Clone(s.filled)
		ready := 0
		for ready < len(filled) && filled[ready] == s.head+ready {
			ready++
		}
		switch c.op {
		case "reserve":
			if !out.ok {
				return s, s.closed
			}
			s.tail++
			return s, out.places == texts([]int{s.tail - 1}) && (s.closed || s.tail-s.head <= size)
		case "fill":
			if s.closed {
				return s, !out.ok
			}
			s.filled = append(filled, c.at)
			slices.Sort(s.filled)
			return s, out.ok
		case "drain":
			if !out.ok {
				return s, ready == 0 && (s.closed || s.ended)
			}
			s.head, s.filled = s.head+ready, filled[ready:]
			return s, ready > 0 && out.places == texts(filled[:ready])
		case "close":
			s.closed, s.filled = true, nil
			return s, out.places == texts(filled)
		default:
			s.ended = true
			return s, true
		}
	}
	return object[lineState, lineCall, lineOut]{step: step}
}

func TestLineIsLinearizable(t *testing.T) {
	for _, size := range []int{1, 3, 20} {
		t.Run(fmt.Sprint("size ", size), func(t *testing.T) {
			lineOf(size).check(t, func(rnd *rand.Rand, h *history) { useLine(rnd, h, size) })
		})
	}
}

// useLine has one goroutine reserve places, some fill them, and one drain.
func useLine(rnd *rand.Rand, h *history, size int) {
	l := queue.NewLine[int](size, 1)
	places := make(chan int, 64)
	n, fillers := 1+rnd.IntN(8), 1+rnd.IntN(3)
	var running atomic.Int32
	running.Store(int32(fillers))
	clients := []func(pause func()){func(pause func()) {
		defer close(places)
		for ok := true; ok && n > 0; n-- {
			pause()
			h.do(1, lineCall{op: "reserve"}, func() any {
				var at int
				if at, ok = l.Reserve(); ok {
					places <- at
				}
				return lineOut{texts([]int{at}), ok}
			})
		}
	}, func(pause func()) {
		var batch []int
		for ok := true; ok; pause() {
			h.do(2, lineCall{op: "drain"}, func() any {
				batch, ok = l.Drain(batch)
				return lineOut{texts(batch), ok}
			})
		}
	}}
	for i := range fillers {
		clients = append(clients, func(pause func()) {
			for at := range places {
				pause()
				h.do(3+i, lineCall{"fill", at}, func() any { return lineOut{ok: l.Fill(at, at)} })
			}
			if running.Add(-1) == 0 {
				h.do(3+i, lineCall{op: "leave"}, func() any { l.Leave(); return lineOut{} })
			}
		})
	}
	if rnd.IntN(3) == 0 {
		clients = append(clients, func(pause func()) {
			pause()
			h.do(9, lineCall{op: "close"}, func() any { return lineOut{places: texts(l.Close())} })
		})
	}
	h.run(rnd, clients...)
}

func TestModelOfTheLineRejects(t *testing.T) {
	reserve, drain := lineCall{op: "reserve"}, lineCall{op: "drain"}
	got := func(places ...int) lineOut { return lineOut{texts(places), true} }
	yes := lineOut{ok: true}
	l := lineOf(2)
	l.rejects(t, "a place twice", reserve, got(0), reserve, got(0))
	l.rejects(t, "a third of two", reserve, got(0), reserve, got(1), reserve, got(2))
	l.rejects(t, "a gap", reserve, got(0), reserve, got(1), lineCall{"fill", 1}, yes, drain, got(1))
	l.rejects(t, "less than there is", reserve, got(0), reserve, got(1), lineCall{"fill", 0}, yes, lineCall{"fill", 1}, yes, drain, got(0))
	l.rejects(t, "a value lost by the close", reserve, got(0), lineCall{"fill", 0}, yes, lineCall{op: "close"}, lineOut{places: texts(nil)})
	l.rejects(t, "a value taken after the close", reserve, got(0), lineCall{op: "close"}, lineOut{places: texts(nil)}, lineCall{"fill", 0}, yes)
}
