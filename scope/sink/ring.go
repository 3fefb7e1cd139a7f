package sink

// A ring is a bounded queue that grows as it is needed.
type ring struct {
	max   int
	items []held
	head  int // of the oldest
	n     int
}

// push reports whether h found room.
func (r *ring) push(h held) bool {
	if r.n == r.max {
		return false
	}
	if r.n == len(r.items) {
		r.grow()
	}
	r.items[(r.head+r.n)%len(r.items)] = h
	r.n++
	return true
}

func (r *ring) grow() {
	items := make([]held, min(r.max, max(8, 2*r.n)))
	n := copy(items, r.items[r.head:])
	copy(items[n:], r.items[:r.head])
	r.items, r.head = items, 0
}

// pop takes out the oldest.
func (r *ring) pop() (h held, ok bool) {
	if r.n == 0 {
		return h, false
	}
	h, r.items[r.head] = r.items[r.head], held{}
	r.head = (r.head + 1) % len(r.items)
	r.n--
	return h, true
}

// popAll takes out all, the oldest first.
func (r *ring) popAll() []held {
	all := make([]held, 0, r.n)
	for h, ok := r.pop(); ok; h, ok = r.pop() {
		all = append(all, h)
	}
	return all
}
