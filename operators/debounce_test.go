package operators_test

import (
	"testing"

	"github.com/rxscope/rxscope/operators"
)

func TestDebounce(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Debounce(srcs[0], 5*ms) },
		one("what is held comes at the end", "-a--b|", "-----(b|)"),
		one("a value that nothing follows", "-a-------|", "------a--|"),
		one("a newer one replaces it", "-a-b-c------|", "----------c-|"),
		one("a value exactly at its time replaces it", "a----b------|", "----------b-|"),
		one("a value just after its time does not", "a-----b-----|", "-----a-----b|"),
		one("one in each d: nothing before the end", "a--b--c--d|", "----------(d|)"),
		one("errors pass at once and change nothing", "a--#------|", "---#-a----|"),
		one("an error before", "-#a------|", "-#-----a-|"),
		one("an error after", "a------#|", "-----a-#|"),
		one("an error in the instant of the emission", "a----#---|", "-----(#a)|"),
		one("an error at the end", "a-(#|)", "--(#a|)"),
		one("the end in the instant of the emission", "a----|", "-----(a|)"),
		one("empty", "|", "|"),
		one("empty, later", "--|", "--|"),
		one("never", "---", "---"),
		one("cut drops what is held", "a---", "--X"),
		one("a cut in the instant of the emission comes after it", "a-------", "-----(aX)"),
		one("the consumer leaves", "a--------", "-----(a!)"),
		one("the consumer leaves on what comes at the end", "a-|", "--(a!)"),
		one("a burst in one instant", "(abc)-----|", "-----c----|"),
	)
}

func TestSample(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Sample(srcs[0], 4*ms) },
		one("the latest at each tick", "-a-b-c-d-e-f-|", "----b---d---f|"),
		one("a tick without a value gives nothing", "-a-------b---|", "----a-------b|"),
		one("a value in the instant of a tick comes before it", "----a----|", "----a----|"),
		one("the last value is lost at the end", "-a|", "--|"),
		one("the end in the instant of a tick", "-a--|", "----|"),
		one("ticks count from the beginning", "---a----b-----|", "----a---b-----|"),
		one("errors pass at once", "-a#-b--#-|", "--#-b--#-|"),
		one("an error at a tick", "-a--#---|", "----(#a)|"),
		one("an error alone", "-#-|", "-#-|"),
		one("empty", "|", "|"),
		one("never", "---------", "---------"),
		one("cut", "-a----b", "----aX"),
		one("the consumer leaves", "-a-------", "----(a!)"),
		one("a burst in one instant", "(abc)------|", "----c------|"),
	)
}

func TestSampleBy(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.SampleBy(srcs[0], srcs[1]) },
		two("the latest at each signal", "-a-b-c-d-e-|", "----x---y----", "----b---d--|"),
		two("a signal without a value gives nothing", "-a-------|", "--x-y----", "--a------|"),
		two("source and signal in one instant", "--a----|", "--x-----", "--a----|"),
		two("the end of the signal does nothing", "-a---b---|", "--x|", "--a------|"),
		two("an empty signal", "-a-|", "|", "---|"),
		two("a signal that never comes", "-a-|", "---", "---|"),
		two("errors of the signal pass", "-a----|", "--#-x--", "--#-a-|"),
		two("errors of the source pass", "-#-a--|", "----x--", "-#--a-|"),
		two("the last value is lost at the end", "-a|", "----x", "--|"),
		two("an empty source", "|", "-x-", "|"),
		two("never", "----", "-x-x", "----"),
		two("cut", "-a-b---", "--x----", "--a-X"),
		two("the consumer leaves", "-a-b---", "--x----", "--(a!)"),
		two("two signals at once", "-a----|", "--(xy)-", "--a---|"),
	)
}
