// Package merge combines streams into one: at the same time, or one after the
// other.
//
// Everything in the contract of package stream holds. An error of one source
// is an event and stops no other source; in the place of a pair it keeps the pairs
// of [Zip2] aligned. Operators that run sources at the same
// time open a scope for the time of a run, nested in the task that runs it, so
// their goroutines are in the tree and have ended when the run returns.
package merge
