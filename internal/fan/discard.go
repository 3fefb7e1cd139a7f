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

// Discarder returns what the operator op does with a value of type T that
// nobody received: it calls the last func(T) of fs, or else closes the value if
// it is an io.Closer. The function returned neither fails nor panics: what goes
// wrong is reported.
func Discarder[T any](op string, fs []any) func(ctx context.Context, v T) {
	var give func(v T) error
	for _, f := range fs {
		if f, ok := f.(func(T)); ok {
			give = func(v T) error { f(v); return nil }
		}
	}
	if give == nil {
		if !mayClose[T]() {
			return func(context.Context, T) {} // a value costs nothing
		}
		give = func(v T) error { return discard.Close(v) }
	}
	return func(ctx context.Context, v T) {
		err := scope.ErrGoexit // unless give returns
		defer func() {
			if r := recover(); r != nil {
				err = scope.NewPanicError(r)
			}
			if err != nil {
				scope.Report(ctx, fmt.Errorf("%s: discarding a value: %w", op, err))
			}
		}()
		err = give(v)
	}
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
