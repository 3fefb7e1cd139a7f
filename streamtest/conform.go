package streamtest

import (
	"testing"

	"github.com/rxscope/rxscope/stream"
)

// A Relaxation is what an operator documents that it does otherwise than E0
// says. They can be combined by |.
type Relaxation uint

const (
	// Boundary is for operators that gather values and end what they have
	// gathered at an error, as Chunk does: the output is what comes of the
	// values up to the error as if the source had ended there, the error, and
	// what comes of the rest as if it began there. It takes the place of "an
	// error resets no state" and of "the place among the values". That the
	// error is out before the source goes on is still checked.
	Boundary Relaxation = 1 << iota

	// Delayed is for operators that keep the place of an error among the
	// values, but may be late with both, as MapOrdered does. It drops "at
	// once": what has come by the time that the source is stopped or cut need
	// only be a beginning of the whole.
	Delayed

	// Unordered is for operators that let events overtake each other, as
	// MapParallel and Merge do. It drops "at once" and "in its place": outputs
	// are compared as sets, in which one counts as often as it comes. The
	// errors of the source still keep the order that they have among
	// themselves.
	Unordered

	// Stops is for operators that end at the first error, as StopOnError does:
	// the output is that up to the first error, and nothing is asked of the
	// rest. It drops "the run goes on".
	Stops

	// Handles is for operators that may put something in the place of an
	// error, or nothing, as Catch does, and for those that may run their source
	// again. Nothing is asked of what comes of a source with errors, but that
	// it is the same in each run; and an error need not reach the consumer or
	// the sink.
	Handles

	// Drops is for operators of *[Item] that let values vanish, because they
	// or a function of the user have looked at them, as Filter and Skip do. A
	// value must still not come out twice, or come out and be closed.
	Drops

	// Flushes is for operators that emit at the end of the source what they
	// hold, as Debounce does. Of a source in a task that panics or exits early
	// the output need not be a beginning of the whole.
	Flushes
)

// Conform reports where the operator op breaks the contract of package stream:
// rules 1 to 7, the rule of errors E0, and the ledger. op is applied to sources
// of the kit and must be pure: it is called once for each of thousands of small
// trials, each in a bubble of [synctest.Test]; so Conform cannot be called in
// one. What op needs beside its source it makes itself:
//
//	streamtest.Conform(t, func(src stream.Stream[int]) stream.Stream[string] {
//		return operators.Map(src, strconv.Itoa)
//	})
//
// A may be int, string or *[Item]; for other types let op map the source first.
// Sources give the values 1, 2, 3 and so on, or "a", "b", "c", or items with
// these numbers, at every set of places an error, and at the end one that is
// marked by [stream.Fatal] or none: all sources of up to 4 events, all of up to
// 5 for E0, and some longer ones. Outputs are compared as [fmt.Sprint] prints
// them. Functions in op must do the same each time, and return when their
// context ends.
//
// The properties, by the names that failures begin with, followed by the source
// as a diagram, what was done to the run and where:
//
//   - rule 1, 2: the runner alone calls yield, once at a time, not after false
//     nor after its run; beside an error the value is zero.
//   - E0: without errors in the source the output is that of the values alone;
//     with them it is the same with each error in its place, itself and not a
//     copy, out before the source goes on.
//   - rule 4: cut by its consumer on each event, by its source before each
//     event and by another goroutine in between, and before it begins, a run
//     yields the cause of its context once, last and in that instant, and
//     after the cut no value. If the last output had come and the source had
//     ended, it need not. What comes of an event that the source had taken
//     already may come as well.
//   - rule 5: after an end of any kind, break, panic and Goexit on each event
//     and on the cause included, no run of the source goes on, and no
//     goroutine and no scope is left. What had come by then is what comes
//     otherwise.
//   - rule 6: after each of these the same stream runs again, with the same
//     output; so do two runs that take turns.
//   - rule 7: a panic or Goexit of the source before each event reaches the
//     runner if it happens there, or is one [*scope.PanicError] or
//     [scope.ErrGoexit]; one of the consumer goes on when the run has ended.
//   - ledger: nothing is pending in the scope. Each error that the source
//     yields has come out or gone to the sink of the scope, once. If A is
//     *Item, each item is found in one output, however deep in it, or was
//     closed, once.
//
// Each Relaxation says which of them it drops. Once one property has failed, it
// is not tried again.
func Conform[A, B any](t *testing.T, op func(src stream.Stream[A]) stream.Stream[B], relaxed ...Relaxation) {
	t.Helper()
	for _, failure := range conform(t, op, relaxed...) {
		t.Error(failure)
	}
}
