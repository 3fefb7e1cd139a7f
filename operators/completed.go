package operators

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// AsCompleted runs all fns at once, each as a task, and emits their results in
// order of completion. A failure is an event too, a [*scope.TaskError] whose
// Index tells which of fns it was, and the stream goes on after it.
//
// The run opens a scope named as-completed. Breaking out of the loop ends the
// context of the functions that still run and waits for them; their results go
// to Discard, here the default: closed if they are [io.Closer]. Each run starts
// the functions anew. For a limit, an option or an unbounded input see
// [AsCompletedSeq]. It panics if one of fns is nil.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/AsCompleted.svg
func AsCompleted[T any](fns ...scope.Func[T]) stream.Stream[T] {
	for _, fn := range fns {
		mustBe("AsCompleted", "one of fns", fn != nil)
	}
	fns = slices.Clone(fns)
	discard := discardOf[T]("AsCompleted", nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		// Every result has its place before its task starts, so that none of
		// them ever waits to deliver.
		fan.Do(ctx, "as-completed", max(len(fns), 1), discard, yield, func(o *fan.Out[T]) {
			emit := func(c Completion[T], err error) bool { return o.Emit(c.Value, err) }
			for i, fn := range fns {
				j := job[T]{i, fn}
				if !o.Go(func(ctx context.Context) { j.run(ctx, o.Path, emit) }) {
					return
				}
			}
		})
	}
}

// AsCompletedSeq is [AsCompleted] for functions that come one after the other,
// at most n at a time. Up to 65 are taken from fns before they can start. A run
// ranges over fns once, on a task. It panics if n < 1 or fns is nil; a nil
// function among fns is a failure.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/AsCompletedSeq.svg
func AsCompletedSeq[T any](fns iter.Seq[scope.Func[T]], n int, opts ...Option) stream.Stream[T] {
	mustBe("AsCompletedSeq", "fns", fns != nil)
	atLeast("AsCompletedSeq", "n", n, 1)
	out := discardOf[T]("AsCompletedSeq", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		fan.Do(ctx, "as-completed", queue.Size, out, yield, func(o *fan.Out[T]) {
			startJobs(&o.Run, fns, n, func(c Completion[T], err error) bool { return o.Emit(c.Value, err) })
		})
	}
}

// A Completion is the result of one function, with the position it had.
type Completion[T any] struct {
	Index   int // among the functions, from 0
	Value   T
	Elapsed time.Duration // from the start of the function to its end
}

// AsCompletedIndexed is [AsCompletedSeq] with the results told apart: which
// function each came from and how long that took. Failures are events as
// there. [Discard] takes the value.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/AsCompletedIndexed.svg
func AsCompletedIndexed[T any](fns iter.Seq[scope.Func[T]], n int, opts ...Option) stream.Stream[Completion[T]] {
	mustBe("AsCompletedIndexed", "fns", fns != nil)
	atLeast("AsCompletedIndexed", "n", n, 1)
	value := discardOf[T]("AsCompletedIndexed", opts)
	out := func(ctx context.Context, c Completion[T]) { value(ctx, c.Value) }
	return func(ctx context.Context, yield func(Completion[T], error) bool) {
		fan.Do(ctx, "as-completed", queue.Size, out, yield, func(o *fan.Out[Completion[T]]) {
			startJobs(&o.Run, fns, n, o.Emit)
		})
	}
}

// startJobs starts n workers that call the functions of fns.
func startJobs[T, R any](r *fan.Run[R], fns iter.Seq[scope.Func[T]], n int, emit func(Completion[T], error) bool) {
	p := &fan.Pool[job[T], R]{
		Work:    func(ctx context.Context, j job[T]) bool { return j.run(ctx, r.Path, emit) },
		Discard: func(context.Context, job[T]) {},
	}
	fan.Start(r, p, n, jobs(fns), func(j job[T], err error) bool {
		if err != nil {
			return emit(Completion[T]{}, err)
		}
		return p.Put(j)
	})
}

// A job is one function with its position.
type job[T any] struct {
	index int
	fn    scope.Func[T]
}

// run calls the function and emits what became of it.
func (j job[T]) run(ctx context.Context, path func() string, emit func(Completion[T], error) bool) bool {
	start := time.Now()
	failed := func(err error) bool {
		return emit(Completion[T]{}, &scope.TaskError{
			Path: path(), Index: j.index, Attempt: 1, Elapsed: time.Since(start), Err: err,
		})
	}
	call := func(ctx context.Context, fn scope.Func[T]) (T, error) { return fn(ctx) }
	v, err := fan.Call(ctx, call, j.fn, func() { failed(scope.ErrGoexit) })
	if err != nil {
		return failed(err)
	}
	return emit(Completion[T]{j.index, v, time.Since(start)}, nil)
}

// jobs numbers the functions of fns.
func jobs[T any](fns iter.Seq[scope.Func[T]]) stream.Stream[job[T]] {
	return func(ctx context.Context, yield func(job[T], error) bool) {
		index := 0
		for fn := range fns {
			if ctx.Err() != nil || !yield(job[T]{index, fn}, nil) {
				return
			}
			index++
		}
	}
}
