package operators_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// taking returns a function that takes d and returns v.
func taking(d time.Duration, v int) scope.Func[int] {
	return func(context.Context) (int, error) {
		time.Sleep(d)
		return v, nil
	}
}

// failingAfter returns a function that takes d and fails.
func failingAfter(d time.Duration, err error) scope.Func[int] {
	return func(context.Context) (int, error) {
		time.Sleep(d)
		return 0, err
	}
}

func TestAsCompletedEmitsInOrderOfCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := operators.AsCompleted(taking(3*time.Second, 0), failingAfter(2*time.Second, errBoom), taking(0, 2), taking(time.Second, 3))
		got := timed(t.Context(), s)
		if want := []string{"0s 2", "1s 3", "2s /as-completed: boom", "3s 0"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestAsCompletedOfNothingEndsAtOnce(t *testing.T) {
	none := func(func(scope.Func[int]) bool) {}
	for _, s := range []stream.Stream[int]{operators.AsCompleted[int](), operators.AsCompletedSeq(none, 3)} {
		if got, err := s.Collect(t.Context()); len(got) != 0 || err != nil {
			t.Errorf("Collect() = %v, %v, want nothing", got, err)
		}
	}
}

// completed are the ways to run functions as completed, all of them at once.
var completed = map[string]func(fns ...scope.Func[int]) stream.Stream[int]{
	"AsCompleted": operators.AsCompleted[int],
	"AsCompletedSeq": func(fns ...scope.Func[int]) stream.Stream[int] {
		return operators.AsCompletedSeq(slices.Values(fns), len(fns))
	},
	"AsCompletedIndexed": func(fns ...scope.Func[int]) stream.Stream[int] {
		s := operators.AsCompletedIndexed(slices.Values(fns), len(fns))
		return operators.Map(s, func(c operators.Completion[int]) int { return c.Value })
	},
}

func TestFailuresTellWhichFunctionItWas(t *testing.T) {
	exit := func(context.Context) (int, error) {
		time.Sleep(3 * time.Second)
		runtime.Goexit()
		return 0, nil
	}
	explode := func(context.Context) (int, error) {
		time.Sleep(2 * time.Second)
		panic(errBoom)
	}
	for name, apply := range completed {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := apply(taking(0, 0), failingAfter(time.Second, errBoom), explode, exit, taking(4*time.Second, 4))
				var got []string
				for v, err := range s.All(t.Context()) {
					if err == nil {
						got = append(got, fmt.Sprint(v))
						continue
					}
					e, ok := errors.AsType[*scope.TaskError](err)
					if !ok || error(e) != err { //nolint:errorlint // the event itself
						t.Fatalf("event %T %v, want a TaskError", err, err)
					}
					if e.Path != "/as-completed" || e.Attempt != 1 || e.Secondary {
						t.Errorf("event %+v", e)
					}
					got = append(got, fmt.Sprintf("%d failed after %v: %v", e.Index, e.Elapsed, e.Err))
				}
				want := []string{
					"0", "1 failed after 1s: boom", "2 failed after 2s: panic: boom",
					"3 failed after 3s: scope: left by runtime.Goexit", "4",
				}
				if !slices.Equal(got, want) {
					t.Errorf("events %q, want %q", got, want)
				}
			})
		})
	}
}

func TestAsCompletedIndexedTellsIndexAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fns := slices.Values([]scope.Func[int]{taking(3*time.Second, 10), taking(2*time.Second, 11), taking(2*time.Second, 12)})
		got, err := operators.AsCompletedIndexed(fns, 2).Collect(t.Context())
		want := []operators.Completion[int]{
			{Index: 1, Value: 11, Elapsed: 2 * time.Second},
			{Index: 0, Value: 10, Elapsed: 3 * time.Second},
			{Index: 2, Value: 12, Elapsed: 2 * time.Second}, // of its own, not since the start
		}
		if !slices.Equal(got, want) || err != nil {
			t.Errorf("Collect() = %v, %v, want %v", got, err, want)
		}
	})
}

func TestBreakEndsTheOtherFunctionsAndAwaitsThem(t *testing.T) {
	for name, apply := range completed {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var ended atomic.Int32
				slow := func(ctx context.Context) (int, error) {
					<-ctx.Done()
					if at := time.Since(start); at != time.Second {
						t.Errorf("cancelled at %v, want 1s", at)
					}
					time.Sleep(time.Second)
					ended.Add(1)
					return 0, ctx.Err()
				}
				for range apply(slow, taking(time.Second, 1), slow).All(t.Context()) {
					break
				}
				if at := time.Since(start); at != 2*time.Second || ended.Load() != 2 {
					t.Errorf("the run returned at %v with %d functions ended, want 2s and 2", at, ended.Load())
				}
			})
		})
	}
}

// TestAsCompletedNeverHoldsAFunctionUp is the promise that all results have a
// place: functions end in their own time although nobody reads.
func TestAsCompletedNeverHoldsAFunctionUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inScope := scope.New(t.Context(), "outer")
		fns := make([]scope.Func[int], 1000)
		for i := range fns {
			fns[i] = taking(0, i)
		}
		k := 0
		for range operators.AsCompleted(fns...).All(inScope.Context()) {
			if k == 0 {
				time.Sleep(time.Second)
				own := inScope.Children()[0]
				start := time.Now()
				if err := own.Wait(t.Context()); err != nil || time.Since(start) != 0 {
					t.Errorf("Wait() = %v after %v, want all tasks to have ended", err, time.Since(start))
				}
			}
			k++
		}
		if k != 1000 {
			t.Errorf("%d events, want 1000", k)
		}
		if err := inScope.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
}

func TestAsCompletedCopiesItsArguments(t *testing.T) {
	fns := []scope.Func[int]{taking(0, 1)}
	s := operators.AsCompleted(fns...)
	fns[0] = nil
	if got, err := s.Collect(t.Context()); !slices.Equal(got, []int{1}) || err != nil {
		t.Errorf("Collect() = %v, %v, want [1]", got, err)
	}
}

// endless yields functions without end and counts them.
func endless(read *atomic.Int32, fn scope.Func[int]) iter.Seq[scope.Func[int]] {
	return func(yield func(scope.Func[int]) bool) {
		for read.Add(1); yield(fn); read.Add(1) {
		}
	}
}

func TestAsCompletedSeqRunsNAtOnceAndReadsNoFurtherAhead(t *testing.T) {
	for _, n := range []int{1, 5, 100} {
		synctest.Test(t, func(t *testing.T) {
			var read, now, peak atomic.Int32
			fn := func(context.Context) (int, error) {
				raise(&peak, now.Add(1))
				time.Sleep(time.Second)
				now.Add(-1)
				return 1, nil
			}
			start := time.Now()
			k := 0
			for range operators.AsCompletedSeq(endless(&read, fn), n).All(t.Context()) {
				if at := time.Since(start); at != time.Duration(k/n+1)*time.Second {
					t.Errorf("n = %d: event %d at %v", n, k, at)
				}
				if k++; k == 3*n {
					break
				}
			}
			if p := int(peak.Load()); p != n {
				t.Errorf("%d functions at once, want %d", p, n)
			}
			// Those that ended, that may run anew, and 65 more.
			if r := int(read.Load()); r > 3*n+n+65 {
				t.Errorf("n = %d: %d functions read for %d results", n, r, 3*n)
			}
		})
	}
}

func TestAsCompletedSeqIsHeldBackByASlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var read, ran atomic.Int32
		fn := func(context.Context) (int, error) { return int(ran.Add(1)), nil }
		for range operators.AsCompletedSeq(endless(&read, fn), 2).All(t.Context()) {
			time.Sleep(time.Hour)
			if n := ran.Load(); n > 1+64+64+2 {
				t.Errorf("%d functions have run for a consumer that has taken one event", n)
			}
			break
		}
	})
}

func TestNilFunctionInASequenceIsAFailure(t *testing.T) {
	fns := slices.Values([]scope.Func[int]{taking(0, 1), nil, taking(0, 3)})
	got, err := operators.AsCompletedSeq(fns, 1).CollectAll(t.Context(), 5)
	e, ok := errors.AsType[*scope.TaskError](err)
	if !slices.Equal(got, []int{1, 3}) || !ok || e.Index != 1 {
		t.Errorf("CollectAll() = %v, %v, want the second function to have failed", got, err)
	}
	if _, ok := errors.AsType[*scope.PanicError](err); !ok {
		t.Errorf("error %v, want a PanicError", err)
	}
}

func TestPanickingSequenceIsAnEvent(t *testing.T) {
	fns := func(yield func(scope.Func[int]) bool) {
		if yield(taking(0, 1)) {
			panic(errBoom)
		}
	}
	got, err := operators.AsCompletedSeq(fns, 1).CollectAll(t.Context(), 5)
	p, ok := errors.AsType[*scope.PanicError](err)
	if !slices.Equal(got, []int{1}) || !ok || p.Value != error(errBoom) { //nolint:errorlint // the error itself
		t.Errorf("CollectAll() = %v, %v, want [1] and the panic", got, err)
	}
}

func TestSequenceIsLeftWhenTheConsumerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := false
		fns := func(yield func(scope.Func[int]) bool) {
			defer func() { left = true }()
			for yield(taking(0, 1)) {
			}
		}
		for range operators.AsCompletedSeq(fns, 2).All(t.Context()) {
			break
		}
		if !left {
			t.Error("the run has returned, the sequence has not")
		}
	})
}

func TestMisuseOfAsCompletedPanicsWhereItIsWritten(t *testing.T) {
	fns := slices.Values([]scope.Func[int]{taking(0, 1)})
	for want, f := range map[string]func(){
		"operators: AsCompleted: one of fns is nil":               func() { operators.AsCompleted(taking(0, 1), nil) },
		"operators: AsCompletedSeq: fns is nil":                   func() { operators.AsCompletedSeq[int](nil, 1) },
		"operators: AsCompletedSeq: n is 0, want at least 1":      func() { operators.AsCompletedSeq(fns, 0) },
		"operators: AsCompletedIndexed: fns is nil":               func() { operators.AsCompletedIndexed[int](nil, 1) },
		"operators: AsCompletedIndexed: n is -1, want at least 1": func() { operators.AsCompletedIndexed(fns, -1) },
	} {
		if got := panics(t, f); got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}
