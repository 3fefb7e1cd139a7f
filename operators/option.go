package operators

import (
	"context"
	"reflect"

	"github.com/rxscope/rxscope/internal/fan"
)

// An Option configures an operator that holds values for a while.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	discards []any // func(T), for one T or another
	window   int   // 0: as the operator has it
}

// newOptions returns what opts say to the operator op, which has no window.
func newOptions(op string, opts []Option) *options {
	o := windowedOptions(opts)
	if o.window > 0 {
		panic("operators: " + op + ": it has no Window")
	}
	return o
}

func windowedOptions(opts []Option) *options {
	o := new(options)
	for _, opt := range opts {
		opt.apply(o)
	}
	return o
}

// Window bounds how many values [MapOrdered] holds: at most n from the oldest whose
// result the consumer has not taken to the newest that was read. A small window
// reads little ahead; a large one lets more calls end behind a slow one. With fewer
// than the calls that may run at a time, only so many run. Without it n is 256, or
// twice the calls if that is more. Window panics if n < 1, and so do the other
// operators if they are given one.
func Window(n int) Option {
	atLeast("Window", "n", n, 1)
	return optionFunc(func(o *options) { o.window = n })
}

// Discard makes an operator call f with each value that it took from its
// source, or that a task of it produced, and that nobody received: once for
// each, before the run returns. Without it such a value is closed if it is an
// [io.Closer], and an error of that goes to the error sink of the scope.
//
// f may be called by several goroutines at once. It has no way to fail; if it
// panics, the panic goes to the sink and the
// remaining values get their turn. An operator that holds both values of its
// source and results takes one Discard for each; of several for one type the
// last counts. Discard panics if f is nil, an operator if T is not a type it
// holds.
func Discard[T any](f func(v T)) Option {
	mustBe("Discard", "f", f != nil)
	return optionFunc(func(o *options) { o.discards = append(o.discards, f) })
}

// discardOf returns what the operator op does with a value that nobody
// received. It panics if opts have a Discard for values of another type.
func discardOf[T any](op string, opts []Option) func(ctx context.Context, v T) {
	o := newOptions(op, opts)
	fan.CheckDiscards("operators: "+op, o.discards, reflect.TypeFor[func(T)]())
	return fan.Discarding[T]("operators: "+op, o.discards)
}

// discardBoth is discardOf for an operator that holds values of its source and
// results.
func discardBoth[T, R any](op string, opts []Option) (values func(context.Context, T), results func(context.Context, R)) {
	return discardsOf[T, R](op, newOptions(op, opts))
}

func discardsOf[T, R any](op string, o *options) (values func(context.Context, T), results func(context.Context, R)) {
	op = "operators: " + op
	fan.CheckDiscards(op, o.discards, reflect.TypeFor[func(T)](), reflect.TypeFor[func(R)]())
	return fan.Discarding[T](op, o.discards), fan.Discarding[R](op, o.discards)
}
