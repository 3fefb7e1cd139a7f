package operators

// A fifo is a queue of values; the zero fifo is empty. Its memory follows the
// most it ever held, not what passed through.
type fifo[T any] struct {
	buf  []T // of which those before head are gone
	head int
}

func (q *fifo[T]) len() int { return len(q.buf) - q.head }

// front returns the oldest value, which must exist.
func (q *fifo[T]) front() *T { return &q.buf[q.head] }

func (q *fifo[T]) push(v T) {
	// Half of what is moved has gone, so a value is moved once on average.
	if len(q.buf) == cap(q.buf) && q.head > 0 && q.head >= len(q.buf)/2 {
		n := copy(q.buf, q.buf[q.head:])
		clear(q.buf[n:])
		q.buf, q.head = q.buf[:n], 0
	}
	q.buf = append(q.buf, v)
}

// pop takes the oldest value off, if there is one.
func (q *fifo[T]) pop() (v T, ok bool) {
	if q.len() == 0 {
		return v, false
	}
	var zero T
	v, q.buf[q.head] = q.buf[q.head], zero
	q.head++
	return v, true
}
