package operators_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// A holder is an operator that holds values for a while, with what tells of
// those that the consumer never got.
type holder struct {
	name string
	op   func(s ints, discard operators.Option) stream.Stream[[]int]
}

func singles(s ints) stream.Stream[[]int] {
	return operators.Map(s, func(v int) []int { return []int{v} })
}

func holders() []holder {
	near := func(last, v int) bool { return last%3 != 0 }
	all := []holder{
		{"ChunkWhile", func(s ints, o operators.Option) stream.Stream[[]int] { return operators.ChunkWhile(s, 9, near, o) }},
		{"TakeLast", func(s ints, o operators.Option) stream.Stream[[]int] { return singles(operators.TakeLast(s, 2, o)) }},
		{"SkipLast", func(s ints, o operators.Option) stream.Stream[[]int] { return singles(operators.SkipLast(s, 2, o)) }},
		{"Unbatch", func(s ints, o operators.Option) stream.Stream[[]int] {
			return singles(operators.Unbatch(operators.Chunk(s, 3, o), o))
		}},
	}
	for n := 1; n <= 3; n++ {
		for step := 1; step <= 4; step++ {
			all = append(all, holder{fmt.Sprintf("Sliding %d by %d", n, step),
				func(s ints, o operators.Option) stream.Stream[[]int] { return operators.Sliding(s, n, step, o) }})
		}
	}
	return all
}

// eachGotOnce runs h and checks that every value was either delivered or
// discarded, and every error received or told to the sink.
func (h holder) eachGotOnce(t *testing.T, what string, events []stream.Event[int], at int, l leaving, cut int) {
	t.Helper()
	ctx, told := newSink(t)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var produced, discarded []int
	failed := 0
	p := &probe{events: events, before: func(k int) {
		if k == cut {
			cancel(errCut)
		}
	}}
	src := operators.Tap(p.stream(), operators.Observer[int]{
		OnValue: func(v int) { produced = append(produced, v) },
		OnError: func(err error) {
			if isBoom(err) {
				failed++
			}
		},
	})
	got := consume(t, ctx, h.op(src, operators.Discard(func(v int) { discarded = append(discarded, v) })), at, l)
	accounted, received := slices.Clone(discarded), 0
	for _, e := range got {
		if isBoom(e.Err) {
			received++
		}
		for _, v := range e.Value {
			if !slices.Contains(accounted, v) || slices.Contains(discarded, v) { // windows overlap
				accounted = append(accounted, v)
			}
		}
	}
	slices.Sort(accounted)
	if !slices.Equal(accounted, produced) {
		t.Errorf("%s: produced %v, got %v, discarded %v", what, produced, got, discarded)
	}
	if sunk := len(told()); failed != received+sunk {
		t.Errorf("%s: %d errors, %d received, %d in the sink", what, failed, received, sunk)
	}
}

func TestHeldValuesReachTheConsumerOrDiscardOnce(t *testing.T) {
	for _, h := range holders() {
		t.Run(h.name, func(t *testing.T) {
			for _, mask := range []uint{0, 0b0001000, 0b1010110} {
				events := failing(6, mask)
				for at := -1; at < 2*len(events); at++ {
					for _, l := range leavings {
						h.eachGotOnce(t, fmt.Sprintf("errors at %07b, %s at %d", mask, l.name, at), events, at, l, -1)
					}
				}
				for cut := range len(events) + 1 {
					h.eachGotOnce(t, fmt.Sprintf("errors at %07b, cut at %d", mask, cut), events, -1, stay, cut)
				}
			}
		})
	}
}

func TestSlidingWindowsAreTheConsumersToKeep(t *testing.T) {
	got, err := operators.Sliding(stream.Range(1, 5), 3, 1).Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, window := range got {
		for k := range window {
			window[k] = -i
		}
		_ = append(window, -99)
	}
	for i, window := range got {
		if slices.ContainsFunc(window, func(v int) bool { return v != -i }) {
			t.Errorf("window %d is %v, want %d only: it shares memory with another", i, window, -i)
		}
	}
}

func TestChunkWhileLetsAFullSliceGoUnasked(t *testing.T) {
	var asked [][2]int
	joins := func(last, v int) bool { asked = append(asked, [2]int{last, v}); return true }
	got, err := operators.ChunkWhile(stream.Range(1, 5), 2, joins).Collect(t.Context())
	if want := "[[1 2] [3 4] [5]]"; fmt.Sprint(got) != want || err != nil {
		t.Errorf("Collect() = %v, %v, want %v", got, err, want)
	}
	if want := [][2]int{{1, 2}, {3, 4}}; !slices.Equal(asked, want) {
		t.Errorf("asked of %v, want %v", asked, want)
	}
}
