package operators

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/rxscope/rxscope/stream"
)

// RateLimit emits each value when lim allows it, and holds the source back
// until then. Errors pass at once and take no token. All runs of the stream, and
// whoever else uses lim, share its tokens.
//
// It is synchronous: the wait is on the consumer's goroutine, behind the source,
// and ends when the run is cut. The value that was waiting then goes to
// [Discard], and its token back to lim. RateLimit panics if src or lim is nil, or
// if lim can never allow a value, for it has a burst of 0 and a limit.
//
// ReactiveX has none; RxJava: zip with interval; samber/ro: ratelimit.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/RateLimit.svg
func RateLimit[T any](src stream.Stream[T], lim *rate.Limiter, opts ...Option) stream.Stream[T] {
	mustBe("RateLimit", "src", src != nil)
	mustBe("RateLimit", "lim", lim != nil)
	if lim.Burst() < 1 && lim.Limit() != rate.Inf {
		panic("operators: RateLimit: lim has a burst of 0 and allows nothing")
	}
	discard := discardOf[T]("RateLimit", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			if !allowed(ctx, lim) {
				discard(ctx, v)
				return out.owe()
			}
			return out.value(v)
		})
		out.end()
	}
}

// allowed waits for a token. It reports false if the context ends before.
func allowed(ctx context.Context, lim *rate.Limiter) bool {
	if lim.Allow() {
		return true
	}
	r := lim.Reserve()
	if !r.OK() { // the burst was set to 0 meanwhile
		<-ctx.Done()
		return false
	}
	t := time.NewTimer(r.Delay())
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		r.Cancel()
		return false
	}
}
