package merge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

type letters = stream.Stream[string]

// A diagram is one run of an operator: what its sources do, and what it gives.
type diagram struct {
	name string
	srcs string // a line each
	want string
	sunk string // what the sink is told
}

// tuples is what letters stand for in the output.
var tuples = map[rune]string{
	'p': "a1", 'q': "b1", 'r': "b2", 's': "c2", 't': "a2", 'u': "c1", 'v': "c3", 'w': "b3",
	'P': "a1x", 'Q': "b2y", 'R': "b1x", 'S': "b2x",
}

// diagrams runs an operator as drawn.
func diagrams(t *testing.T, build func(srcs []letters) letters, all ...diagram) {
	t.Helper()
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) {
				if d.sunk != "" {
					m.ExpectSunk(d.sunk)
				}
				srcs := lo.Map(strings.Split(d.srcs, "\n"), func(text string, _ int) letters {
					return streamtest.Cold[string](m, text).Stream()
				})
				values := map[rune]string{}
				for _, r := range "abcdexyz12" {
					values[r] = string(r)
				}
				streamtest.Expect(m, build(srcs), d.want, tuples, values)
			})
		})
	}
}

func pair(p lo.Tuple2[string, string]) string { return p.A + p.B }

func triple(p lo.Tuple3[string, string, string]) string { return p.A + p.B + p.C }

func word(v []string) string { return strings.Join(v, "") }

func TestSequenceEqual(t *testing.T) {
	verdict := func(equal bool) string { return map[bool]string{true: "a", false: "b"}[equal] } // a: equal
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.SequenceEqual(srcs[0], srcs[1]), verdict) },
		diagram{"equal", "x-y-|\nx-y-|", "----(a|)", ""},
		diagram{"at other times", "xy---|\n--x-y-|", "------(a|)", ""},
		diagram{"another value", "x-y-|\nx-z-|", "--(b|)", ""},
		diagram{"another value, later", "xy---\n---xz", "----(b|)", ""},
		diagram{"one has more", "x-y-|\nx|", "--(b|)", ""},
		diagram{"one has more, known before the other ends", "xy---\nx---|", "----(b|)", ""},
		diagram{"the first is empty", "|\n--x|", "--(b|)", ""},
		diagram{"both are empty", "-|\n--|", "--(a|)", ""},
		diagram{"one never ends", "x-|\nx", "----", ""},
		diagram{"an error before passes", "#x|\nx-|", "#-(a|)", ""},
		diagram{"an error between decides nothing", "x#y-|\nx-y-|", "-#--(a|)", ""},
		diagram{"errors of both", "x#y-|\nx-y#|", "-#-#(a|)", ""},
		diagram{"an error after", "x-#|\nx|", "--#(a|)", ""},
		diagram{"cut decides nothing", "x---\nx---", "--X", ""},
		diagram{"the consumer leaves", "x---\ny---", "(b!)", ""},
		diagram{"the consumer leaves on an error", "#---\nx---", "(#!)", ""},
	)
}

// zips is what a zip of two sources does, whatever else it has.
var zips = []diagram{
	{"the first with the first", "a-b-c|\n1-2-3|", "p-r-v|", ""},
	{"ends when one has ended and is used up", "abc|\n--1-|", "--p-|", ""},
	{"ends right behind the last pair", "a|\n---1-2", "---(p|)", ""},
	{"a fast one waits for a slow one", "abc---|\n---1-2-3|", "---p-r-(v|)", ""},
	{"a burst waits", "(abc)-|\n-1-2-3-|", "-p-r-v|", ""},
	{"an error fills its place", "a-#-c|\n1-2-3|", "p-#-v|", ""},
	{"an error of the other one too", "a-b-c|\n1-#-3|", "p-#-v|", ""},
	{"two errors are one", "a-#-c|\n1-#-3|", "p-#-v|", ""},
	{"an error waits for its partner", "#---\n---1|", "---#|", ""},
	{"errors without a partner go to the sink", "a##|\n1--|", "p--|", "---(##)"},
	{"an empty one", "|\n-1-|", "|", ""},
	{"an empty one, later", "a-b-\n--|", "--|", ""},
	{"both empty", "|\n|", "|", ""},
	{"one never", "---\n1--", "---", ""},
	{"cut drops what waits", "ab----\n1-----", "p--X", ""},
	{"the consumer leaves", "ab----\n1-----", "(p!)", ""},
	{"the consumer leaves on an error", "#b----\n1-----", "(#!)", ""},
}

func TestZip(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.Zip2(srcs[0], srcs[1]), pair) }, zips...)
}

// With a third source that is always ahead, and with a slice of two, it is as with
// two.
func TestZipOfMore(t *testing.T) {
	ahead := merge.Concat(stream.FromSlice(slices.Repeat([]string{"x"}, 9)), stream.Never[string]())
	diagrams(t, func(srcs []letters) letters {
		return operators.Map(merge.Zip3(ahead, srcs[0], srcs[1]), func(p lo.Tuple3[string, string, string]) string { return p.B + p.C })
	}, zips...)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ZipN(srcs), word) }, zips...)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.Zip3(srcs[0], srcs[1], srcs[2]), triple) },
		diagram{"three", "a-b|\n1-2|\nx-y|", "P-Q|", ""},
		diagram{"the slowest counts", "ab--|\n12--|\nx--y|", "P--Q|", ""},
		diagram{"an error fills its place", "a-b|\n#-2|\nx-y|", "#-Q|", ""},
		diagram{"ends with the first to end", "a-b\n1|\nx-y", "P|", ""},
		diagram{"an empty one", "a-b\n|\nx-y", "|", ""},
		diagram{"cut", "a-b\n1--\nx-y", "P-X", ""},
		diagram{"the consumer leaves", "a-b\n1--\nx-y", "(P!)", ""},
	)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ZipN(srcs), word) },
		diagram{"of one type", "a-b|\n1-2|", "p-r|", ""},
		diagram{"an error fills its place", "a-b|\n#-2|", "#-r|", ""},
		diagram{"one source", "a-b|", "a-b|", ""},
	)
}

// latest is what the latest of two sources are.
var latest = []diagram{
	{"the latest of both", "a-b---c-|\n-1--2---|", "-pq-r-s-|", ""},
	{"nothing before both have a value", "a-b-c-|\n-----1|", "-----u|", ""},
	{"an error passes and the values stay", "a-#-b|\n-1---|", "-p#-q|", ""},
	{"an error before", "#-a-|\n-1--|", "#-p-|", ""},
	{"ends when both have ended", "a|\n-1--2-|", "-p--t-|", ""},
	{"one without a value: errors of the other still come", "|\n-1-#-|", "---#-|", ""},
	{"both empty", "|\n--|", "--|", ""},
	{"one never", "---\n1--", "---", ""},
	{"one instant gives a pair each", "a-b----|\n1-2----|", "p-(qr)-|", ""},
	{"a burst before the other", "(ab)---|\n-1-----|", "-q-----|", ""},
	{"an error at the end", "a-(#|)\n1--|", "p-#|", ""},
	{"an error in the instant of a value", "a-b-----|\n1-#-----|", "p-(q#)--|", ""},
	{"cut", "a-b--\n1----", "p-qX", ""},
	{"cut before both have a value", "a-b--\n-----", "---X", ""},
	{"the consumer leaves", "a-b--\n1----", "(p!)", ""},
}

func TestCombineLatest(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.CombineLatest2(srcs[0], srcs[1]), pair) }, latest...)
}

// With a third source that has had its say, and with a slice of two, it is as with
// two.
func TestCombineLatestOfMore(t *testing.T) {
	diagrams(t, func(srcs []letters) letters {
		three := merge.CombineLatest3(stream.Of("x"), srcs[0], srcs[1])
		return operators.Map(three, func(p lo.Tuple3[string, string, string]) string { return p.B + p.C })
	}, latest...)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.CombineLatestN(srcs), word) }, latest...)
	diagrams(t, func(srcs []letters) letters {
		return operators.Map(merge.CombineLatest3(srcs[0], srcs[1], srcs[2]), triple)
	},
		diagram{"three", "a-b-----|\n-1--2---|\n-x----y-|", "-PR-S-Q-|", ""},
		diagram{"an error passes", "a-b-----|\n1-#-----|\nx---|", "P-(R#)--|", ""},
		diagram{"nothing before all have a value", "a-b|\n1--|\n---|", "---|", ""},
		diagram{"cut", "a-b\n1--\nx--", "P-(RX)", ""},
	)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.CombineLatestN(srcs), word) },
		diagram{"of one type", "a-b---c-|\n-1--2---|", "-pq-r-s-|", ""},
		diagram{"one source", "a-#-b|", "a-#-b|", ""},
		diagram{"the consumer leaves", "a-b--\n1----", "p-(q!)", ""},
	)
}

func TestWithLatestFrom(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.WithLatestFrom(srcs[0], srcs[1]), pair) },
		diagram{"each with the latest of the other", "-a-b-c-|\n1---2---|", "-p-q-s-|", ""},
		diagram{"dropped before the other has a value", "a-b|\n-1-|", "--q|", ""},
		diagram{"the end of the other does not matter", "-a-b|\n1|", "-p-q|", ""},
		diagram{"an error of the other passes", "-a-b|\n1-#|", "-p#q|", ""},
		diagram{"an error of the source passes", "-#-b|\n1---|", "-#-q|", ""},
		diagram{"an error of the source passes before the other has a value", "-#-b|\n--1-|", "-#-q|", ""},
		diagram{"the other never", "-a-|\n---", "---|", ""},
		diagram{"the other is empty", "-a-|\n|", "---|", ""},
		diagram{"ends with the source", "-a|\n1---2", "-p|", ""},
		diagram{"an empty source", "|\n1--", "|", ""},
		diagram{"a source that never comes", "---\n1-2", "---", ""},
		diagram{"in one instant the source is first", "a--|\n1--|", "---|", ""},
		diagram{"cut", "-a-b\n1---", "-pX", ""},
		diagram{"the consumer leaves", "-a-b\n1---", "-(p!)", ""},
		diagram{"the consumer leaves on an error of the other", "-a-b\n1-#-", "-p(#!)", ""},
	)
}

// joins is what the last of two sources are.
var joins = []diagram{
	{"the last of both at the end", "a-b|\n1--2-|", "-----(r|)", ""},
	{"one empty ends at once", "|\n1-2-|", "|", ""},
	{"one empty, later", "--|\n1-2---", "--|", ""},
	{"errors pass", "a-#|\n1--|", "--#(p|)", ""},
	{"errors before a value", "#-a|\n1--|", "#--(p|)", ""},
	{"an error is no value", "#-|\n1---", "#-|", ""},
	{"one never", "a--\n1|", "----", ""},
	{"both end in one instant", "a|\n1|", "-(p|)", ""},
	{"cut", "a|\n1---", "--X", ""},
	{"the consumer leaves", "a|\n1|", "-(p!)", ""},
	{"the consumer leaves on an error", "a-#-\n1---", "--(#!)", ""},
	{"both empty", "-|\n-|", "-|", ""},
}

func TestForkJoin(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ForkJoin2(srcs[0], srcs[1]), pair) }, joins...)
}

// With a third source that has ended, and with a slice of two, it is as with two.
func TestForkJoinOfMore(t *testing.T) {
	diagrams(t, func(srcs []letters) letters {
		three := merge.ForkJoin3(stream.Of("x"), srcs[0], srcs[1])
		return operators.Map(three, func(p lo.Tuple3[string, string, string]) string { return p.B + p.C })
	}, joins...)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ForkJoinN(srcs), word) }, joins...)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ForkJoin3(srcs[0], srcs[1], srcs[2]), triple) },
		diagram{"three", "a|\n-1|\n--x|", "---(P|)", ""},
		diagram{"an empty one", "a|\n--|\n---x|", "--|", ""},
	)
	diagrams(t, func(srcs []letters) letters { return operators.Map(merge.ForkJoinN(srcs), word) },
		diagram{"of one type", "a-b|\n1-2|", "---(r|)", ""},
		diagram{"an error passes", "a-b|\n1#2|", "-#-(r|)", ""},
	)
}

// chosen makes a stream of streams: digits stand for sources.
func chosen(srcs []letters) stream.Stream[letters] {
	return operators.Map(srcs[0], func(v string) letters {
		var i int
		_, _ = fmt.Sscan(v, &i)
		return srcs[i]
	})
}

func TestSwitch(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return merge.Switch(chosen(srcs)) },
		diagram{"the latest", "1--2----|\n-a-b-c|\n-d-e|", "-a--d-e-|", ""},
		diagram{"a stream that has ended, then another", "1---2--|\n-a|\n-d|", "-a---d-|", ""},
		diagram{"an empty stream stops the one before", "1--2---|\n-a--b|\n|", "-a-----|", ""},
		diagram{"an error before the first stream", "#1----|\n-a-|", "#-a---|", ""},
		diagram{"an error behind the last stream", "1----#|\n-a|", "-a---#|", ""},
		diagram{"a stream that never ends", "1-|\n-a-", "-a----", ""},
		diagram{"the consumer leaves on an error", "1-#--\n-a-b", "-a(#!)", ""},
		diagram{"the last one finishes", "1|\n-a-b|", "-a-b|", ""},
		diagram{"an error does not switch", "1-#---|\n-a-b-|", "-a#b--|", ""},
		diagram{"an error of a stream", "1-----|\n-#-b-|", "-#-b--|", ""},
		diagram{"empty", "--|", "--|", ""},
		diagram{"never", "---", "---", ""},
		diagram{"cut", "1---\n-a-b", "-aX", ""},
		diagram{"the consumer leaves", "1---\n-a-b", "-(a!)", ""},
	)
}

func TestFlatten(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return merge.Flatten(chosen(srcs), 2) },
		diagram{"as they come", "12----|\n-a-b|\n-d-e|", "-adbe-|", ""},
		diagram{"one stream, then another", "1---2--|\n-a|\n-d|", "-a---d-|", ""},
		diagram{"the end waits for the streams", "1|\n-a-b-|", "-a-b-|", ""},
		diagram{"an error of a stream ends no other", "12---|\n-#|\n--b|", "-#-b-|", ""},
		diagram{"an error before the first stream", "#1----|\n-a-|", "#-a---|", ""},
		diagram{"an error behind the last stream", "1----#|\n-a|", "-a---#|", ""},
		diagram{"a stream that never ends", "1-|\n-a-", "-a----", ""},
		diagram{"the consumer leaves on an error", "1-#--\n-a-b", "-a(#!)", ""},
		diagram{"a third waits", "123----|\n-a-b|\n---|\n-c|", "-a-b-c-|", ""},
		diagram{"an error ends no stream", "1-#-|\n-a-b|", "-a#b|", ""},
		diagram{"empty", "|", "|", ""},
		diagram{"never", "--", "--", ""},
		diagram{"cut", "1---\n-a-b", "-aX", ""},
		diagram{"the consumer leaves", "1---\n-a-b", "-(a!)", ""},
	)
}

func TestMergeAndConcat(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return merge.Merge(srcs...) },
		diagram{"as they come", "a--b--|\n-1--2-|", "a1-b2-|", ""},
		diagram{"an error before the others", "#-a-|\n-1--|", "#1a-|", ""},
		diagram{"an error at the end", "a--(#|)\n-1----|", "a1-#--|", ""},
		diagram{"errors in one instant by order", "#----|\n#----|", "(##)-|", ""},
		diagram{"one that never ends", "a-|\n--", "a---", ""},
		diagram{"the consumer leaves on an error", "#--b\n-1--", "(#!)", ""},
		diagram{"ends when all have ended", "a|\n---1-|", "a--1-|", ""},
		diagram{"an error stops no other", "a-#-b|\n-1---|", "a1#-b|", ""},
		diagram{"in one instant by order", "a-----|\n1-----|", "(a1)--|", ""},
		diagram{"an empty one", "|\n-1-|", "-1-|", ""},
		diagram{"never", "--\n--", "--", ""},
		diagram{"cut", "a--b\n-1--", "a1X", ""},
		diagram{"the consumer leaves", "a--b\n-1--", "a(1!)", ""},
	)
	diagrams(t, func(srcs []letters) letters { return merge.Concat(srcs...) },
		diagram{"one after the other", "a-b|\n-1|", "a-b-1|", ""},
		diagram{"three", "a|\nb|\nc|", "abc|", ""},
		diagram{"an error before", "#a|\n-1|", "#a-1|", ""},
		diagram{"an error between", "a#b|\n1|", "a#b1|", ""},
		diagram{"an error of the second", "a|\n#1|", "a#1|", ""},
		diagram{"an error at the end of all", "a|\n1#|", "a1#|", ""},
		diagram{"all are empty", "|\n|", "|", ""},
		diagram{"the second in the instant of the first one's end", "a|\n1|", "a1|", ""},
		diagram{"cut in the second", "a|\n-1-2", "a-1X", ""},
		diagram{"the consumer leaves in the second", "a|\n-1-2", "a-(1!)", ""},
		diagram{"goes on after an error", "a#|\n-1|", "a#-1|", ""},
		diagram{"an empty one", "|\n-1|", "-1|", ""},
		diagram{"behind one that never ends", "a--\n-1|", "a----", ""},
		diagram{"cut", "a-|\n-1|", "a-X", ""},
		diagram{"the consumer leaves", "a-|\n-1|", "(a!)", ""},
	)
	diagrams(t, func(srcs []letters) letters { return merge.StartWith(srcs[0], "x") },
		diagram{"before the source", "--a|", "x-a|", ""},
		diagram{"an error of the source", "--#|", "x-#|", ""},
		diagram{"an empty source", "-|", "x|", ""},
		diagram{"never", "--", "x-", ""},
		diagram{"the consumer leaves", "--a|", "(x!)", ""},
	)
	diagrams(t, func(srcs []letters) letters { return merge.EndWith(srcs[0], "x") },
		diagram{"behind the source", "a-|", "a-(x|)", ""},
		diagram{"behind an error", "#-|", "#-(x|)", ""},
		diagram{"an empty source", "-|", "-(x|)", ""},
		diagram{"not when cut", "a-----", "a-X", ""},
		diagram{"never", "--", "--", ""},
		diagram{"the consumer leaves", "a-|", "a-(x!)", ""},
	)
}

func TestMergeSorted(t *testing.T) {
	diagrams(t, func(srcs []letters) letters { return merge.MergeSorted(srcs, strings.Compare) },
		diagram{"the least first", "a-c---|\nb-d---|", "a-(bc)(d|)", ""},
		diagram{"one source", "a-b|", "a-b|", ""},
		diagram{"an error behind the last", "a-#|\n|", "a-#|", ""},
		diagram{"an error waits for the first of the other", "#|\n-b---d|", "-(#b)d|", ""},
		diagram{"the consumer leaves on an error", "#-c\nb-d", "(#!)", ""},
		diagram{"waits for the next of each", "a-----c|\n-b-----d---|", "-a----b(cd)|", ""},
		diagram{"of equal ones the second waits for what may come", "a-----|\na-----|", "a-----(a|)", ""},
		diagram{"an error passes when its source is next", "a#----|\n-b----|", "-(a#)-(b|)", ""},
		diagram{"one has ended", "|\n-b-d|", "-b-d|", ""},
		diagram{"one never comes", "a-b\n---", "---", ""},
		diagram{"empty", "|\n|", "|", ""},
		diagram{"cut drops what is held", "a-b\n---", "--X", ""},
		diagram{"the consumer leaves", "a-c\nb-d", "(a!)", ""},
	)
}
