package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A RetryOption configures [Retry] and [MapRetry].
type RetryOption interface{ applyRetry(o *retryOptions) }

type retryOptionFunc func(o *retryOptions)

func (f retryOptionFunc) applyRetry(o *retryOptions) { f(o) }

type retryOptions struct {
	op      string
	max     int // of attempts after the first; negative: no limit
	backOff func() scope.BackOff
	on      func(err error) bool
	anew    bool // count anew after a value
	show    bool
}

// Retries sets how often an attempt is followed by another: n+1 attempts in
// all. The default is no limit. It panics if n < 0.
func Retries(n int) RetryOption {
	atLeast("Retries", "n", n, 0)
	return retryOptionFunc(func(o *retryOptions) { o.max = n })
}

// BackOff sets how long to wait before another attempt, counted from the error;
// a negative duration says that there shall be none. f makes a [scope.BackOff]
// for each run of [Retry] and each item of [MapRetry] that fails, and those of
// github.com/cenkalti/backoff/v5 are such. The default is no wait. BackOff
// panics if f is nil, a run if f returns nil.
func BackOff(f func() scope.BackOff) RetryOption {
	mustBe("BackOff", "f", f != nil)
	return retryOptionFunc(func(o *retryOptions) { o.backOff = f })
}

// RetryIf sets which errors are followed by another attempt: those for which
// pred says true. By default [Retry] takes the ones marked by [stream.Fatal],
// [MapRetry] all. It panics if pred is nil.
func RetryIf(pred func(err error) bool) RetryOption {
	mustBe("RetryIf", "pred", pred != nil)
	return retryOptionFunc(func(o *retryOptions) { o.on = pred })
}

// ResetOnValue makes [Retry] count anew after each value, with a new back-off:
// a source that has worked for a while has all its attempts again. The default
// is to count over the whole run. With [MapRetry], which counts for each item,
// it changes nothing.
func ResetOnValue() RetryOption {
	return retryOptionFunc(func(o *retryOptions) { o.anew = true })
}

// ShowFailures emits the error of each attempt that is followed by another, at
// once and as it is, so a Fatal mark says only that the attempt is over. By
// default such an error goes to the error sink of the scope when the next
// attempt begins.
func ShowFailures() RetryOption {
	return retryOptionFunc(func(o *retryOptions) { o.show = true })
}

func newRetryOptions(op string, on func(error) bool, opts []RetryOption) *retryOptions {
	o := &retryOptions{op: op, max: -1, on: on}
	for _, opt := range opts {
		opt.applyRetry(o)
	}
	return o
}

// attempts is the attempts at one thing, as far as they have failed.
type attempts struct {
	*retryOptions
	n    int // of those that were followed by another
	back scope.BackOff
	held error // the failure that another shall follow, until it is told
	at   time.Time
}

// hold reports whether err shall be followed by another attempt, and holds it
// until then.
func (a *attempts) hold(ctx context.Context, err error) bool {
	if a.n == a.max || ctx.Err() != nil || !a.on(err) {
		return false
	}
	a.n++
	a.held, a.at = err, time.Now()
	return true
}

// again waits, and reports whether the next attempt may begin: not once the
// context has ended or the scope drains, nor if the wait would not end in time.
func (a *attempts) again(ctx context.Context) bool {
	wait := time.Duration(0)
	if a.backOff != nil {
		if a.back == nil {
			a.back = newBackOff(a.op, a.backOff)
		}
		wait = a.back.NextBackOff()
	}
	if wait < 0 {
		return false
	}
	wait -= time.Since(a.at)
	if left, limited := scope.Remaining(ctx); limited && wait >= left {
		return false
	}
	return sleep(ctx, wait, scope.Draining(ctx))
}

// take returns the failure that is held, and holds it no longer.
func (a *attempts) take() error {
	err := a.held
	a.held = nil
	return err
}

// reset forgets what has failed before.
func (a *attempts) reset() { a.n, a.back = 0, nil }

// leave is deferred: a failure that is still held was not told to anybody.
func (a *attempts) leave(ctx context.Context) { scope.Report(ctx, a.take()) }
