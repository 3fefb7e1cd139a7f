package operators_test

import (
	"testing"

	"github.com/rxscope/rxscope/operators"
)

func TestThrottleLeading(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Throttle(srcs[0], 4*ms, operators.Leading) },
		one("drops what comes in the window", "-a-b-c-d-|", "-a-----d-|"),
		one("a value at the end of the window belongs to it", "a---b---c|", "a-------c|"),
		one("a value just behind it opens the next", "a----b|", "a----b|"),
		one("a burst in one instant", "-(abc)---d|", "-a-------d|"),
		one("errors pass and open no window", "-#-a-#-b|", "-#-a-#--|"),
		one("an error between windows", "a----#----b|", "a----#----b|"),
		one("an error in the instant of a value", "(a#)b|", "(a#)-|"),
		one("ends with the source", "a-b|", "a--|"),
		one("empty", "|", "|"),
		one("empty, later", "---|", "---|"),
		one("never", "---", "---"),
		one("cut", "-a-b-c-", "-a--X"),
		one("cut in the instant of a value", "a----b", "a----(bX)"),
		one("the consumer leaves", "-a-b-c--", "-(a!)"),
		one("values of each window", "a-b-c-d-e-f-g-h|", "a-----d-----g--|"),
	)
}

func TestThrottleTrailing(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Throttle(srcs[0], 4*ms, operators.Trailing) },
		one("the latest of each window, which opens the next", "-a-b-c-d-e-f------g|", "-----c---e---f--------(g|)"),
		one("a single value comes when its window closes", "a-----|", "----a-|"),
		one("the end waits for what is held", "a-b|", "----(b|)"),
		one("the end in the instant of the close", "a-b-|", "----(b|)"),
		one("a value at the end of the window belongs to it", "a---b----|", "----b----|"),
		one("nothing is held after an empty window", "a-------- -b-----|", "----a---- -----b-|"),
		one("errors pass at once", "a-#-----|", "--#-a---|"),
		one("an error opens no window", "#--a-----|", "#------a-|"),
		one("an error in the instant of the emission", "a---#---|", "----(#a)|"),
		one("an error behind what is held", "a-#|", "--#-(a|)"),
		one("empty", "--|", "--|"),
		one("never", "----", "----"),
		one("cut drops what is held", "a-b---", "---X"),
		one("cut after the source has ended", "a|", "--X"),
		one("the consumer leaves on an emission", "a-b-c-d-", "----(c!)"),
		one("a burst in one instant", "(abc)-----|", "----c-----|"),
	)
}

func TestThrottleBothEdges(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters {
		return operators.Throttle(srcs[0], 4*ms, operators.Leading|operators.Trailing)
	},
		one("first and latest", "-a-b-c-d-e-f------g|", "-a---c---e---f----g|"),
		one("a single value comes once", "a------|", "a------|"),
		one("the end waits for what is held", "a-b|", "a---(b|)"),
		one("the end does not wait for a window without a value", "a|", "a|"),
		one("a value at the end of the window belongs to it", "a---b---|", "a---b---|"),
		one("errors pass at once", "a-#b----|", "a-#-b---|"),
		one("an error before", "#a----|", "#a----|"),
		one("an error at the end", "a-b#|", "a--#(b|)"),
		one("empty", "|", "|"),
		one("never", "--", "--"),
		one("cut drops what is held", "a-b---", "a--X"),
		one("the consumer leaves on the first", "a-b---", "(a!)"),
		one("the consumer leaves on the latest", "a-b---", "a---(b!)"),
		one("a burst in one instant", "(abc)-----|", "a---c-----|"),
	)
}

func TestAudit(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Audit(srcs[0], 4*ms) },
		one("the latest of each window", "-a-b-c-d-e-f------g|", "-----c-----f----------(g|)"),
		one("the next window opens with a value, not with the emission", "a----b----|", "----a----b|"),
		one("a single value", "a-----|", "----a-|"),
		one("the end waits for what is held", "a-b|", "----(b|)"),
		one("a value at the end of the window belongs to it", "a---b---|", "----b---|"),
		one("errors pass at once", "a-#b----|", "--#-b---|"),
		one("an error opens no window", "#--a----|", "#------a|"),
		one("an error behind what is held", "a#|", "-#--(a|)"),
		one("empty", "-|", "-|"),
		one("never", "--", "--"),
		one("cut drops what is held", "a-b---", "---X"),
		one("the consumer leaves", "a-b------", "----(b!)"),
		one("a burst in one instant", "(abc)-----|", "----c-----|"),
		one("nothing between", "a-----|", "----a-|"),
	)
}
