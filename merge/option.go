package merge

import (
	"context"
	"reflect"

	"github.com/rxscope/rxscope/internal/fan"
)

// An Option configures an operator of this package.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	discards []any // func(T)
}

// Discard makes an operator call f with each value that a source produced and
// nobody received: once for each, before the run returns. Without it such a
// value is closed if it is an [io.Closer]. f may be called by several
// goroutines at once. If f panics, the panic goes to the
// error sink of the scope. Discard panics if f is nil, an operator if its
// values are not of type T.
func Discard[T any](f func(v T)) Option {
	if f == nil {
		panic("merge: Discard: f is nil")
	}
	return optionFunc(func(o *options) { o.discards = append(o.discards, f) })
}

func discardOf[T any](op string, opts []Option) func(ctx context.Context, v T) {
	return fan.Discarding[T]("merge: "+op, discards(op, opts, reflect.TypeFor[func(T)]()))
}

// discards returns the functions given by [Discard]. It panics if one is of none
// of the types that fit.
func discards(op string, opts []Option, fit ...reflect.Type) []any {
	o := new(options)
	for _, opt := range opts {
		opt.apply(o)
	}
	fan.CheckDiscards("merge: "+op, o.discards, fit...)
	return o.discards
}
