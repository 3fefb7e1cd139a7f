// Package streamtest has what proves a stream or an operator: diagrams of what
// comes when, a kit that tries whether an operator keeps the contract, and
// sources, consumers, sinks and probes for tests. All of it runs on the virtual
// clock of [testing/synctest], so that instants are exact and nothing is waited
// for. The words are those of package stream.
//
// # Diagrams
//
// [Run] tests with diagrams in the manner of ReactiveX, where they are called
// marbles:
//
//	streamtest.Run(t, func(m *streamtest.Marbles) {
//		src := streamtest.Cold[int](m, "-1-2-#-3|")
//		odd := operators.Filter(src.Stream(), isOdd)
//		streamtest.Expect(m, odd, "     -1---#-3|")
//		streamtest.ExpectRuns(m, src, " ^-------!")
//	})
//
// Each character is one frame of 1 ms, and what it stands for happens at its
// beginning:
//
//	a 7    a letter or a digit: an event, the value that a table has for it, or
//	       an error that Marbles.Errors has for it
//	#      an error event, ErrEvent; it is not the end
//	-      nothing
//	|      the stream ends
//	^      where the test, or a run, begins
//	!      the consumer leaves, or a run returns
//	X      the context of the run ends
//	(ab|)  all in the first frame of the group, which takes as many frames as
//	       it has characters, here five
//	9ms    so many frames, as a word between spaces; also 1.5s and 2m
//
// Spaces are ignored otherwise, and serve to write diagrams one below the
// other. Which marks have a meaning where is said in [Cold], [Hot], [Expect]
// and [ExpectRuns].
//
// If something else comes, the failure has both diagrams, aligned, and says
// what letters stand for that the expected one does not have:
//
//	marbles_test.go:12: diagrams differ
//		want -1---#-3|
//		got  -1-z-#-3|
//		     z = 2
//
// Events that no diagram can show, in the frames that a group takes after its
// first, are listed with their instants instead.
//
// # Conformance
//
// [Conform] tries an operator with generated sources, and breaks, panics, exits
// and cuts at every event, against each rule of the contract.
package streamtest
