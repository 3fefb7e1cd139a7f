// Package operators has the functions that make one stream of another.
//
// Each takes its source first and returns a stream, so that types are inferred
// and pipelines are built from variables:
//
//	lines := stream.Lines(file)
//	words := operators.Filter(lines, notEmpty)
//	sizes := operators.MapErr(words, lookUp)
//	for size, err := range operators.Take(sizes, 10).All(ctx) {
//
// Building a pipeline runs nothing. A run of it passes each event through all
// the operators before the source is asked for the next, on the goroutine that
// runs it. Only operators that wait for several things at once start goroutines:
// those that work in parallel, that run a stream for each value ([FlatMap] and its
// kin), most of those that wait for time, and those that decouple ([Async],
// [Share]). They are tasks of a scope that is part of the run, and have ended when
// it returns; the comment of each says which. All streams but those of [Share] are as
// cold as their sources: run one again, and counters and accumulators begin anew.
//
// The words used here, event, run, cut, cold, fatal, and the rules that every
// stream keeps are in the documentation of package stream.
//
// # Errors
//
// Errors are events, and one rule, E0, holds for every operator that does not
// say otherwise: an error passes at once, in its place among the values, and
// unchanged. It is not counted, skipped, filtered or shown to the function of
// the user, and it resets nothing: Take(s, 3) takes three values and whatever
// errors lie between. An error that a function of the user returns is an event
// in place of its value, and the run goes on.
//
// Order keepers are the operators that are bound to deliver what they hold.
// With them an error keeps its place too, although it may have to wait for it:
// [Chunk], [ChunkWhile], [Sliding], [Batch] and [Session] emit the slice they have
// begun, then the error; [Delay], [MapOrdered] and [FlatMapOrdered] emit the error
// when all that came before it is out.
//
// To end at the first error, say [StopOnError], or stop reading; [ErrorBudget]
// ends at too many. [Catch], [OnErrorReturn] and [MapError] put something in the
// place of an error, [FilterErrors] drops it, [ValuesOnly] and [ErrorsTo] send
// it elsewhere, [DelayErrors] holds it to the end. [Retry] runs a source again
// that has failed, [MapRetry] a function, [OnErrorResumeNext] another source.
//
// # Time
//
// What comes in the instant in which a time is over still came in time: an alarm
// is set a nanosecond late. On the virtual clock of package testing/synctest all
// instants are exact but for that. The time in which the consumer is busy passes
// too, unless an operator says otherwise, and he is never called meanwhile.
//
// # Cut
//
// A run is cut when its context ends before the source has. The source sees
// that, yields [context.Cause] and returns; operators pass the cause on like
// any error and add nothing: what one holds by then goes to [Discard] and is
// not emitted, and no error is caught any more. A function of the user that
// returns the context's own error has told of the cut and not failed: its
// value is left out and the cause comes, once, last.
//
// # Panics
//
// A nil function, a nil source or a number that is too small panics when the
// operator is applied, with a text that names operator and argument. A panic
// of the user's function, or of the consumer, goes through a synchronous
// operator to whoever runs the stream, with its stack, and so does
// [runtime.Goexit]; what the operator has to do at the end of a run, it does
// then as well. In a task it is a [*scope.PanicError] event.
//
// # Writing an operator
//
// A synchronous operator is a function that returns a function. It runs its
// source with a yield of its own and hands the context on:
//
//	// Thin emits every n-th value.
//	func Thin[T any](src stream.Stream[T], n int) stream.Stream[T] {
//		return func(ctx context.Context, yield func(T, error) bool) {
//			seen := 0 // state of one run: declared here, not one level up
//			src(ctx, func(v T, err error) bool {
//				if err != nil {
//					return yield(v, err) // E0
//				}
//				seen++
//				return seen%n != 0 || yield(v, nil) // false stops the source
//			})
//		}
//	}
//
// There is no need to look at the context, for the source does; nor to recover
// from panics. Whatever must be done at the end of a run belongs in a defer,
// as the consumer may leave by a panic or by Goexit. After yield has returned
// false it must not be called again, also not after the source has returned.
// Values that are held when the run ends early are given back there and then.
package operators
