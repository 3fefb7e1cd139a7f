package queue

import "sync"

// A Line is a bounded queue whose places are reserved in order, by one producer,
// and filled in any order. One consumer takes what is filled from the front,
// without gaps.
type Line[T any] struct {
	size  int
	tail  int // the place that is reserved next; of the producer that reserves
	limit int // it may reserve up to here, as far as it knows

	mu        sync.Mutex // guards what follows
	filled    sync.Cond  // the consumer waits here
	emptied   sync.Cond  // who reserves waits here
	places    []place[T] // a ring, which grows up to size
	head      int        // the place that is drained next
	waiting   bool
	blocked   bool
	producers int
	closed    bool
	pushed    int
}

// firstPlaces is how many places a line begins with: most runs are short.
const firstPlaces = 16

type place[T any] struct {
	v  T
	ok bool
}

// NewLine returns a line of the given length, for the given number of
// producers.
func NewLine[T any](size, producers int) *Line[T] {
	first := min(size, firstPlaces)
	l := &Line[T]{size: size, limit: first, places: make([]place[T], first), producers: producers}
	l.filled.L = &l.mu
	l.emptied.L = &l.mu
	return l
}

// Reserve returns the next place, waiting while all are taken. It reports
// false if it has waited and the line was closed. Who has waited is woken when
// half of the places are free: then it does not wait for each.
func (l *Line[T]) Reserve() (int, bool) {
	if l.tail == l.limit && !l.await() {
		return 0, false
	}
	l.tail++
	return l.tail - 1, true
}

// await waits for a free place, and reports false if the line was closed.
func (l *Line[T]) await() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tail == l.head+len(l.places) && len(l.places) < l.size && !l.closed {
		l.grow()
	}
	for l.tail == l.head+len(l.places) && !l.closed {
		l.blocked = true
		l.emptied.Wait()
		l.blocked = false
	}
	l.limit = l.head + len(l.places)
	return !l.closed
}

// grow doubles the ring. The caller holds l.mu.
func (l *Line[T]) grow() {
	places := make([]place[T], min(2*len(l.places), l.size))
	for at := l.head; at < l.tail; at++ {
		places[at%len(places)] = l.places[at%len(l.places)]
	}
	l.places = places
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
	wake := l.blocked && l.tail-l.head <= len(l.places)/2
	l.mu.Unlock()
	if wake {
		l.emptied.Signal()
	}
	return batch, len(batch) > 0
}

func (l *Line[T]) ready() bool { return l.places[l.head%len(l.places)].ok }

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
	for range l.places {
		if p := &l.places[l.head%len(l.places)]; p.ok {
			rest = append(rest, p.v)
			*p = place[T]{}
		}
		l.head++
	}
	l.closed = true
	l.mu.Unlock()
	l.emptied.Signal()
	l.filled.Signal()
	return rest
}
