package duel

import (
	"fmt"
	"runtime"
)

// A Weight is what one unit occupies, in bytes.
type Weight struct {
	Holder Holder
	Heap   float64
	Stack  float64
	Above  float64 // the floor, heap and stack together
}

// Missed reports whether the goal was missed.
func (w Weight) Missed() bool { return w.Holder.Above > 0 && w.Above > w.Holder.Above }

// Weigh measures the holders of h, each several times in turns, and takes the
// medians.
func Weigh(h Holding, rounds int) ([]Weight, error) {
	heap, stack := make([][]float64, len(h.Holders)), make([][]float64, len(h.Holders))
	for r := range rounds + 1 {
		for i, holder := range h.Holders {
			hp, st, err := h.once(holder)
			if err != nil {
				return nil, err
			}
			// The first round makes the runtime's own records of goroutines,
			// which stay.
			if r > 0 {
				heap[i], stack[i] = append(heap[i], hp), append(stack[i], st)
			}
		}
	}
	weights := make([]Weight, len(h.Holders))
	for i, holder := range h.Holders {
		w := Weight{Holder: holder, Heap: QuartilesOf(heap[i]).Median, Stack: QuartilesOf(stack[i]).Median}
		w.Above = w.Heap + w.Stack - weights[0].Heap - weights[0].Stack
		if i == 0 {
			w.Above = 0
		}
		weights[i] = w
	}
	return weights, nil
}

// once returns heap and stack of one unit.
func (h Holding) once(holder Holder) (heap, stack float64, err error) {
	before := settled()
	release := holder.Hold(h.N)
	after := settled()
	if got := release(); got != h.N {
		return 0, 0, fmt.Errorf("%s: %s: held %d, want %d", h.Name, holder.Name, got, h.N)
	}
	diff := func(a, b uint64) float64 { return float64(int64(a-b)) / float64(h.N) }
	return diff(after.HeapAlloc, before.HeapAlloc), diff(after.StackInuse, before.StackInuse), nil
}

// settled returns the state of the memory with nothing in it that can go.
func settled() runtime.MemStats {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}
