// Package discard gives back values that nobody received.
package discard

import (
	"io"
	"reflect"
)

// Close closes v if it is an [io.Closer], and returns the error of that. A nil
// pointer is not closed.
func Close(v any) error {
	c, ok := v.(io.Closer)
	if !ok {
		return nil
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
		return nil
	}
	return c.Close()
}

// Needed reports whether Close would do anything with v.
func Needed(v any) bool {
	_, ok := v.(io.Closer)
	return ok
}
