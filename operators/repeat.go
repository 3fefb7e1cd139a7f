package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// Repeat runs the source n times in all, each time wait after the end of the
// time before; a negative n is without end. With n = 0 the source is never
// started: the run is that of [stream.Empty]. Errors pass and end nothing, but
// a source whose last event was marked by [stream.Fatal] has failed and is not
// run again; [Retry] is for that.
//
// When the run is cut, also during a wait, the cause comes last. A wait is one
// timer, and no goroutine. A source that ends at once, repeated without end and
// without a wait, keeps the runner busy. Repeat panics if src is nil or wait
// < 0.
//
// ReactiveX: repeat with a delay.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Repeat.svg
func Repeat[T any](src stream.Stream[T], n int, wait time.Duration) stream.Stream[T] {
	mustBe("Repeat", "src", src != nil)
	if wait < 0 {
		panic(fmt.Sprintf("operators: Repeat: wait is %v, want at least 0", wait))
	}
	if n == 0 {
		return stream.Empty[T]()
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		failed := false
		each := func(v T, err error) bool {
			if err == nil {
				failed = false
				return out.value(v)
			}
			failed = stream.IsFatal(err)
			return out.fail(err)
		}
		for i := 1; ; i++ {
			src(ctx, each)
			if i == n || failed || !out.goesOn() {
				return
			}
			if wait > 0 && !sleep(ctx, wait, nil) {
				out.goesOn() // tells of the cut
				return
			}
		}
	}
}
