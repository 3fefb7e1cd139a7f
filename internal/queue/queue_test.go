package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/internal/queue"
)

func wantBatch(t *testing.T, got []int, ok bool, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) || ok != (len(want) > 0) {
		t.Errorf("Drain() = %v, %v, want %v", got, ok, want)
	}
}

func TestDrainTakesAllInOrder(t *testing.T) {
	q := queue.New[int](4, 1)
	for v := range 4 {
		if !q.Push(v) {
			t.Errorf("Push(%d) = false, want true", v)
		}
	}
	got, ok := q.Drain(nil)
	wantBatch(t, got, ok, 0, 1, 2, 3)
}

func TestDrainUsesTheSliceItIsGiven(t *testing.T) {
	q := queue.New[*int](2, 1)
	v := new(int)
	spare := []*int{v, v}
	q.Push(v)
	batch, _ := q.Drain(spare)
	if spare[0] != nil || spare[1] != nil {
		t.Error("what was drained before is still referenced")
	}
	q.Push(v)
	second, _ := q.Drain(batch)
	if &second[0] != &spare[0] {
		t.Error("Drain did not use the slice again")
	}
}

func TestDrainDoesNotAllocate(t *testing.T) {
	q := queue.New[int](4, 1)
	var spare []int
	cycle := func() {
		for v := range 4 {
			q.Push(v)
		}
		spare, _ = q.Drain(spare)
	}
	cycle()
	cycle()
	if n := testing.AllocsPerRun(100, cycle); n != 0 {
		t.Errorf("%v allocations for 4 items, want 0", n)
	}
}

func TestTakeDoesNotAllocate(t *testing.T) {
	q := queue.New[int](4, 1)
	cycle := func() {
		for v := range 3 {
			q.Push(v)
		}
		for range 3 {
			q.Take()
		}
	}
	cycle()
	if n := testing.AllocsPerRun(100, cycle); n != 0 {
		t.Errorf("%v allocations for 3 items, want 0", n)
	}
}

func TestTakeTakesOneInOrderHoweverLongItGoesOn(t *testing.T) {
	q := queue.New[int](3, 1)
	q.Push(0)
	q.Push(1)
	for v := range 100 { // never empty, so that the queue must make room itself
		q.Push(v + 2)
		if got, ok := q.Take(); got != v || !ok {
			t.Fatalf("Take() = %d, %v, want %d", got, ok, v)
		}
	}
}

func TestPushWaitsWhileTheQueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[int](2, 1)
		var at []time.Duration
		start := time.Now()
		go func() {
			defer q.Leave()
			for v := range 5 {
				q.Push(v)
				at = append(at, time.Since(start))
			}
		}()
		time.Sleep(time.Second)
		got, ok := q.Drain(nil)
		wantBatch(t, got, ok, 0, 1)
		time.Sleep(time.Second)
		got, ok = q.Drain(nil)
		wantBatch(t, got, ok, 2, 3)
		synctest.Wait()
		got, ok = q.Drain(nil)
		wantBatch(t, got, ok, 4)
		got, ok = q.Drain(nil)
		wantBatch(t, got, ok)
		want := []time.Duration{0, 0, time.Second, time.Second, 2 * time.Second}
		if !slices.Equal(at, want) {
			t.Errorf("pushed at %v, want %v", at, want)
		}
	})
}

func TestConsumersWaitForAnItem(t *testing.T) {
	for name, take := range map[string]func(q *queue.Queue[int]) (int, bool){
		"Take": (*queue.Queue[int]).Take,
		"Drain": func(q *queue.Queue[int]) (int, bool) {
			batch, ok := q.Drain(nil)
			return batch[0], ok
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := queue.New[int](2, 1)
				start := time.Now()
				time.AfterFunc(time.Second, func() { q.Push(7) })
				if v, ok := take(q); v != 7 || !ok {
					t.Errorf("got %d, %v, want 7", v, ok)
				}
				if at := time.Since(start); at != time.Second {
					t.Errorf("at %v, want 1s", at)
				}
			})
		})
	}
}

func TestQueueEndsWhenTheLastProducerHasLeftAndItIsEmpty(t *testing.T) {
	q := queue.New[int](4, 2)
	q.Push(1)
	q.Push(2)
	q.Leave()
	q.Enter()
	q.Leave()
	q.Leave()
	for _, want := range []int{1, 2} {
		if v, ok := q.Take(); v != want || !ok {
			t.Errorf("Take() = %d, %v, want %d", v, ok, want)
		}
	}
	if v, ok := q.Take(); v != 0 || ok {
		t.Errorf("Take() = %d, %v, want the end", v, ok)
	}
	got, ok := q.Drain(nil)
	wantBatch(t, got, ok)
}

func TestEndWakesAllConsumers(t *testing.T) {
	for name, end := range map[string]func(q *queue.Queue[int]){
		"Leave": (*queue.Queue[int]).Leave,
		"Close": func(q *queue.Queue[int]) { q.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := queue.New[int](2, 1)
				woken := make(chan bool, 5)
				for range 5 {
					go func() {
						if v, ok := q.Take(); v != 0 || ok {
							t.Errorf("Take() = %d, %v, want the end", v, ok)
						}
						woken <- true
					}()
					synctest.Wait()
				}
				end(q)
				synctest.Wait()
				if len(woken) != 5 {
					t.Errorf("%d consumers woken, want 5", len(woken))
				}
			})
		})
	}
}

func TestCloseTurnsProducersAwayAndReturnsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[int](2, 1)
		q.Push(1)
		q.Push(2)
		refused := make(chan int, 5)
		for v := range 5 {
			go func() {
				if !q.Push(10 + v) {
					refused <- v
				}
			}()
		}
		synctest.Wait()
		if got := q.Close(); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("Close() = %v, want [1 2]", got)
		}
		synctest.Wait()
		if len(refused) != 5 {
			t.Errorf("%d waiting calls of Push refused, want 5", len(refused))
		}
		if q.Push(3) {
			t.Error("Push() = true after Close")
		}
		if got := q.Close(); len(got) != 0 {
			t.Errorf("second Close() = %v, want nothing", got)
		}
		got, ok := q.Drain(nil)
		wantBatch(t, got, ok)
		if v, ok := q.Take(); ok {
			t.Errorf("Take() = %d after Close", v)
		}
	})
}

func TestCloseReturnsOnlyWhatWasNotTaken(t *testing.T) {
	q := queue.New[int](4, 1)
	for v := range 4 {
		q.Push(v)
	}
	q.Take()
	q.Take()
	if got := q.Close(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("Close() = %v, want [2 3]", got)
	}
}

// TestEachPlaceWakesOneProducer is the finding that one signal must not be
// lost, nor wake a crowd: of many waiting producers exactly as many come through
// as there is room, with Take once half of the items are gone.
func TestEachPlaceWakesOneProducer(t *testing.T) {
	for _, size := range []int{1, 3, 4} {
		t.Run(fmt.Sprint("Take", size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, pushed := crowd(t, size)
				items, want := size, size
				for k := range 10 {
					q.Take()
					if items--; items <= size/2 {
						want += size - items
						items = size
					}
					synctest.Wait()
					if got := len(pushed); got != want {
						t.Errorf("after %d takes %d pushed, want %d", k+1, got, want)
					}
				}
				q.Close()
			})
		})
		t.Run(fmt.Sprint("Drain", size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, pushed := crowd(t, size)
				for k := range 3 {
					q.Drain(nil)
					synctest.Wait()
					if got, want := len(pushed), size*(k+2); got != want {
						t.Errorf("after %d drains %d pushed, want %d", k+1, got, want)
					}
				}
				q.Close()
			})
		})
	}
}

// crowd returns a full queue at which 30 producers wait, and a channel with an
// item for each call of Push that has come through.
func crowd(t *testing.T, size int) (*queue.Queue[int], chan int) {
	t.Helper()
	q := queue.New[int](size, 1)
	pushed := make(chan int, 100)
	for v := range 30 + size {
		go func() {
			if q.Push(v) {
				pushed <- v
			}
		}()
	}
	synctest.Wait()
	if len(pushed) != size {
		t.Errorf("%d pushed, want %d", len(pushed), size)
	}
	return q, pushed
}
