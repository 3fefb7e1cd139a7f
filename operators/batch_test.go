package operators_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
)

var words = map[rune]string{'A': "a", 'B': "ab", 'C': "abc", 'D': "d", 'E': "de", 'F': "c", 'G': "cd", 'H': "b"}

func TestBatch(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return joined(operators.Batch(srcs[0], 3, 5*ms)) },
		inSlices("full ones at once", "-a-b-c-d-e-|", "-----C-----(E|)", words),
		inSlices("others after their time", "-a-b------|", "------B---|", words),
		inSlices("the time counts from the first value", "a---b-----|", "-----B----|", words),
		inSlices("a value in the instant of the end belongs to it", "a----b---|", "-----B---|", words),
		inSlices("the rest at the end", "-a-b|", "----(B|)", words),
		inSlices("the time begins anew for each", "a------c--d---|", "-----A------G-|", words),
		inSlices("an error is a boundary", "-a-#-b---|", "---(A#)--(H|)", words),
		inSlices("an error with nothing gathered", "-#-a---|", "-#-----(A|)", words),
		inSlices("an error behind a full one", "(abc)-#|", "C-----#|", words),
		inSlices("an error at the end", "-a(#|)", "--(A#|)", words),
		inSlices("empty gives no slice", "--|", "--|", words),
		inSlices("never", "--------", "--------", words),
		inSlices("cut drops what was gathered", "-a-b----", "----X", words),
		inSlices("the consumer leaves", "(abc)-d-", "(C!)", words),
		diagram{"the consumer leaves on the slice before an error, which goes to the sink", []string{"-a-#---"}, "---(A!)", words, "---#"},
		inSlices("a burst of more than one", "(abcde)--|", "C----(E)-|", words),
	)
}

func TestReadyChunks(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return joined(operators.ReadyChunks(srcs[0], 3)) },
		inSlices("one by one", "-a-b-c|", "-A-H-F|", words),
		inSlices("an error is a boundary", "-a-#-b|", "-A-#-H|", words),
		inSlices("empty", "|", "|", words),
		inSlices("never", "--", "--", words),
		inSlices("cut", "-a-b", "-AX", words),
		inSlices("the consumer leaves", "-a-b", "-(A!)", words),
	)
	synctest.Test(t, func(t *testing.T) {
		var got []string
		for v, err := range operators.ReadyChunks(ticking(7).Stream(), 3).All(t.Context()) {
			got = append(got, fmt.Sprint(v, err))
			time.Sleep(2500 * ms)
		}
		if want := []string{"[1] <nil>", "[] boom", "[3 4 5] <nil>", "[6 7] <nil>"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestSession(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return joined(operators.Session(srcs[0], 3, 3*ms)) },
		inSlices("ends where nothing came for the gap", "-a-b-----d-e----|", "------B-------E-|", words),
		inSlices("a value exactly the gap later belongs to it", "a--b---|", "------B|", words),
		inSlices("a value just after the gap does not", "a---b---|", "---A---H|", words),
		inSlices("a full one at once", "-a-b-c-d-|", "-----C---(D|)", words),
		inSlices("the rest at the end", "-a-b|", "----(B|)", words),
		inSlices("an error is a boundary", "-a-#-b----|", "---(A#)-H-|", words),
		inSlices("an error alone", "-#-|", "-#-|", words),
		inSlices("an error does not extend the session", "-a#----|", "--(A#)-|", words),
		inSlices("empty", "|", "|", words),
		inSlices("never", "-----", "-----", words),
		inSlices("cut", "-a-b----", "----X", words),
		inSlices("the consumer leaves", "-a------", "----(A!)", words),
	)
}
