package sink

import (
	"fmt"
	"strings"
)

// maxShape is how many types a shape names: an error may join any number.
const maxShape = 16

// shapeOf returns the types along the Unwrap chain of err. The error is the
// user's, and may panic or have itself for its cause.
func shapeOf(err error) string {
	var b strings.Builder
	n := 0
	func() {
		defer func() { _ = recover() }()
		writeShape(&b, err, &n)
	}()
	return b.String()
}

func writeShape(b *strings.Builder, err error, n *int) {
	if err == nil {
		return
	}
	if *n++; *n > maxShape {
		b.WriteString("...")
		return
	}
	fmt.Fprintf(b, "%T", err)
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			b.WriteString(" > ")
			writeShape(b, inner, n)
		}
	case interface{ Unwrap() []error }:
		if all := e.Unwrap(); len(all) > 0 {
			writeShapes(b, all, n)
		}
	}
}

func writeShapes(b *strings.Builder, all []error, n *int) {
	b.WriteString(" > (")
	for i, err := range all {
		if *n > maxShape {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		writeShape(b, err, n)
	}
	b.WriteString(")")
}
