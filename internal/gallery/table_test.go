package gallery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// ms is a frame.
const ms = time.Millisecond

// families is the table of all pictures.
var families = []family{
	{"Transform", "One value in, another one out.", transforming},
	{"Filter", "Values that do not come through.", filtering},
	{"Errors", "What becomes of error events.", recovering},
	{"Group", "Several values in one.", grouping},
	{"Time", "What depends on when events come.", timing},
	{"Flatten", "A stream for each value, and all of them in one.", flattening},
	{"Parallel", "Calls at the same time.", parallel},
	{"Decouple", "Source and consumers that do not wait for each other, or share a source.", decoupling},
	{"Combine", "Several streams in one.", combining},
	{"Utility", "What changes no event.", utility},
}

var errBad = errors.New("bad")

// text turns any stream into what can be drawn.
func text[T any](s stream.Stream[T]) stream.Stream[string] {
	return operators.Map(s, func(v T) string { return fmt.Sprint(v) })
}

// joined draws a slice as its values side by side.
func joined(s stream.Stream[[]string]) stream.Stream[string] {
	return operators.Map(s, func(v []string) string { return strings.Join(v, "") })
}

func upper(v string) string { return strings.ToUpper(v) }

// takes returns a function that takes so long for a value.
func takes(d map[string]time.Duration) func(context.Context, string) (string, error) {
	return func(ctx context.Context, v string) (string, error) {
		t := time.NewTimer(d[v])
		defer t.Stop()
		select {
		case <-t.C:
			return upper(v), nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}
