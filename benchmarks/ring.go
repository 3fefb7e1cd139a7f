package benchmarks

import (
	"context"
	"sync"

	"github.com/rxscope/rxscope/stream"
)

// A ring is the floor of the parallel maps: places that the source fills in
// order, that workers take, and that the consumer empties from the front. Whoever
// is behind waits; nothing is copied.
type ring struct {
	mu      sync.Mutex // guards what follows, not the places that a worker holds
	moved   [3]sync.Cond
	waiting [3]int
	places  []place
	filled  int // by the source: places before it hold a value
	taken   int // by workers
	emptied int // by the consumer
	closed  bool
	ended   bool
}

type place struct {
	in   int
	out  stream.Event[int]
	done bool
}

// Those who wait at a ring.
const (
	source = iota
	worker
	consumer
)

func newRing(ctx context.Context, size int) (*ring, func() bool) {
	r := &ring{places: make([]place, size)}
	for i := range r.moved {
		r.moved[i].L = &r.mu
	}
	return r, context.AfterFunc(ctx, func() {
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
		for i := range r.moved {
			r.moved[i].Broadcast()
		}
	})
}

// wait is called with r.mu held.
func (r *ring) wait(who int) {
	r.waiting[who]++
	r.moved[who].Wait()
	r.waiting[who]--
}

// put fills the next place, and reports false if nobody will take it.
func (r *ring) put(v int) bool {
	r.mu.Lock()
	for r.filled-r.emptied == len(r.places) && !r.ended {
		r.wait(source)
	}
	if r.ended {
		r.mu.Unlock()
		return false
	}
	r.places[r.filled%len(r.places)] = place{in: v}
	r.filled++
	wake := r.waiting[worker] > 0
	r.mu.Unlock()
	if wake {
		r.moved[worker].Signal()
	}
	return true
}

// close says that there are no more values.
func (r *ring) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.moved[worker].Broadcast()
	r.moved[consumer].Broadcast()
}

// take returns the bounds of a run of at most so many places for one of w
// workers; they are equal if there is no more.
func (r *ring) take(w, most int) (from, to int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.taken == r.filled && !r.closed && !r.ended {
		r.wait(worker)
	}
	if r.ended {
		return 0, 0
	}
	from = r.taken
	r.taken += min((r.filled-r.taken+w-1)/w, most)
	return from, r.taken
}

// give marks a run as done.
func (r *ring) give(from, to int) {
	r.mu.Lock()
	for i := from; i < to; i++ {
		r.places[i%len(r.places)].done = true
	}
	wake := from == r.emptied && r.waiting[consumer] > 0
	r.mu.Unlock()
	if wake {
		r.moved[consumer].Signal()
	}
}

// ready waits until the first place is done and returns the bounds of those
// that are; they are equal if there is no more.
func (r *ring) ready() (from, to int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		to = r.emptied
		for to < r.taken && r.places[to%len(r.places)].done {
			to++
		}
		if to > r.emptied || r.closed && r.emptied == r.filled || r.ended {
			return r.emptied, to
		}
		r.wait(consumer)
	}
}

// free gives the places up to to back to the source, in large pieces.
func (r *ring) free(to int) {
	r.mu.Lock()
	for i := r.emptied; i < to; i++ {
		r.places[i%len(r.places)].done = false
	}
	r.emptied = to
	wake := r.waiting[source] > 0 && r.filled-r.emptied <= len(r.places)/2
	r.mu.Unlock()
	if wake {
		r.moved[source].Signal()
	}
}

// mapRing is the floor of both parallel maps, with their promise: a result leaves
// when it is there and those before it, and no worker idles while a value waits.
func mapRing(ctx context.Context, values []int, w int, f mapper) int {
	return mapRuns(ctx, values, w, 1, f)
}

// mapRuns has workers take runs of values, so that a slow call holds up the values
// of its run, and the results before it.
func mapRuns(ctx context.Context, values []int, w, most int, f mapper) int {
	r, detach := newRing(ctx, 256)
	defer detach()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer r.close()
		for _, v := range values {
			if ctx.Err() != nil || !r.put(v) {
				return
			}
		}
	})
	for range w {
		wg.Go(func() {
			for {
				from, to := r.take(w, most)
				if from == to {
					return
				}
				for i := from; i < to; i++ {
					p := &r.places[i%len(r.places)]
					p.out.Value, p.out.Err = f(ctx, p.in)
				}
				r.give(from, to)
			}
		})
	}
	total := 0
	for {
		from, to := r.ready()
		if from == to {
			return must(total, ctx.Err())
		}
		for i := from; i < to; i++ {
			e := r.places[i%len(r.places)].out
			if e.Err != nil || ctx.Err() != nil {
				return -1
			}
			total += e.Value
		}
		r.free(to)
	}
}
