package operators_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// timeouts turns the errors of Timeout into values: F for the first event, T
// for a later one.
func timeouts(s letters) letters {
	return operators.Catch(s, func(err error) letters {
		e, ok := errors.AsType[*operators.TimeoutError](err)
		switch {
		case !ok:
			return stream.Throw[string](err)
		case e.First:
			return stream.Of("F")
		}
		return stream.Of("T")
	})
}

func TestTimeout(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return timeouts(operators.Timeout(srcs[0], 0, 4*ms)) },
		one("ends when nothing came", "-a-b------c|", "-a-b---(T|)"),
		one("bounds the first too", "------a|", "----(F|)"),
		one("an event exactly in time", "a---b---c|", "a---b---c|"),
		one("the end exactly in time", "a---|", "a---|"),
		one("an error is a sign of life", "a--#--b|", "a--#--b|"),
		one("an error and then nothing", "a-#------|", "a-#---(T|)"),
		one("in time", "-a-b-c|", "-a-b-c|"),
		one("empty", "|", "|"),
		one("never", "----------", "----(F|)"),
		one("cut", "-a------", "-a-X"),
		one("a cut in the instant of the expiry comes after it", "a--------", "a---(T|)"),
		one("the consumer leaves", "-a-----", "-(a!)"),
		one("the consumer leaves on the error", "-a------", "-a---(T!)"),
		one("a burst in one instant", "(abc|)", "(abc|)"),
	)
}

func TestTimeoutOfTheFirst(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return timeouts(operators.Timeout(srcs[0], 3*ms, 0)) },
		one("in time", "-a-------b|", "-a-------b|"),
		one("exactly in time", "---a----b|", "---a----b|"),
		one("too late", "----a----|", "---(F|)"),
		one("an error is a first event", "-#------b|", "-#------b|"),
		one("empty", "-|", "-|"),
		one("never", "------", "---(F|)"),
	)
	diagrams(t, func(srcs ...letters) letters { return timeouts(operators.Timeout(srcs[0], 6*ms, 2*ms)) },
		one("both: the first has longer", "-----a-b-c---|", "-----a-b-c-(T|)"),
		one("both: the first too late", "-------a|", "------(F|)"),
	)
}

func TestTimeoutWith(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.TimeoutWith(srcs[0], 0, 3*ms, srcs[1]) },
		two("goes on with the other", "-a--------b", "-x---y|", "-a---x---y|"),
		two("an error counts as an event", "-a-#--b|", "x", "-a-#--b|"),
		two("an error before", "#------", "--x|", "#----x|"),
		two("an error of the source that comes too late", "-a------#", "-x|", "-a---x|"),
		two("an event in the instant of the alarm is in time", "-a--b|", "x|", "-a--b|"),
		two("an empty source", "|", "x|", "|"),
		two("both never", "-----", "---", "-----"),
		two("cut before", "-a--", "x|", "-aX"),
		two("the consumer leaves before", "-a---", "x|", "-(a!)"),
		two("the other has no bound", "------a", "------x|", "---------x|"),
		two("in time the other is not started", "-a-b|", "x", "-a-b|"),
		two("errors of the other pass", "------a", "-#-x|", "----#-x|"),
		two("an empty other", "-------", "|", "---|"),
		two("cut in the other", "-------", "-----x", "-----X"),
		two("the consumer leaves in the other", "-------", "-x-", "----(x!)"),
	)
}

func TestOverdue(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return timeouts(operators.Overdue(srcs[0], 3*ms)) },
		one("tells and goes on", "-a------b-|", "-a--T--Tb-|"),
		one("late from the start", "----a|", "---Fa|"),
		one("an error counts as an event", "-#------b|", "-#--T--Tb|"),
		one("an error between", "-a-#----b|", "-a-#--T-b|"),
		one("an event in the instant of the alarm is in time", "-a--b|", "-a--b|"),
		one("the end in the instant of the alarm", "-a--|", "-a--|"),
		one("empty", "|", "|"),
		one("cut before", "-a--", "-aX"),
		one("the consumer leaves on an error", "-#---", "-(#!)"),
		one("the end", "-a----|", "-a--T-|"),
		one("in time", "-a-b--c|", "-a-b--c|"),
		one("never", "-------", "---F--F"),
		one("cut", "-a-------", "-a--TX"),
		one("the consumer leaves", "-a------", "-a--(T!)"),
	)
}

func TestTimeoutErrorSaysWhatWasAwaited(t *testing.T) {
	for e, want := range map[*operators.TimeoutError]string{
		{After: time.Second, First: true}: "operators: no first event within 1s",
		{After: time.Second}:              "operators: no event for 1s",
	} {
		if e.Error() != want || !errors.Is(stream.Fatal(e), context.DeadlineExceeded) || !e.Timeout() {
			t.Errorf("error %v, deadline %v, timeout %v; want %s, a deadline and a timeout", e, errors.Is(e, context.DeadlineExceeded), e.Timeout(), want)
		}
	}
}

func TestDelay(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters { return operators.Delay(srcs[0], 4*ms) },
		one("shifts values and not the end", "-a---------|", "-----a-----|"),
		one("the end waits for what is on its way", "-a-b|", "-----a-(b|)"),
		one("distances are kept", "ab--c-----|", "----ab--c-|"),
		one("errors are shifted too", "-a#b------|", "-----a#b--|"),
		one("a burst in one instant", "-(ab)-----|", "-----(ab)-|"),
		one("an error alone", "#-----|", "----#-|"),
		one("empty ends at once", "|", "|"),
		one("empty, later", "---|", "---|"),
		one("never", "------", "------"),
		one("cut drops what is on its way", "-a-b---", "---X"),
		one("cut after the source has ended", "a|", "--X"),
		one("the consumer leaves", "-a-b---", "-----(a!)"),
	)
}

func TestRateLimit(t *testing.T) {
	diagrams(t, func(srcs ...letters) letters {
		return operators.RateLimit(srcs[0], rate.NewLimiter(rate.Every(3*ms), 1))
	},
		one("one in each time", "(abc)---|", "a--b--c-|"),
		one("slower sources pass", "a---b---c|", "a---b---c|"),
		one("the end waits with the last", "(ab)|", "a--b|"),
		one("an error before", "#a|", "#a|"),
		one("an error after", "a-#|", "a-#|"),
		one("an error keeps its place behind one that waits", "(ab#)--|", "a--(b#)|"),
		one("what is not used is not saved up", "a-----(bc)|", "a-----b--c|"),
		one("the consumer leaves on an error", "a#--", "a(#!)"),
		one("errors take no token", "a#-b|", "a#-b|"),
		one("empty", "|", "|"),
		one("never", "---", "---"),
		one("cut while it waits", "(ab)----", "a-X"),
		one("the consumer leaves", "(ab)----", "(a!)"),
	)
}

func TestTimeOperatorsNameWhatIsWrong(t *testing.T) {
	src := stream.Of("a")
	for want, call := range map[string]func(){
		"operators: Throttle: src is nil":                                                 func() { operators.Throttle[string](nil, 1, operators.Leading) },
		"operators: Throttle: d is 0s, want more than 0":                                  func() { operators.Throttle(src, 0, operators.Leading) },
		"operators: Throttle: edges is 0, want Leading, Trailing or both":                 func() { operators.Throttle(src, 1, 0) },
		"operators: Audit: d is -1ns, want more than 0":                                   func() { operators.Audit(src, -1) },
		"operators: Debounce: d is 0s, want more than 0":                                  func() { operators.Debounce(src, 0) },
		"operators: Sample: d is 0s, want more than 0":                                    func() { operators.Sample(src, 0) },
		"operators: SampleBy: signal is nil":                                              func() { operators.SampleBy[string, int](src, nil) },
		"operators: TakeUntil: signal is nil":                                             func() { operators.TakeUntil[string, int](src, nil) },
		"operators: SkipUntil: src is nil":                                                func() { operators.SkipUntil[string](nil, src) },
		"operators: Batch: n is 0, want at least 1":                                       func() { operators.Batch(src, 0, 1) },
		"operators: Session: gap is 0s, want more than 0":                                 func() { operators.Session(src, 1, 0) },
		"operators: Timeout: first is 0s and each 0s, want one more than 0 and none less": func() { operators.Timeout(src, 0, 0) },
		"operators: TimeoutWith: other is nil":                                            func() { operators.TimeoutWith(src, 1, 0, nil) },
		"operators: Overdue: d is 0s, want more than 0":                                   func() { operators.Overdue(src, 0) },
		"operators: Delay: d is 0s, want more than 0":                                     func() { operators.Delay(src, 0) },
		"operators: RateLimit: lim is nil":                                                func() { operators.RateLimit(src, nil) },
		"operators: RateLimit: lim has a burst of 0 and allows nothing":                   func() { operators.RateLimit(src, rate.NewLimiter(1, 0)) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != want {
					t.Errorf("panic %s, want %s", got, want)
				}
			}()
			call()
		}()
	}
}
