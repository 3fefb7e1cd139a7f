// Package linear looks for an order in what many goroutines did at once: the calls
// on a queue, a line, a subject or a scope must have come to what they would have
// come to one after the other, each somewhere between its call and its return. It
// has no code of its own for others to import, and is a module so that the checker
// is nobody's dependency.
//
// The notion is Herlihy and Wing's linearizability (1990); the search for an order
// is porcupine's.
package linear
