package queue

import "sync"

// A Line is a bounded queue whose places are reserved in order and filled in
// any order. One consumer takes what is filled from the front, without gaps.
type Line[T any] struct {
	mu        sync.Mutex // guards what follows
	filled    sync.Cond  // the consumer waits here
	emptied   sync.Cond  // who reserves waits here
	places    []place[T] // a ring
	head      int        // the place that is drained next
	tail      int        // the place that is reserved next
	waiting   bool
	blocked   int
	producers int
	closed    bool
	pushed    int
}

type place[T any] struct {
	v  T
	ok bool
}

// NewLine returns a line of the given length, for the given number of
// producers.
func NewLine[T any](size, producers int) *Line[T] {
	l := &Line[T]{places: make([]place[T], size), producers: producers}
	l.filled.L = &l.mu
	l.emptied.L = &l.mu
	return l
}

// Reserve returns the next place, waiting while all are taken. It reports
// false if the line was closed.
func (l *Line[T]) Reserve() (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.tail-l.head == len(l.places) && !l.closed {
		l.blocked++
		l.emptied.Wait()
		l.blocked--
	}
	if l.closed {
		return 0, false
	}
	l.tail++
	return l.tail - 1, true
}

// Fill puts v in a place that was reserved. It reports false if the line was
// closed: v was not taken then.
func (l *Line[T]) Fill(at int, v T) bool {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	l.places[at%len(l.places)] = place[T]{v, true}
	l.pushed++
	wake := l.waiting && at == l.head
	l.mu.Unlock()
	if wake {
		l.filled.Signal()
	}
	return true
}

// Enter adds a producer, as [Queue.Enter] does.
func (l *Line[T]) Enter() {
	l.mu.Lock()
	l.producers++
	l.mu.Unlock()
}

// Leave takes a producer away. When the last has left, the line ends at the
// first place that was not filled.
func (l *Line[T]) Leave() {
	l.mu.Lock()
	l.producers--
	ended := l.producers == 0
	l.mu.Unlock()
	if ended {
		l.filled.Signal()
	}
}

// Drain takes the filled places from the front, waiting while the first is
// not filled. It reports false when the line has ended. It keeps no slice; it
// appends to spare.
func (l *Line[T]) Drain(spare []T) ([]T, bool) {
	clear(spare)
	batch := spare[:0]
	l.mu.Lock()
	for !l.ready() && l.producers > 0 && !l.closed {
		l.waiting = true
		l.filled.Wait()
		l.waiting = false
	}
	batch = l.take(batch)
	wake := len(batch) > 0 && l.blocked > 0
	l.mu.Unlock()
	if wake {
		l.emptied.Broadcast()
	}
	return batch, len(batch) > 0
}

func (l *Line[T]) ready() bool {
	return l.head < l.tail && l.places[l.head%len(l.places)].ok
}

func (l *Line[T]) take(batch []T) []T {
	for l.ready() {
		p := &l.places[l.head%len(l.places)]
		batch = append(batch, p.v)
		*p = place[T]{}
		l.head++
	}
	return batch
}

// Pushed returns how many places were filled.
func (l *Line[T]) Pushed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pushed
}

// Close turns producers away, also those that wait, and returns what was
// filled and not taken.
func (l *Line[T]) Close() []T {
	l.mu.Lock()
	var rest []T
	for ; l.head < l.tail; l.head++ {
		if p := &l.places[l.head%len(l.places)]; p.ok {
			rest = append(rest, p.v)
			*p = place[T]{}
		}
	}
	l.closed = true
	l.mu.Unlock()
	l.emptied.Broadcast()
	l.filled.Signal()
	return rest
}
