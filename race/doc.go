// Package race runs several functions that want the same thing and takes the
// first that is good enough.
//
// A race opens a scope for its contenders, nested in the task it is run from.
// When it is decided, the context of the losers ends, and the race returns when
// they have: no goroutine is left behind, and no value either, for what a loser
// still produced is given back. The [Outcome] lists every attempt.
//
// # Which race
//
//   - [FailFast]: the first to end decides, by success or failure.
//   - [DeferErrors]: the first success wins, failures are kept.
//   - [First]: the first k successes, a quorum.
//   - [Lazy]: the first success among contenders that come while it runs.
//   - [Streams]: the stream that is the first to emit.
//
// # When contenders start
//
// By default all start at once. With [Stagger] or [StaggerFunc] each starts a
// while after the one before it, or in the instant in which that one fails, if
// it is the newest: the failure of an older one says nothing about the newest,
// which has its time yet. When nobody is in the race any more, the next starts at
// once. [Progress] gives an attempt that has come far more time before it gets
// company. [Limit] bounds how many are in the race; what is due then starts when
// there is a place.
//
// # Who wins
//
// A contender has succeeded if it returns no error and [Accept], if there is one,
// has nothing against its value. [Prefer] waits a while for contenders that stand
// before the one that succeeded.
//
// # In one instant
//
// What is found first counts. A success that comes when the context of the race has
// ended is too late, and goes to [Discard]; a decision that was there before the
// end stands. A contender that panics or leaves by [runtime.Goexit] has failed.
// What a contender spawns into the scope of the race is cancelled and waited for
// with the losers; its failure goes to the sink.
package race
