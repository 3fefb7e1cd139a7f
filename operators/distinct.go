package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// DistinctUntilChanged emits the values that differ from the one before, the
// first among them. Errors pass, and an error between two equal values makes
// the second none the newer. It panics if src is nil; a run panics if T is an
// interface and values cannot be compared.
//
// ReactiveX: distinctUntilChanged.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DistinctUntilChanged.svg
func DistinctUntilChanged[T comparable](src stream.Stream[T]) stream.Stream[T] {
	mustBe("DistinctUntilChanged", "src", src != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		var last T
		begun := false
		src(ctx, func(v T, err error) bool {
			if err == nil {
				if begun && v == last {
					return true
				}
				last, begun = v, true
			}
			return yield(v, err)
		})
	}
}

// DistinctUntilChangedBy is [DistinctUntilChanged] for what key makes of the
// values: of several in a row with equal keys it emits the first. It panics if
// src or key is nil.
//
// ReactiveX: distinctUntilKeyChanged; distinctUntilChangedBy of Kotlin.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DistinctUntilChangedBy.svg
func DistinctUntilChangedBy[T any, K comparable](src stream.Stream[T], key func(v T) K) stream.Stream[T] {
	mustBe("DistinctUntilChangedBy", "src", src != nil)
	mustBe("DistinctUntilChangedBy", "key", key != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		var last K
		begun := false
		src(ctx, func(v T, err error) bool {
			if err == nil {
				k := key(v)
				if begun && k == last {
					return true
				}
				last, begun = k, true
			}
			return yield(v, err)
		})
	}
}

// Distinct emits the values that do not equal one it remembers. It remembers
// the last size values that it has emitted, each for the time age; an age of 0
// is without limit. A value that it drops is not emitted, so dropping one
// prolongs nothing. Errors pass. Memory grows up to size values.
//
// Values that do not equal themselves, such as NaN, always come. Distinct
// panics if src is nil, size < 1 or age < 0; a run panics if T is an interface
// and values cannot be compared.
//
// ReactiveX: distinct, which remembers everything.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Distinct.svg
func Distinct[T comparable](src stream.Stream[T], size int, age time.Duration) stream.Stream[T] {
	return distinctBy("Distinct", src, func(v T) T { return v }, size, age)
}

// DistinctBy is [Distinct] for what key makes of the values: it remembers their
// keys. It panics if src or key is nil, size < 1 or age < 0.
//
// ReactiveX: distinct with a key selector.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DistinctBy.svg
func DistinctBy[T any, K comparable](src stream.Stream[T], key func(v T) K, size int, age time.Duration) stream.Stream[T] {
	return distinctBy("DistinctBy", src, key, size, age)
}

func distinctBy[T any, K comparable](op string, src stream.Stream[T], key func(v T) K, size int, age time.Duration) stream.Stream[T] {
	mustBe(op, "src", src != nil)
	mustBe(op, "key", key != nil)
	atLeast(op, "size", size, 1)
	if age < 0 {
		panic(fmt.Sprintf("operators: %s: age is %v, want at least 0", op, age))
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		m := memory[K]{size: size, age: age, keys: make(map[K]struct{})}
		src(ctx, func(v T, err error) bool {
			if err == nil && !m.add(key(v)) {
				return true
			}
			return yield(v, err)
		})
	}
}

// A memory is the keys that came last, in bounded number and age.
type memory[K comparable] struct {
	size  int
	age   time.Duration // 0: no limit
	keys  map[K]struct{}
	order fifo[remembered[K]]
}

type remembered[K comparable] struct {
	key  K
	till time.Time // zero if there is no limit
}

// add remembers k, and reports whether it was new.
func (m *memory[K]) add(k K) bool {
	if k != k { // NaN: it would never be found again, nor forgotten
		return true
	}
	var till time.Time
	if m.age > 0 {
		now := time.Now()
		till = now.Add(m.age)
		for m.order.len() > 0 && !now.Before(m.order.front().till) {
			m.forget()
		}
	}
	if _, known := m.keys[k]; known {
		return false
	}
	if m.order.len() == m.size {
		m.forget()
	}
	m.keys[k] = struct{}{}
	m.order.push(remembered[K]{k, till})
	return true
}

// forget forgets the oldest key.
func (m *memory[K]) forget() {
	old, _ := m.order.pop()
	delete(m.keys, old.key)
}
