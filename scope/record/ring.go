package record

import "slices"

// A ring keeps the last max values.
type ring[T any] struct {
	max  int
	list []T
	next int // where the next value goes once the list is full
}

func (r *ring[T]) add(v T) {
	if len(r.list) < r.max {
		r.list = append(r.list, v)
		return
	}
	r.list[r.next] = v
	r.next = (r.next + 1) % r.max
}

// newest returns a copy, the newest first.
func (r *ring[T]) newest() []T {
	list := append(slices.Clone(r.list[r.next:]), r.list[:r.next]...)
	slices.Reverse(list)
	return list
}
