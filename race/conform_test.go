package race_test

import (
	"testing"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

func TestStreamsConform(t *testing.T) {
	type item = *streamtest.Item
	type items = stream.Stream[item]
	conform := func(name string, op func(items) items) {
		t.Run(name, func(t *testing.T) { streamtest.Conform(t, op, streamtest.Delayed) })
	}
	conform("Streams of one", func(s items) items { return race.Streams(s) })
	conform("Streams", func(s items) items { return race.Streams(stream.Never[item](), s, stream.Never[item]()) })
}

func TestStreamsEmitsTheFirst(t *testing.T) {
	for _, d := range []struct{ name, a, b, want, sunk string }{
		{"the one with the first value", "--a-b|", "-1--2|", "-1--2|", ""},
		{"an error is first too", "--a-b|", "-#--2|", "-#--2|", ""},
		{"the end is first too", "--a-b|", "-|", "-|", ""},
		{"goes on to its end", "-a--b-|", "--1|", "-a--b-|", ""},
		{"one that never comes", "----", "--1|", "--1|", ""},
		{"none comes", "----", "----", "----", ""},
		{"in one instant the first of them", "-a-b|", "-1-2|", "-a-b|", ""},
		{"both end at once", "|", "|", "|", ""},
		{"cut before", "--a", "--1", "-X", ""},
		{"cut after", "-a---b", "--1", "-a-X", ""},
		{"the consumer leaves", "-a-b", "--1", "-(a!)", ""},
		{"the consumer leaves on an error", "-#-b", "--1", "-(#!)", ""},
	} {
		t.Run(d.name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) {
				a, b := streamtest.Cold[string](m, d.a), streamtest.Cold[string](m, d.b)
				streamtest.Expect(m, race.Streams(a.Stream(), b.Stream()), d.want)
			})
		})
	}
}

func TestStreamsStopsTheOthersInThatInstant(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		a, b := streamtest.Cold[string](m, "-a---b|"), streamtest.Cold[string](m, "--1--2|")
		streamtest.Expect(m, race.Streams(a.Stream(), b.Stream()), "-a---b|")
		streamtest.ExpectRuns(m, a, "^-----!")
		streamtest.ExpectRuns(m, b, "^!")
	})
}
