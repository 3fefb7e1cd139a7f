package operators_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/rxscope/rxscope/operators"
)

func ExampleLog() {
	timeless := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless}))
	_ = operators.Log(numbers("1", "two"), logger, "prices").Drain(context.Background(), func(error) {})
	// Output:
	// level=DEBUG msg="stream: start" stream=prices
	// level=DEBUG msg="stream: value" stream=prices value=1
	// level=WARN msg="stream: error" stream=prices error="\"two\" is no number"
	// level=DEBUG msg="stream: end" stream=prices values=1 errors=1
}

// An error is a boundary here too.
func ExampleChunkWhile() {
	next := func(last, n int) bool { return n == last+1 }
	show(operators.ChunkWhile(numbers("1", "2", "3", "7", "?", "8", "9"), 100, next))
	// Output:
	// [1 2 3]
	// [7]
	// error: "?" is no number
	// [8 9]
}

// The windows that are open come out before an error, and at the end.
func ExampleSliding() {
	show(operators.Sliding(numbers("1", "2", "3", "4", "?", "5"), 3, 2))
	// Output:
	// [1 2 3]
	// [3 4]
	// error: "?" is no number
	// [5]
}
