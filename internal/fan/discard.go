package fan

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/scope"
)

// A Discarder is what an operator does with a value that nobody received.
type Discarder[T any] struct {
	op   string
	f    func(T) // nil: a value that is an io.Closer is closed
	none bool    // and none can be
}

// NewDiscarder returns what the operator op does with a value of type T: it calls
// the last func(T) of fs, or else closes the value if it is an io.Closer.
func NewDiscarder[T any](op string, fs []any) Discarder[T] {
	d := Discarder[T]{op: op}
	for _, f := range fs {
		if f, ok := f.(func(T)); ok {
			d.f = f
		}
	}
	d.none = d.f == nil && !mayClose[T]()
	return d
}

// Discard gives v back. It neither fails nor panics: what goes wrong is reported.
func (d *Discarder[T]) Discard(ctx context.Context, v T) {
	if d.none {
		return
	}
	err := scope.ErrGoexit // unless give returns
	defer func() {
		if r := recover(); r != nil {
			err = scope.NewPanicError(r)
		}
		if err != nil {
			scope.Report(ctx, fmt.Errorf("%s: discarding a value: %w", d.op, err))
		}
	}()
	err = d.give(v)
}

func (d *Discarder[T]) give(v T) error {
	if d.f == nil {
		return discard.Close(v)
	}
	d.f(v)
	return nil
}

// Discarding returns the Discard of a [NewDiscarder].
func Discarding[T any](op string, fs []any) func(ctx context.Context, v T) {
	d := NewDiscarder[T](op, fs)
	return d.Discard
}

// mayClose reports whether a value of type T can be an io.Closer.
func mayClose[T any]() bool {
	zero := any(*new(T))
	_, closer := zero.(io.Closer)
	return closer || zero == nil // T is an interface
}

// CheckDiscards panics if one of fs is of none of the types that op holds.
func CheckDiscards(op string, fs []any, fit ...reflect.Type) {
	for _, f := range fs {
		if !slices.Contains(fit, reflect.TypeOf(f)) {
			panic(fmt.Sprintf("%s: Discard is %T, want %v", op, f, fit))
		}
	}
}
