package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Retry runs the source again when it has failed, that is at an error marked by
// [stream.Fatal]: it stops the source on that error, waits as [BackOff] says,
// and begins the next attempt. What the attempts before have emitted stays
// emitted. Other errors pass, and a source that ends without a Fatal error has
// ended for Retry too.
//
// The error of an attempt that is followed by another goes to the error sink of
// the scope, or with [ShowFailures] to the consumer. After the number of
// [Retries] errors pass unchanged. If no other attempt can follow after all,
// because the back-off says so, the scope drains, or the wait would not end
// before the deadline of the context or the time to shut down, then the error
// is the last event, marked as Fatal. A wait ends at once when the context ends
// or the scope drains; with the former the error comes and then the cause. A
// wait is one timer, and no goroutine.
//
// Once the context has ended nothing is tried again and errors pass. A stream
// of several sources, such as that of package merge, begins them all again at
// the Fatal error of one: apply Retry to each. A source that fails at once and
// for ever is run without end if there is neither a limit nor a wait; memory
// does not grow. Retry panics if src is nil.
//
// ReactiveX: retry.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Retry.svg
func Retry[T any](src stream.Stream[T], opts ...RetryOption) stream.Stream[T] {
	mustBe("Retry", "src", src != nil)
	o := newRetryOptions("Retry", stream.IsFatal, opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		r := retrier[T]{out: outlet[T]{ctx: ctx, yield: yield}, tries: attempts{retryOptions: o}}
		defer r.tries.leave(ctx)
		for r.attempt(src) {
		}
	}
}

// A retrier is one run of Retry.
type retrier[T any] struct {
	out    outlet[T]
	tries  attempts
	failed bool // the attempt, with an error that another shall follow
}

// attempt runs the source once, and reports whether to do so again.
func (r *retrier[T]) attempt(src stream.Stream[T]) bool {
	r.failed = false
	ctx := r.out.ctx
	src(ctx, func(v T, err error) bool {
		if err != nil {
			return r.fail(err)
		}
		if r.tries.n > 0 && r.tries.anew {
			r.tries.reset()
		}
		return r.out.value(v)
	})
	if !r.failed || r.out.stopped {
		r.out.end()
		return false
	}
	if r.tries.again(ctx) {
		r.tries.leave(ctx) // to the sink
		return true
	}
	if err := r.tries.take(); err == nil || r.out.fail(stream.Fatal(err)) {
		r.out.goesOn() // tells of a cut
	}
	return false
}

// fail passes an error on, or holds it and ends the attempt.
func (r *retrier[T]) fail(err error) bool {
	if !r.tries.hold(r.out.ctx, err) {
		if r.out.ctx.Err() != nil {
			r.out.owe() // for the attempt that would have come
		}
		return r.out.fail(err)
	}
	r.failed = true
	if r.tries.show {
		r.out.fail(r.tries.take())
	}
	return false
}

// MapRetry emits f of each value, and calls f again for a value for which it
// has failed, after waiting as [BackOff] says. After the number of [Retries] the
// error is an event in place of the value, and the run goes on with the next
// one. Errors of the source pass.
//
// The error of a call that is followed by another goes to the error sink of the
// scope, or with [ShowFailures] to the consumer. No other call follows once the
// scope drains or the context has ended, nor if the wait would not end before
// the deadline of the context or the time to shut down; a wait ends at once
// then. A wait is one timer, and no goroutine; the source is held up meanwhile.
//
// f runs under the context of the run, on the runner's goroutine. If it answers
// the end of that context with the context's own error, that is the cut, and
// the cause comes last, once. MapRetry panics if src or f is nil.
//
// ReactiveX: concatMap of a stream with retry.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MapRetry.svg
func MapRetry[T, R any](src stream.Stream[T], f func(ctx context.Context, v T) (R, error), opts ...RetryOption) stream.Stream[R] {
	mustBe("MapRetry", "src", src != nil)
	mustBe("MapRetry", "f", f != nil)
	o := newRetryOptions("MapRetry", func(error) bool { return true }, opts)
	return func(ctx context.Context, yield func(R, error) bool) {
		m := mapRetrier[T, R]{f: f, out: outlet[R]{ctx: ctx, yield: yield}, tries: attempts{retryOptions: o}}
		defer m.tries.leave(ctx)
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return m.out.fail(err)
			}
			r, err := f(ctx, v)
			if err != nil {
				return m.again(v, err)
			}
			return m.out.value(r)
		})
		m.out.end()
	}
}

// A mapRetrier is one run of MapRetry.
type mapRetrier[T, R any] struct {
	f     func(ctx context.Context, v T) (R, error)
	out   outlet[R]
	tries attempts
}

// again makes the attempts for v after the first, which has failed with err.
func (m *mapRetrier[T, R]) again(v T, err error) bool {
	ctx := m.out.ctx
	var r R
	for m.tries.reset(); err != nil; r, err = m.f(ctx, v) {
		switch {
		case stream.IsCut(ctx, err):
			return m.out.owe()
		case !m.tries.hold(ctx, err):
			m.tries.held = err
			return m.giveUp()
		case m.tries.show && !m.out.fail(m.tries.take()):
			return false
		case !m.tries.again(ctx):
			return m.giveUp()
		}
		m.tries.leave(ctx) // to the sink
	}
	return m.out.value(r)
}

// giveUp tells of the failure of the last attempt, unless it has been shown.
func (m *mapRetrier[T, R]) giveUp() bool {
	if err := m.tries.take(); err != nil && !m.out.fail(err) {
		return false
	}
	return m.out.ctx.Err() == nil || m.out.owe()
}
