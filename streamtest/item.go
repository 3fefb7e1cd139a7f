package streamtest

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/rxscope/rxscope/stream"
)

// An Item is a value of which [Conform] knows what becomes of it. It is an
// [io.Closer], so that operators give it back when nobody has received it.
type Item struct {
	N int // 1 for the first value of a source, and so on

	delivered, closed atomic.Int32
}

// String returns the number.
func (i *Item) String() string { return fmt.Sprint(i.N) }

// Close notes that the item was given back.
func (i *Item) Close() error {
	i.closed.Add(1)
	return nil
}

// A failure is an error event of a source that [Conform] makes.
type failure struct{ n int }

func (f *failure) Error() string { return fmt.Sprintf("error %d", f.n) }

// value returns the n-th value of a source, from 1. It reports false for a type
// that it has none of.
func value[T any](n int) (v T, ok bool) {
	switch p := any(&v).(type) {
	case **Item:
		*p = &Item{N: n}
		return v, true
	case *int:
		*p = n
		return v, true
	case *string:
		*p = string(rune('a' + (n-1)%26))
		return v, true
	}
	return v, false
}

// events returns the events of a pattern, new ones each time, with values that
// go on after so many.
func events[T any](p pattern, values int) []stream.Event[T] {
	all := make([]stream.Event[T], len(p))
	failures := 0
	for i, kind := range p {
		if kind == patternValue {
			values++
			all[i].Value, _ = value[T](values)
			continue
		}
		failures++
		all[i].Err = &failure{failures}
		if kind == patternFatal {
			all[i].Err = stream.Fatal(all[i].Err)
		}
	}
	return all
}

// maxDepth bounds how deep in a value items are looked for.
const maxDepth = 8

// items calls f for each item in v.
func items(v reflect.Value, depth int, f func(*Item)) {
	if depth > maxDepth || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*Item]() {
			if !v.IsNil() {
				f((*Item)(v.UnsafePointer()))
			}
			return
		}
		items(v.Elem(), depth+1, f)
	case reflect.Interface:
		items(v.Elem(), depth+1, f)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			items(v.Index(i), depth+1, f)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			items(field, depth+1, f)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			items(it.Key(), depth+1, f)
			items(it.Value(), depth+1, f)
		}
	}
}
