package stream

import "context"

// ForEach runs s and calls f with each value, on the calling goroutine. It
// ends at the first error of either side, an error event or an error that f
// returns, and returns that error; the cause of a cut run is such an event.
// ForEach panics if f is nil.
func (s Stream[T]) ForEach(ctx context.Context, f func(T) error) error {
	if f == nil {
		panic("stream: ForEach: f is nil")
	}
	var failure error
	s(ctx, func(v T, err error) bool {
		if err == nil {
			err = f(v)
		}
		failure = err
		return err == nil
	})
	return failure
}

// ForEachEvent runs s and calls f with each event, value or error, on the
// calling goroutine. An error that f returns ends the run and is returned. An
// error event for which f returns nil is dealt with, and the run goes on, with
// one exception: if the run was cut, the cause is returned whatever f made of
// it. ForEachEvent panics if f is nil.
func (s Stream[T]) ForEachEvent(ctx context.Context, f func(v T, err error) error) error {
	if f == nil {
		panic("stream: ForEachEvent: f is nil")
	}
	var failure error
	s(ctx, func(v T, err error) bool {
		if failed := f(v, err); failed != nil {
			failure = failed
			return false
		}
		if err != nil && IsCut(ctx, err) {
			failure = err
		}
		return true
	})
	return failure
}

// Drain runs s to its end and calls onError with each error, on the calling
// goroutine; values are dropped. If the run was cut, the cause is not handed to
// onError but returned. Drain panics if onError is nil.
func (s Stream[T]) Drain(ctx context.Context, onError func(error)) error {
	if onError == nil {
		panic("stream: Drain: onError is nil")
	}
	var cut error
	s(ctx, func(_ T, err error) bool {
		switch {
		case err == nil:
		case IsCut(ctx, err):
			cut = err
		default:
			onError(err)
		}
		return true
	})
	return cut
}
