package stream

import "context"

// Defer returns a stream that f makes anew for each run, from the context of
// that run. It is cold if what f returns shares nothing between calls. f is not
// called if the context has ended. Defer panics if f is nil, a run if f returns
// nil.
func Defer[T any](f func(ctx context.Context) Stream[T]) Stream[T] {
	if f == nil {
		panic("stream: Defer: f is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
			return
		}
		s := f(ctx)
		if s == nil {
			panic("stream: Defer: f returned a nil stream")
		}
		s(ctx, yield)
	}
}

// Iif returns a stream that runs yes if cond reports true, and no otherwise: cond is
// called anew for each run, when that begins, and not if the context has ended.
// It panics if an argument is nil.
//
// ReactiveX: if; RxJS: iif.
func Iif[T any](cond func() bool, yes, no Stream[T]) Stream[T] {
	switch {
	case cond == nil:
		panic("stream: Iif: cond is nil")
	case yes == nil:
		panic("stream: Iif: yes is nil")
	case no == nil:
		panic("stream: Iif: no is nil")
	}
	return Defer(func(context.Context) Stream[T] {
		if cond() {
			return yes
		}
		return no
	})
}

// Using returns a stream that holds a resource for the time of a run: open
// gets it, the stream that use makes of it is run, and release gives it back.
// It is cold: each run opens its own.
//
// For each open that succeeded, release is called once, on the runner's
// goroutine, when the stream has returned: also if the consumer broke out of
// its loop, if something panicked, use included, or if the goroutine is
// exiting. The context may have ended by then. What release has to report, it
// must report itself.
//
// An error of open is the one event of the run, marked by [Fatal], unless the
// context has ended and the error says no more than that: then the cause is.
// Nothing is opened if the context has ended before. Using panics if a
// function is nil, a run if use returns nil.
func Using[R, T any](open func(ctx context.Context) (R, error), use func(R) Stream[T], release func(R)) Stream[T] {
	switch {
	case open == nil:
		panic("stream: Using: open is nil")
	case use == nil:
		panic("stream: Using: use is nil")
	case release == nil:
		panic("stream: Using: release is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
			return
		}
		r, err := open(ctx)
		if err != nil {
			if IsCut(ctx, err) {
				err = context.Cause(ctx)
			} else {
				err = Fatal(err)
			}
			var zero T
			yield(zero, err)
			return
		}
		defer release(r)
		s := use(r)
		if s == nil {
			panic("stream: Using: use returned a nil stream")
		}
		s(ctx, yield)
	}
}
