// Package race runs several functions that want the same thing and takes the
// first that is good enough.
//
// A race opens a scope for its contenders, nested in the task it is run from.
// When it is decided, the context of the losers ends, and the race returns when
// they have: no goroutine is left behind, and no value either, for what a loser
// still produced is given back. The [Outcome] lists every attempt.
package race
