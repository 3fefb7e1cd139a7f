package operators_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/streamtest"
)

// inners are the streams that the values of a source stand for.
var inners = map[string]string{
	"a": "-1-2-|",
	"b": "-3-4-|",
	"e": "|",
	"f": "-#-5-|",
	"n": "-6----",
	"s": "(78|)",
}

// flattenings runs an operator that makes a stream of each value.
func flattenings(t *testing.T, op func(src letters, f func(string) letters) letters, all ...diagram) {
	t.Helper()
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) {
				src := streamtest.Cold[string](m, d.srcs[0])
				made := map[string]letters{}
				for _, v := range slices.Sorted(maps.Keys(inners)) {
					if strings.Contains(d.srcs[0], v) {
						made[v] = streamtest.Cold[string](m, inners[v]).Stream()
					}
				}
				streamtest.Expect(m, op(src.Stream(), func(v string) letters { return made[v] }), d.want)
			})
		})
	}
}

func TestFlatMap(t *testing.T) {
	flattenings(t, func(src letters, f func(string) letters) letters { return operators.FlatMap(src, 2, f) },
		one("events as they come", "ab------|", "-1324---|"),
		one("no more than two at a time: a third waits, and with it the end", "abb|", "-1324-3-4-|"),
		one("ends with the last stream", "a|", "-1-2-|"),
		one("ends with the source", "a-------|", "-1-2----|"),
		one("an error of the source ends no stream", "a-#--|", "-1#2-|"),
		one("an error of a stream ends no other", "fa----|", "-#152-|"),
		one("an error behind a value that waits", "abb#|", "-1324#3-4-|"),
		one("an error at the end of the source", "a-(#|)", "-1#2-|"),
		one("an empty stream", "ea|", "--1-2-|"),
		one("a stream at once", "s-----|", "(78)--|"),
		one("empty", "--|", "--|"),
		one("never", "---", "---"),
		one("a stream that never ends", "n|", "-6-----"),
		one("cut", "a-b--", "-1X"),
		one("the consumer leaves", "a-b--", "-(1!)"),
	)
}

func TestFlatMapOrdered(t *testing.T) {
	flattenings(t, func(src letters, f func(string) letters) letters { return operators.FlatMapOrdered(src, 2, f) },
		one("the second runs ahead and waits", "ab---------|", "-1-2-(34)--|"),
		one("in turn when it comes later", "a---b------|", "-1-2-3-4---|"),
		one("ends with the last stream", "a|", "-1-2-|"),
		one("an error keeps its place", "a#-----|", "-1-2-#-|"),
		one("an error with nothing before it", "-#-----|", "-#-----|"),
		one("an error of a stream ends no other", "fb-------|", "-#-5-(34)|"),
		one("an empty stream", "ea|", "--1-2-|"),
		one("a stream at once waits too", "as---------|", "-1-2-(78)--|"),
		one("empty", "|", "|"),
		one("never", "---", "---"),
		one("behind one that never ends", "nb---|", "-6-------"),
		one("cut drops what waits", "ab---", "-1-2X"),
		one("the consumer leaves", "ab---", "-(1!)"),
		one("the consumer leaves on what has waited", "ab---", "-1-2-(3!)"),
	)
}

func TestConcatMap(t *testing.T) {
	flattenings(t, func(src letters, f func(string) letters) letters { return operators.ConcatMap(src, f) },
		one("one after the other", "a-b|", "-1-2--3-4-|"),
		one("ends with the source", "a-------|", "-1-2----|"),
		one("an error behind a stream", "a-#|", "-1-2-(#|)"),
		one("an error alone", "-#-|", "-#-|"),
		one("an error of a stream ends no other", "fb|", "-#-5--3-4-|"),
		one("an empty stream", "ea|", "--1-2-|"),
		one("a stream at once", "s----|", "(78)-|"),
		one("empty", "|", "|"),
		one("never", "---", "---"),
		one("behind one that never ends", "nb|", "-6------"),
		one("cut in a stream", "a-b", "-1X"),
		one("cut between", "a-----", "-1-2-X"),
		one("the consumer leaves", "a-b", "-(1!)"),
		one("the consumer leaves on an error", "f-b", "-(#!)"),
	)
}

func TestSwitchMap(t *testing.T) {
	flattenings(t, func(src letters, f func(string) letters) letters { return operators.SwitchMap(src, f) },
		one("a newer value stops the stream", "a-b-----|", "-1-3-4--|"),
		one("an event in the instant of the switch is lost", "a--b----|", "-1--3-4-|"),
		one("an error of the source does not switch", "a-#----|", "-1#2---|"),
		one("an error of the stream does not end it", "f-------|", "-#-5----|"),
		one("the end of the source lets the last one finish", "a|", "-1-2-|"),
		one("an empty stream stops the one before", "ae-----|", "-------|"),
		one("one that never ends is stopped", "n-a-----|", "-6-1-2--|"),
		one("one that never ends keeps the run going", "n|", "-6------"),
		one("values in one instant: the last", "(ab)------|", "-3-4------|"),
		one("empty", "|", "|"),
		one("never", "---", "---"),
		one("an error before", "-#-a|", "-#--1-2-|"),
		one("cut", "a-b---", "-1-3X"),
		one("the consumer leaves", "a-b---", "-1-(3!)"),
	)
}

func TestExhaustMap(t *testing.T) {
	flattenings(t, func(src letters, f func(string) letters) letters { return operators.ExhaustMap(src, f) },
		one("drops values while a stream runs", "a-b-----|", "-1-2----|"),
		one("a value after its end", "a-----b--------|", "-1-2---3-4-----|"),
		one("an error of the source passes while a stream runs", "a-#-----|", "-1#2----|"),
		one("an error of the stream does not end it", "f-------|", "-#-5----|"),
		one("the end waits for the stream", "a|", "-1-2-|"),
		one("an empty stream", "e-a-----|", "---1-2--|"),
		one("a stream that never ends", "nb---|", "-6------"),
		one("values in one instant: the first", "(ab)------|", "-1-2------|"),
		one("empty", "|", "|"),
		one("never", "---", "---"),
		one("cut", "a-----", "-1X"),
		one("the consumer leaves", "a-----", "-(1!)"),
	)
}
