package stream

import (
	"context"
	"fmt"
	"io"
)

// WriteLines writes each value and a \n to w, and returns how many it has written
// and the first error: of the stream, which ends the run, or of w, with the number
// of the line. w is not buffered. It panics if s or w is nil.
//
// It is the counterpart of [Lines].
func WriteLines(ctx context.Context, s Stream[string], w io.Writer) (int, error) {
	switch {
	case s == nil:
		panic("stream: WriteLines: s is nil")
	case w == nil:
		panic("stream: WriteLines: w is nil")
	}
	n := 0
	err := s.ForEach(ctx, func(line string) error {
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return fmt.Errorf("stream: writing line %d: %w", n+1, err)
		}
		n++
		return nil
	})
	return n, err
}
