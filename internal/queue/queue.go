// Package queue moves events between goroutines, in batches.
package queue

import "sync"

// Size is the length of queue that serves one consumer best. Longer ones are
// slower on more than one core: producers then fight for the lock instead of
// parking.
const Size = 64

// A Queue is a bounded first-in first-out queue for many producers. One
// consumer takes all that has piled up, with Drain, or several take one item
// each, with Take. Nobody is woken who is not parked, and of parked producers
// one at a time: it wakes the next if it leaves room.
type Queue[T any] struct {
	mu        sync.Mutex // guards what follows
	filled    sync.Cond  // consumers wait here
	emptied   sync.Cond  // producers wait here
	items     []T
	head      int // items before it have been taken
	size      int
	waiting   int // parked consumers
	blocked   int // parked producers
	producers int
	closed    bool
	woken     bool // Drain is to return, whatever there is
	pushed    int
}

// New returns a queue that holds up to size items, for the given number of
// producers.
func New[T any](size, producers int) *Queue[T] {
	q := &Queue[T]{size: size, producers: producers}
	q.filled.L = &q.mu
	q.emptied.L = &q.mu
	return q
}

// Push appends v, waiting while the queue is full. It reports false if the
// queue was closed: v was not taken then.
func (q *Queue[T]) Push(v T) bool {
	q.mu.Lock()
	woken := false
	for len(q.items)-q.head >= q.size && !q.closed {
		q.blocked++
		q.emptied.Wait()
		q.blocked--
		woken = true
	}
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.items = append(q.items, v)
	q.pushed++
	wake := q.waiting > 0
	pass := woken && q.blocked > 0 && len(q.items)-q.head < q.size
	q.mu.Unlock()
	if wake {
		q.filled.Signal()
	}
	if pass {
		q.emptied.Signal()
	}
	return true
}

// Enter adds a producer. The caller is a producer itself, or knows that one
// has not left.
func (q *Queue[T]) Enter() {
	q.mu.Lock()
	q.producers++
	q.mu.Unlock()
}

// Leave takes a producer away. When the last has left, the queue ends once it
// is empty.
func (q *Queue[T]) Leave() {
	q.mu.Lock()
	q.producers--
	ended := q.producers == 0
	q.mu.Unlock()
	if ended {
		q.filled.Broadcast()
	}
}

// Drain takes all items, waiting while there are none, unless it is woken by
// [Queue.Wake]. It reports false when the queue has ended. It keeps the slice it
// is given for later use; the one it returns is the caller's until it gives it
// back.
func (q *Queue[T]) Drain(spare []T) ([]T, bool) {
	clear(spare)
	q.mu.Lock()
	if !q.wait() && !q.woken {
		q.mu.Unlock()
		return nil, false
	}
	q.woken = false
	batch := q.items
	q.items = spare[:0]
	wake := q.blocked > 0
	q.mu.Unlock()
	if wake {
		q.emptied.Signal()
	}
	return batch, true
}

// Take takes the first item, waiting while there is none. It reports false
// when the queue has ended. Producers are woken when the queue is half empty, so
// that they do not wait for each item. It and Drain are not for one and the same
// queue.
func (q *Queue[T]) Take() (T, bool) {
	var v, zero T
	q.mu.Lock()
	if !q.wait() {
		q.mu.Unlock()
		return zero, false
	}
	v, q.items[q.head] = q.items[q.head], zero
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head >= q.size {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	wake := q.blocked > 0 && len(q.items)-q.head <= q.size/2
	q.mu.Unlock()
	if wake {
		q.emptied.Signal()
	}
	return v, true
}

// wait waits until there is an item, and reports false if there will be none.
func (q *Queue[T]) wait() bool {
	for q.head == len(q.items) && q.producers > 0 && !q.closed && !q.woken {
		q.waiting++
		q.filled.Wait()
		q.waiting--
	}
	return q.head < len(q.items)
}

// Wake makes Drain return, now or when it is called next, if only with nothing.
func (q *Queue[T]) Wake() {
	q.mu.Lock()
	q.woken = true
	wake := q.waiting > 0
	q.mu.Unlock()
	if wake {
		q.filled.Signal()
	}
}

// Sleep waits until somebody calls [Queue.Wake], or closes q.
func (q *Queue[T]) Sleep() {
	q.mu.Lock()
	for !q.closed && !q.woken {
		q.waiting++
		q.filled.Wait()
		q.waiting--
	}
	q.woken = false
	q.mu.Unlock()
}

// Empty reports whether there is nothing to take.
func (q *Queue[T]) Empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.head == len(q.items)
}

// Pushed returns how many items the queue has taken.
func (q *Queue[T]) Pushed() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pushed
}

// Close turns producers away, also those that wait, and returns the items that
// nobody has taken.
func (q *Queue[T]) Close() []T {
	q.mu.Lock()
	rest := q.items[q.head:]
	q.items, q.head = nil, 0
	q.closed = true
	q.mu.Unlock()
	q.emptied.Broadcast()
	q.filled.Broadcast()
	return rest
}
