package operators

import (
	"context"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// DelayErrors emits the values as they come and holds the errors back: at the
// end of the source comes one [*stream.JoinedError] with the first k of them,
// which counts the rest. If one of them was marked by [stream.Fatal], so is
// that error. Without errors the stream simply ends.
//
// Once the context has ended errors pass at once, the cause last. What is held
// then, or when the consumer stops, goes to the error sink of the scope, as one
// JoinedError. DelayErrors panics if src is nil or k < 0.
//
// ReactiveX: the operators named DelayError of RxJava, for any.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DelayErrors.svg
func DelayErrors[T any](src stream.Stream[T], k int) stream.Stream[T] {
	mustBe("DelayErrors", "src", src != nil)
	atLeast("DelayErrors", "k", k, 0)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		held := delayed{keep: k}
		defer func() { scope.Report(ctx, held.take()) }()
		src(ctx, func(v T, err error) bool {
			switch {
			case err == nil:
				return out.value(v)
			case ctx.Err() != nil:
				return out.fail(err)
			}
			held.add(err)
			return true
		})
		if !held.empty() && out.goesOn() {
			var zero T
			yield(zero, held.take())
		}
	}
}

// delayed is the errors that are held, in bounded number.
type delayed struct {
	keep  int
	errs  []error
	more  int
	fatal bool
}

func (d *delayed) empty() bool { return len(d.errs)+d.more == 0 }

func (d *delayed) add(err error) {
	d.fatal = d.fatal || stream.IsFatal(err)
	if len(d.errs) < d.keep {
		d.errs = append(d.errs, err)
	} else {
		d.more++
	}
}

// take returns what is held as one error, and holds it no longer.
func (d *delayed) take() error {
	if d.empty() {
		return nil
	}
	var err error = &stream.JoinedError{Errs: d.errs, More: d.more}
	if d.fatal {
		err = stream.Fatal(err)
	}
	*d = delayed{keep: d.keep}
	return err
}
