package benchmarks

import (
	"context"
	"sync"

	"github.com/rxscope/rxscope/stream"
)

// A handQueue is what the floors of the asynchronous rows move events with: the
// cheapest bounded queue with the least that any such queue must have. It is a
// slice under a mutex that the consumer takes whole. Nobody is woken who is not
// parked; of parked producers one, who wakes the next if there is room. It ends
// when all producers have left, or at once with the context.
type handQueue[T any] struct {
	mu        sync.Mutex // guards what follows
	filled    sync.Cond
	emptied   sync.Cond
	items     []T
	size      int
	waiting   bool
	blocked   int
	producers int
	ended     bool
}

// newHandQueue returns a queue and what detaches it from ctx.
func newHandQueue[T any](ctx context.Context, size, producers int) (*handQueue[T], func() bool) {
	q := &handQueue[T]{size: size, producers: producers}
	q.filled.L, q.emptied.L = &q.mu, &q.mu
	return q, context.AfterFunc(ctx, q.end)
}

func (q *handQueue[T]) end() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.filled.Signal()
	q.emptied.Broadcast()
}

// push waits for room for v. It reports false if the queue has ended.
func (q *handQueue[T]) push(v T) bool { return q.add(v, 0) }

// pushLast is push and leave in one.
func (q *handQueue[T]) pushLast(v T) bool { return q.add(v, 1) }

func (q *handQueue[T]) add(v T, leaving int) bool {
	q.mu.Lock()
	parked := false
	for len(q.items) >= q.size && !q.ended {
		q.blocked++
		q.emptied.Wait()
		q.blocked--
		parked = true
	}
	if q.ended {
		q.mu.Unlock()
		return false
	}
	q.items = append(q.items, v)
	q.producers -= leaving
	wake := q.waiting
	pass := parked && q.blocked > 0 && len(q.items) < q.size
	q.mu.Unlock()
	if wake {
		q.filled.Signal()
	}
	if pass {
		q.emptied.Signal()
	}
	return true
}

// leave takes a producer away.
func (q *handQueue[T]) leave() {
	q.mu.Lock()
	q.producers--
	last := q.producers == 0
	q.mu.Unlock()
	if last {
		q.filled.Signal()
	}
}

// drain waits for items and takes them all, giving batch in return. It returns
// none when the queue has ended.
func (q *handQueue[T]) drain(batch []T) []T {
	q.mu.Lock()
	for len(q.items) == 0 && q.producers > 0 && !q.ended {
		q.waiting = true
		q.filled.Wait()
		q.waiting = false
	}
	batch, q.items = q.items, batch[:0]
	wake := q.blocked > 0
	q.mu.Unlock()
	if wake {
		q.emptied.Signal()
	}
	return batch
}

// addUp consumes a queue of events. It goes no further than the end of the
// context or the first error, and returns -1 then.
func addUp(ctx context.Context, q *handQueue[stream.Event[int]]) int {
	total := 0
	var batch []stream.Event[int]
	for {
		batch = q.drain(batch)
		if len(batch) == 0 {
			return must(total, ctx.Err())
		}
		for _, e := range batch {
			if e.Err != nil || ctx.Err() != nil {
				return -1
			}
			total += e.Value
		}
	}
}
