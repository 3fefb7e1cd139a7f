// Package stream has the sequences that everything else here composes: typed,
// cold, run on the caller's goroutine, and able to go on after an error.
//
// A [Stream] is a recipe. Running it gives events one after the other, each
// either a value or an error:
//
//	for line, err := range stream.Lines(file).All(ctx) {
//		if err != nil {
//			log.Print(err) // the next line may well be fine
//			continue
//		}
//		use(line)
//	}
//
// Sources are functions ([FromSlice], [FromFunc], [Lines], [Walk] and others),
// terminals are methods ([Stream.Collect], [Stream.ForEach], [Stream.First] and
// others). What lies between, the operators, are functions of other packages
// that take a stream and return one. This package imports nothing but the
// standard library.
//
// # Words
//
// An event is one value or one error. A run is one consumption of a stream, on
// one goroutine, under one context; the one who consumes is the runner. A run
// is cut when its context ends before the source has. A stream is cold if
// every run starts from the beginning, hot if its runs share something that is
// used up: a channel, a reader. An error is fatal if the source ended because
// of it, and is marked so by [Fatal].
//
// # The contract
//
// Every stream keeps these rules, whether it comes from this package, from an
// operator or from you.
//
// Rule 1, one caller. Only the goroutine that runs the stream calls yield, one
// call at a time, and never again once yield has returned false.
//
// Rule 2, one or the other. Beside an error the value is the zero value.
//
// Rule 3, errors are events. An error does not end the stream: the source goes
// on with the next event, or returns, which is the end. Whoever wants to fail
// fast stops reading. A source that returns because of an error marks that
// error with [Fatal], so that a later stage can tell "failed, and goes on"
// from "failed, and is over".
//
// Rule 4, a cut says why. A run that its context cuts short yields
// [context.Cause] of that context as its last event and returns, so cancelled
// never looks like completed. Sources look at the context before each item;
// operators leave that to them. While the context has ended, no operator
// swallows an error, tries again, holds an event back or delivers what it had
// held back. If a function of the user answers the end of the context with
// that context's own error, this is the cut itself: it is told once, as the
// cause. A context that an operator ends for its own purposes is its own
// affair and shows in no event.
//
// Rule 5, nothing stays behind. When a run returns, everything it had started
// has stopped and everything it had opened is closed. This holds too when the
// consumer breaks out of the loop, panics, or leaves by [runtime.Goexit], as
// t.FailNow does. Cleanup therefore stands in deferred calls and does not
// depend on recover.
//
// Rule 6, run it again. A cold stream can be run any number of times, also at
// the same time on several goroutines. A hot one says so in its documentation.
//
// Rule 7, panics arrive. A panic in a function of the user reaches the runner:
// as that panic, if it happened on the runner's goroutine; as an error event
// with the stack of the panic, if it happened in a task that an operator had
// started.
//
// A source that has delivered everything simply returns; it need not look at
// the context again after its last item. It does look before its first, so an
// empty source under a context that has ended yields the cause. What a source
// has already taken from a channel, an iterator or a function is delivered,
// not dropped, even if the context ended meanwhile; the cause comes after it.
//
// # Errors in operators
//
// One rule, E0, holds for every operator that does not document otherwise: an
// error event passes at once, in its place among the values, unchanged. It is
// not counted, sampled, skipped, grouped or compared, and it resets no state:
// "the first n values" means values. An error returned by a function of the
// user is an event in place of that function's value. When the run is cut,
// nothing pending is delivered, and the cause comes last.
//
// # What terminals do with errors
//
// Errors being events, each terminal has a policy of its own:
//
//   - [Stream.All] and [Stream.ForEachEvent] hand over both kinds of event; the
//     loop body decides.
//   - [Stream.Collect], [Stream.Count], [Reduce], [Sum], [Min], [Max], [ToMap] and
//     [ToSet] stop at the first error and return it with what there is so far.
//     [Stream.ForEach], [Stream.Last] and [Stream.Single] stop at the first error
//     and return it.
//   - [Stream.Every], [Stream.Any], [Stream.IsEmpty] and [Contains] stop as soon
//     as the answer is known, or at the first error and return it.
//   - [Stream.First] takes the first event as the answer, [Stream.FirstValue]
//     the first value.
//   - [Stream.CollectAll], [Stream.Partition] and [Stream.Drain] run to the end
//     whatever fails.
//
// All of them return the cause when the run was cut before they had their
// answer. None keeps more errors than it was told to.
//
// # Writing a source or an operator
//
// A stream is a function, so a source is a closure. For most, [FromFunc],
// [FromSeq2] or [Using] is enough; written by hand, it looks like this:
//
//	func Countdown(from int) stream.Stream[int] {
//		return func(ctx context.Context, yield func(int, error) bool) {
//			for i := from; i > 0; i-- {
//				if ctx.Err() != nil {
//					yield(0, context.Cause(ctx)) // rule 4
//					return
//				}
//				if !yield(i, nil) {
//					return // rule 1
//				}
//			}
//		}
//	}
//
// An operator runs its input with a yield of its own. It passes the context on
// as it is and does not look at it:
//
//	func Even(s stream.Stream[int]) stream.Stream[int] {
//		return func(ctx context.Context, yield func(int, error) bool) {
//			s(ctx, func(v int, err error) bool {
//				if err != nil || v%2 == 0 { // E0: errors pass
//					return yield(v, err)
//				}
//				return true
//			})
//		}
//	}
//
// [IsCut] tells the end of the context from a failure where an operator needs
// to know.
package stream
