package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestMapErrorKeepsTheFatalMark(t *testing.T) {
	wrap := func(err error) error { return errors.New("reading: " + err.Error()) } // without the mark
	got := collect(t, t.Context(), operators.MapError(every(0, errBoom, stream.Fatal(errBoom)), wrap))
	if len(got) != 2 || stream.IsFatal(got[0].Err) || !stream.IsFatal(got[1].Err) || got[1].Err.Error() != "reading: boom" {
		t.Errorf("got %v, want two errors, the second fatal", got)
	}
}

func TestMapErrorToNilPanics(t *testing.T) {
	s := operators.MapError(every(0, errBoom), func(error) error { return nil })
	if got := panics(t, func() { collectHere(t.Context(), s) }); !strings.HasPrefix(got, "operators: MapError: f returned nil") {
		t.Errorf("panic %q", got)
	}
}

func TestOnErrorResumeNextGoesOnAtAFatalErrorOrTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, told := newSink(t)
		failing := every(time.Second, 1, errBoom, stream.Fatal(errBoom), 9)
		got := timed(ctx, operators.OnErrorResumeNext(failing, every(time.Second, 2), failing))
		want := []string{"1s 1", "2s boom", "4s 2", "5s 1", "6s boom", "7s boom", "8s 9"}
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
		if errs := told(); len(errs) != 1 || !stream.IsFatal(errs[0]) {
			t.Errorf("the sink got %v, want one fatal error", errs)
		}
	})
}

func TestOnErrorResumeNextStartsNothingAfterTheConsumerStopped(t *testing.T) {
	next := &probe{events: values(9)}
	for at := range 2 {
		consume(t, t.Context(), operators.OnErrorResumeNext(stream.Of(1, 2), next.stream()), at, leavings[0])
	}
	if next.opened.Load() != 0 {
		t.Errorf("the next stream was started %d times", next.opened.Load())
	}
}

func TestErrorBudgetEndsAtOneErrorTooManyWithinTheWindow(t *testing.T) {
	second := time.Second
	// At 4s the error of 1s is no longer within 3s.
	spread := every(second, errBoom, 1, errBoom, errBoom, 2)
	happens(t, operators.ErrorBudget(spread, 2, 3*second), "1s boom", "2s 1", "3s boom", "4s boom", "5s 2", "5s end")
	tight := fmt.Sprintf("4s operators: more than 2 errors within %v, the last: boom", 3*second+1)
	happens(t, operators.ErrorBudget(spread, 2, 3*second+1), "1s boom", "2s 1", "3s boom", tight, "4s end")
	happens(t, operators.ErrorBudget(every(second, 1, errBoom, 2), 0, second),
		"1s 1", "2s operators: more than 0 errors within 1s, the last: boom", "2s end")
}

func TestErrorBudgetEndsWithAFatalErrorThatTellsTheLast(t *testing.T) {
	_, err := operators.ErrorBudget(every(0, errBoom), 0, time.Second).First(t.Context())
	over, ok := errors.AsType[*operators.BudgetError](err)
	if !stream.IsFatal(err) || !errors.Is(err, errBoom) || !ok || over.N != 0 || over.Window != time.Second {
		t.Errorf("First() = %#v, want a fatal *BudgetError of %v", err, errBoom)
	}
}

// growing is a back-off of 1s, 2s, 3s and so on, up to a number of waits.
type growing struct{ n, upTo int }

func (g *growing) NextBackOff() time.Duration {
	if g.n++; g.n > g.upTo {
		return -1
	}
	return time.Duration(g.n) * time.Second
}

func waits(upTo int) func() scope.BackOff {
	return func() scope.BackOff { return &growing{upTo: upTo} }
}

func TestBackOffOnErrorWaitsLongerForEachErrorInARow(t *testing.T) {
	src := every(0, errBoom, errBoom, 1, errBoom, 2)
	for range 2 { // a run begins anew
		happens(t, operators.BackOffOnError(src, waits(9)), "0s boom", "1s boom", "3s 1", "3s boom", "4s 2", "4s end")
	}
}

func TestBackOffOnErrorEndsWhenTheBackOffSaysSo(t *testing.T) {
	s := operators.BackOffOnError(every(0, errBoom, errBoom, 1), waits(1))
	happens(t, s, "0s boom", "1s boom", "1s end")
	var last error
	for _, err := range s.All(t.Context()) {
		last = err
		break
	}
	if stream.IsFatal(last) {
		t.Error("the error before the last is fatal")
	}
	_ = s.Drain(t.Context(), func(err error) { last = err })
	if !stream.IsFatal(last) {
		t.Errorf("the last event is %v, want it fatal", last)
	}
}

func TestBackOffOnErrorWaitsNoLongerThanTheContextLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errCut)
		defer cancel()
		got := timed(ctx, operators.BackOffOnError(every(0, errBoom, errBoom, 1), waits(9)))
		if want := []string{"0s boom", "1s boom", "2s cut"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestDelayErrorsJoinsTheFirstAndCountsTheRest(t *testing.T) {
	src := every(time.Second, errBoom, 1, errCut, errBoom, 2)
	happens(t, operators.DelayErrors(src, 2), "2s 1", "5s 2", "5s 3 errors: boom; cut; 1 more", "5s end")
	happens(t, operators.DelayErrors(src, 0), "2s 1", "5s 2", "5s errors: 3", "5s end")
	happens(t, operators.DelayErrors(every(time.Second, 1), 2), "1s 1", "1s end")
}

func TestDelayErrorsKeepsTheFatalMarkOfAnErrorItOnlyCounts(t *testing.T) {
	for _, k := range []int{0, 1, 2} {
		_, err := operators.DelayErrors(every(0, errBoom, stream.Fatal(errCut)), k).First(t.Context())
		joined, ok := errors.AsType[*stream.JoinedError](err)
		if !ok || len(joined.Errs)+joined.More != 2 || !stream.IsFatal(err) {
			t.Errorf("k = %d: First() = %v, want two errors, fatal", k, err)
		}
	}
	if _, err := operators.DelayErrors(every(0, errBoom), 2).First(t.Context()); stream.IsFatal(err) {
		t.Errorf("First() = %v, fatal", err)
	}
}

func TestDelayErrorsTellsTheSinkWhatNobodyReceives(t *testing.T) {
	for _, l := range leavings {
		ctx, told := newSink(t)
		consume(t, ctx, operators.DelayErrors(every(0, errBoom, errBoom, 1), 1), 0, l)
		if errs := told(); len(errs) != 1 || errs[0].Error() != "2 errors: boom; 1 more" {
			t.Errorf("%s: the sink got %v, want the two errors in one", l.name, errs)
		}
	}
	ctx, told := newSink(t)
	ctx, cancel := context.WithCancelCause(ctx)
	src := operators.Tap(every(0, errBoom, 1, 2), operators.Observer[int]{OnValue: func(int) { cancel(errCut) }})
	got := collect(t, ctx, operators.DelayErrors(src, 1))
	if want := append(values(1), stream.Event[int]{Err: errCut}); !slices.Equal(got, want) || len(told()) != 1 {
		t.Errorf("cut: got %v with %v in the sink, want %v with one", got, told(), want)
	}
}

func TestWithItemSaysWhichValueFailed(t *testing.T) {
	src := every(0, 1, errCut, 3, 4)
	got := collect(t, t.Context(), operators.WithItem(src, failOn3))
	if len(got) != 4 || got[1].Err != errCut { //nolint:errorlint // unchanged
		t.Fatalf("got %v, want four events with %v as it was", got, errCut)
	}
	item, ok := errors.AsType[*operators.ItemError[int]](got[2].Err)
	if !ok || item.Item != 3 || item.Index != 1 || !errors.Is(item, errBoom) || item.Error() != "item 1: boom" {
		t.Errorf("got %#v, want item 3 at 1 with %v", got[2].Err, errBoom)
	}
}

func TestWithItemTellsACutAsTheCause(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	got := collect(t, ctx, operators.WithItem(stream.Of(1), func(ctx context.Context, v int) (int, error) {
		cancel(errCut)
		return v, ctx.Err()
	}))
	if want := []stream.Event[int]{{Err: errCut}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestErrorsPassAllReplacersOnceTheContextHasEnded(t *testing.T) {
	fail := func(what string) { t.Errorf("%s was called", what) }
	sink := scope.SinkFunc(func(context.Context, *scope.TaskError) { fail("sink") })
	for name, apply := range map[string]func(ints) ints{
		"MapError":      func(s ints) ints { return operators.MapError(s, func(err error) error { fail("f"); return err }) },
		"OnErrorReturn": func(s ints) ints { return operators.OnErrorReturn(s, func(error) int { fail("f"); return 0 }) },
		"FilterErrors":  func(s ints) ints { return operators.FilterErrors(s, func(error) bool { fail("keep"); return false }) },
		"ErrorsTo":      func(s ints) ints { return operators.ErrorsTo(s, sink) },
		"DelayErrors":   func(s ints) ints { return operators.DelayErrors(s, 1) },
		"ErrorBudget":   func(s ints) ints { return operators.ErrorBudget(s, 0, time.Hour) },
		"BackOffOnError": func(s ints) ints {
			return operators.BackOffOnError(s, func() scope.BackOff { fail("backOff"); return noWait{} })
		},
		"OnErrorResumeNext": func(s ints) ints { return operators.OnErrorResumeNext(s, stream.Of(1)) },
		"Retry":             func(s ints) ints { return operators.Retry(s) },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errCut)
		failure := stream.Fatal(errBoom)
		in := []stream.Event[int]{{Err: failure}, {Err: errCut}}
		if got := collect(t, ctx, apply(sloppy(in...))); !slices.Equal(got, in) {
			t.Errorf("%s: got %v, want %v", name, got, in)
		}
	}
}
