package benchmarks

import (
	"context"
	"fmt"
	"sync"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/stream"
)

// broadcastRows bring n integers in all from one goroutine to k others, each of
// which gets every one of its share and adds up.
func broadcastRows() []duel.Row {
	var rows []duel.Row
	for _, k := range []int{1, 8, 100} {
		ratio := 3.0
		if k == 1 {
			ratio = 3.5
		}
		each := func(f func(values []int, k int) int) func(n int) int {
			return func(n int) int { return f(ints[:n/k], k) }
		}
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("broadcast/subscribers=%d", k), Unit: "delivery", N: 100_000,
			Want: func(n int) int { return k * sum(n/k) },
			Contestants: []duel.Contestant{
				{Name: "ring", Run: each(broadcastRing)},
				{Name: "Subject", Ratio: ratio, Run: each(broadcastSubject)},
				{Name: "chan(64)", Run: each(broadcastChannels)},
			},
		})
	}
	return rows
}

// A cast is the floor: events in a ring, a cursor for each reader, and a writer
// that looks for the slowest only when the ring is full.
type cast struct {
	mu      sync.Mutex // guards what follows, not the places that are read
	filled  sync.Cond
	room    sync.Cond
	places  [256]stream.Event[int]
	head    int
	limit   int
	at      []int // of the readers
	waiting int
	blocked bool
	ended   bool
}

func broadcastRing(values []int, k int) int {
	c := &cast{at: make([]int, k)}
	c.filled.L, c.room.L = &c.mu, &c.mu
	sums := make([]int, k)
	var readers sync.WaitGroup
	for i := range k {
		readers.Go(func() { sums[i] = c.read(i) })
	}
	for _, v := range values {
		c.write(v)
	}
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.filled.Broadcast()
	readers.Wait()
	return addAll(sums)
}

func (c *cast) write(v int) {
	c.mu.Lock()
	for c.head == c.limit {
		slowest := c.head
		for _, at := range c.at {
			slowest = min(slowest, at)
		}
		if c.limit = slowest + len(c.places); c.head == c.limit {
			c.blocked = true
			c.room.Wait()
			c.blocked = false
		}
	}
	c.places[c.head%len(c.places)] = stream.Event[int]{Value: v}
	c.head++
	wake := c.waiting > 0
	c.mu.Unlock()
	if wake {
		c.filled.Broadcast()
	}
}

func (c *cast) read(i int) (sum int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for c.at[i] == c.head && !c.ended {
			c.waiting++
			c.filled.Wait()
			c.waiting--
		}
		from, to := c.at[i], c.head
		if from == to {
			return sum
		}
		c.mu.Unlock()
		for at := from; at < to; at++ {
			if e := &c.places[at%len(c.places)]; e.Err == nil {
				sum += e.Value
			}
		}
		c.mu.Lock()
		c.at[i] = to
		if c.blocked {
			c.room.Signal()
		}
	}
}

func broadcastSubject(values []int, k int) int {
	ctx := context.Background()
	s := stream.NewSubject[int]()
	sums := make([]int, k)
	var readers sync.WaitGroup
	for i := range k {
		sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 256})
		readers.Go(func() {
			sub.Stream()(ctx, func(v int, err error) bool {
				if err == nil {
					sums[i] += v
				}
				return true
			})
		})
	}
	for _, v := range values {
		if s.Publish(ctx, v) != nil {
			return -1
		}
	}
	s.End()
	readers.Wait()
	return addAll(sums)
}

func broadcastChannels(values []int, k int) int {
	chans := make([]chan stream.Event[int], k)
	sums := make([]int, k)
	var readers sync.WaitGroup
	for i := range k {
		chans[i] = make(chan stream.Event[int], 64)
		readers.Go(func() {
			for e := range chans[i] {
				if e.Err == nil {
					sums[i] += e.Value
				}
			}
		})
	}
	for _, v := range values {
		for _, ch := range chans {
			ch <- stream.Event[int]{Value: v}
		}
	}
	for _, ch := range chans {
		close(ch)
	}
	readers.Wait()
	return addAll(sums)
}

func addAll(sums []int) (sum int) {
	for _, s := range sums {
		sum += s
	}
	return sum
}
