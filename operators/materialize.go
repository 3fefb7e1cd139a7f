package operators

import (
	"context"
	"errors"

	"github.com/rxscope/rxscope/stream"
)

// ErrEnd stands in the last event of [Materialize] for the end of the source.
// It is no failure.
var ErrEnd = errors.New("operators: end of the stream")

// Materialize emits each event as a value, errors too, and at the end of the
// source one more whose Err is [ErrEnd]. So errors can be counted, grouped or
// delayed as values are; [Dematerialize] is the way back.
//
// A cut is not made a value: the cause comes last, as an error, and no ErrEnd.
// Materialize panics if src is nil.
//
// ReactiveX: materialize, except that an error is not the last.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Materialize.svg
func Materialize[T any](src stream.Stream[T]) stream.Stream[stream.Event[T]] {
	mustBe("Materialize", "src", src != nil)
	return func(ctx context.Context, yield func(stream.Event[T], error) bool) {
		out := outlet[stream.Event[T]]{ctx: ctx, yield: yield}
		src(ctx, func(v T, err error) bool {
			if err != nil && stream.IsCut(ctx, err) {
				return out.fail(err)
			}
			return out.value(stream.Event[T]{Value: v, Err: err})
		})
		if out.goesOn() {
			yield(stream.Event[T]{Err: ErrEnd}, nil)
		}
	}
}

// Dematerialize emits what the events say: the Value of one without Err, else
// the Err as an error event. It ends at an event whose Err is [ErrEnd] itself,
// and stops its source there; the end of the source is the end as well. Errors
// of the source pass. Dematerialize panics if src is nil.
//
// ReactiveX: dematerialize, except that an error is not the last.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Dematerialize.svg
func Dematerialize[T any](src stream.Stream[stream.Event[T]]) stream.Stream[T] {
	mustBe("Dematerialize", "src", src != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		src(ctx, func(e stream.Event[T], err error) bool {
			switch {
			case err != nil:
				return out.fail(err)
			case e.Err == nil:
				return out.value(e.Value)
			case e.Err == ErrEnd: //nolint:errorlint // one that wraps it is a failure
				return false
			}
			return out.answer(e.Err)
		})
		out.end()
	}
}
