package streamtest_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

func TestColdPlaysItsDiagramInEachRun(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		m.Errors(map[rune]error{'E': io.EOF})
		src := streamtest.Cold[string](m, "-a-(b#)-E 9ms (cd|)")
		streamtest.Expect(m, src.Stream(), " -a-(b#)-E 9ms (cd|)")
		streamtest.Expect(m, src.Stream(), " ---^a-(b#)-E 9ms (cd|)")
		streamtest.Expect(m, src.Stream(), " -a-(b#)-")
		streamtest.Expect(m, src.Stream(), " -a-(b!)")
		streamtest.Expect(m, src.Stream(), " -a-(b#)X")
		streamtest.ExpectRuns(m, src, "^ 17ms !", "^ 7ms !", "^--!", "^ 6ms !", "---^ 17ms !")
	})
}

func TestLettersDigitsAndTables(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		streamtest.Expect(m, operators.Map(streamtest.Cold[int](m, "1-2|").Stream(), func(v int) int { return 10 * v }),
			"x-y|", map[rune]int{'x': 10, 'y': 20})
		type pair struct{ a, b []int }
		p := pair{[]int{1}, nil}
		streamtest.Expect(m, stream.Of(p, p), "(pp|)", map[rune]pair{'p': p})
		streamtest.Expect(m, streamtest.Cold(m, "t-f|", map[rune]bool{'t': true}, map[rune]bool{'f': false}).Stream(),
			"1-0|", map[rune]bool{'1': true, '0': false})
	})
}

func TestHotPlaysOnceFromTheStartOfTheTest(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		src := streamtest.Hot[string](m, "-x^-a-b-#-c|")
		streamtest.Expect(m, src.Stream(), " --a-b-#-c|")
		streamtest.Expect(m, src.Stream(), " ---^b-#-c|")
		streamtest.Expect(m, src.Stream(), " -----^(#!)")
		streamtest.Expect(m, src.Stream(), " --------(^c!)")
		streamtest.Expect(m, src.Stream(), " 20ms (^|)")
		streamtest.ExpectRuns(m, src, "^--------!", "---^-----!", "-----^!", "--------(^!)", "20ms (^!)")
	})
}

func TestHotTellsABusyConsumerWhatItMissed(t *testing.T) {
	busy := func(_ context.Context, v string) (string, error) {
		if v == "a" {
			time.Sleep(5 * time.Millisecond)
		}
		return v, nil
	}
	streamtest.Run(t, func(m *streamtest.Marbles) {
		m.Errors(map[rune]error{'L': &stream.Lagged{N: 2}})
		streamtest.Expect(m, operators.MapErr(streamtest.Hot[string](m, "-abc--d-----e|").Stream(), busy), " ------(aLd)-e|")
	})
	streamtest.Run(t, func(m *streamtest.Marbles) {
		m.Errors(map[rune]error{'L': &stream.Lagged{N: 1}})
		streamtest.Expect(m, operators.MapErr(streamtest.Hot[string](m, "-ab|").Stream(), busy), " ------(aL|)")
	})
}

func TestColdHandsALateConsumerWhatIsDueAtOnce(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		slow := operators.MapErr(streamtest.Cold[string](m, "abc---d|").Stream(), func(_ context.Context, v string) (string, error) {
			time.Sleep(2 * time.Millisecond)
			return v, nil
		})
		streamtest.Expect(m, slow, "--a-b-c-(d|)")
	})
}

func TestSourcesKeepTheirOrderInOneFrame(t *testing.T) {
	for range 20 {
		streamtest.Run(t, func(m *streamtest.Marbles) {
			a := streamtest.Cold[string](m, "-a-----c|").Stream()
			b := streamtest.Cold[string](m, "-b----d|").Stream()
			streamtest.Expect(m, merge.Merge(a, b), "-(ab)-dc|")
			streamtest.Expect(m, merge.Merge(b, a), "-(ab)-dc|")
		})
	}
}

func TestErrorsGivenBackAreExpectedFromTheSink(t *testing.T) {
	errA, errB := errors.New("a"), errors.New("b")
	streamtest.Run(t, func(m *streamtest.Marbles) {
		m.Errors(map[rune]error{'A': errA, 'B': errB})
		s := stream.Stream[int](func(ctx context.Context, yield func(int, error) bool) {
			for _, err := range []error{errA, errB, errA} {
				time.Sleep(2 * time.Millisecond)
				scope.Report(ctx, err)
			}
		})
		streamtest.Expect(m, s, " ------|")
		m.ExpectSunk("--A-B-A")
	})
}
