package operators_test

import (
	"testing"

	"github.com/rxscope/rxscope/operators"
)

func TestTakeUntil(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.TakeUntil(srcs[0], srcs[1]) },
		two("ends with the first value of the signal", "-a-b-c-d-|", "------x---", "-a-b-c|"),
		two("the end of the signal does nothing", "-a-b-c-|", "---|", "-a-b-c-|"),
		two("errors of the signal pass", "-a-b-c-|", "--#-x--", "-a#b|"),
		two("errors of the source pass", "-#-b---|", "-----x-", "-#-b-|"),
		two("a signal that never comes", "-a-b|", "------", "-a-b|"),
		two("an empty signal", "-a-b|", "|", "-a-b|"),
		two("the source ends first", "-a|", "----x", "-a|"),
		two("an empty source", "|", "--x", "|"),
		two("both never", "----", "----", "----"),
		two("nothing before the signal", "----a", "--x--", "--|"),
		two("cut", "-a-b", "----", "-a-(bX)"),
		two("the consumer leaves", "-a-b", "-----x", "-(a!)"),
		two("the consumer leaves on an error of the signal", "----a", "--#--", "--(#!)"),
		two("a value in the instant of the signal, before it", "--a--", "--x--", "--(a|)"),
	)
}

func TestSkipUntil(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.SkipUntil(srcs[0], srcs[1]) },
		two("drops values until the signal", "-a-b-c-d-|", "----x-----", "-----c-d-|"),
		two("the end of the signal opens nothing", "-a-b-c-|", "--|", "-------|"),
		two("the signal is stopped after its first value", "-a-b-c-|", "--x-#---", "---b-c-|"),
		two("errors of the signal pass", "-a-b-c-|", "--#-x---", "--#--c-|"),
		two("errors of the source pass while values are dropped", "-#-b-c-|", "----x---", "-#---c-|"),
		two("a signal that never comes", "-a-b|", "-----", "----|"),
		two("an empty signal", "-a-b|", "|", "----|"),
		two("an empty source", "--|", "-x-", "--|"),
		two("both never", "----", "----", "----"),
		two("the source ends first", "-a|", "----x", "--|"),
		two("cut", "-a-b-c", "--x---", "---bX"),
		two("cut while values are dropped", "-a-b-c", "------", "--X"),
		two("the consumer leaves", "-a-b-c", "--x---", "---(b!)"),
		two("a value in the instant of the signal, before it", "--a-b-|", "--x----", "----b-|"),
	)
}
