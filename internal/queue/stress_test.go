package queue_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/internal/queue"
)

const each = 2000 // items of each producer

// TestNoWakeUpIsLost lets many producers fight for few places. A wake-up that
// is lost shows as a test that does not end.
func TestNoWakeUpIsLost(t *testing.T) {
	for _, size := range []int{1, 2, 64} {
		for _, producers := range []int{1, 64} {
			for _, takers := range []int{0, 1, 8} { // 0: one that drains
				t.Run(fmt.Sprintf("size %d, %d producers, %d takers", size, producers, takers), func(t *testing.T) {
					q := queue.New[[2]int](size, producers)
					var wg sync.WaitGroup
					for p := range producers {
						wg.Go(func() {
							defer q.Leave()
							for i := range each {
								q.Push([2]int{p, i})
							}
						})
					}
					if takers == 0 {
						drainAll(t, q, size, producers)
					} else {
						takeAll(t, q, takers, producers)
					}
					wg.Wait()
				})
			}
		}
	}
}

func drainAll(t *testing.T, q *queue.Queue[[2]int], size, producers int) {
	t.Helper()
	next := make([]int, producers)
	n := 0
	var batch [][2]int
	var ok bool
	for {
		if batch, ok = q.Drain(batch); !ok {
			break
		}
		if len(batch) == 0 || len(batch) > size {
			t.Errorf("a batch of %d, want 1 to %d", len(batch), size)
		}
		for _, e := range batch {
			if e[1] != next[e[0]] {
				t.Errorf("item %d of producer %d, want %d", e[1], e[0], next[e[0]])
			}
			next[e[0]]++
		}
		n += len(batch)
	}
	if n != producers*each {
		t.Errorf("%d items, want %d", n, producers*each)
	}
}

func takeAll(t *testing.T, q *queue.Queue[[2]int], takers, producers int) {
	t.Helper()
	counts := make([]int, takers)
	var wg sync.WaitGroup
	for i := range takers {
		wg.Go(func() {
			last := make([]int, producers) // plus one
			for {
				e, ok := q.Take()
				if !ok {
					return
				}
				if e[1] < last[e[0]] {
					t.Errorf("item %d of producer %d after %d", e[1], e[0], last[e[0]]-1)
				}
				last[e[0]] = e[1] + 1
				counts[i]++
			}
		})
	}
	wg.Wait()
	n := 0
	for _, c := range counts {
		n += c
	}
	if n != producers*each {
		t.Errorf("%d items, want %d", n, producers*each)
	}
}

// TestCloseLosesNothing closes a queue while producers push: each item is taken,
// returned by Close or refused.
func TestCloseLosesNothing(t *testing.T) {
	for round := range 200 {
		q := queue.New[int](4, 8)
		refused := make([]int, 8)
		var wg sync.WaitGroup
		for p := range 8 {
			wg.Go(func() {
				defer q.Leave()
				for range 50 {
					if !q.Push(1) {
						refused[p]++
					}
				}
			})
		}
		n := 0
		for range round % 20 {
			batch, ok := q.Drain(nil)
			if !ok {
				break
			}
			n += len(batch)
		}
		n += len(q.Close())
		wg.Wait()
		for _, r := range refused {
			n += r
		}
		if n != 8*50 {
			t.Fatalf("%d items accounted for, want %d", n, 8*50)
		}
	}
}

// TestLineUnderManyWorkers fills a line from many goroutines while one reserves
// and one drains.
func TestLineUnderManyWorkers(t *testing.T) {
	for _, size := range []int{1, 2, 64} {
		l := queue.NewLine[int](size, 1)
		places := queue.New[int](64, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			defer places.Leave()
			defer l.Leave()
			for range 20_000 {
				at, _ := l.Reserve()
				l.Enter()
				places.Push(at)
			}
		})
		for range 8 {
			wg.Go(func() {
				for {
					at, ok := places.Take()
					if !ok {
						return
					}
					l.Fill(at, at)
					l.Leave()
				}
			})
		}
		n := 0
		var batch []int
		var ok bool
		for {
			if batch, ok = l.Drain(batch); !ok {
				break
			}
			for _, v := range batch {
				if v != n {
					t.Fatalf("size %d: drained %d, want %d", size, v, n)
				}
				n++
			}
		}
		wg.Wait()
		if n != 20_000 {
			t.Errorf("size %d: %d items, want 20000", size, n)
		}
	}
}
