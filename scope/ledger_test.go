package scope_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestLedgerTellsWhatBecameOfEachFailureAndValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root", quiet)
		var handles []any
		read := func(fn scope.Func[*closer]) {
			task := scope.Go(context.Background(), root, fn)
			handles = append(handles, task)
			_, _ = task.Wait(context.Background())
			_, _ = task.Wait(context.Background()) // counts once
		}
		leave := func(fn scope.Func[*closer]) {
			handles = append(handles, scope.Go(context.Background(), root, fn))
			synctest.Wait()
		}
		for _, step := range []struct {
			what string
			do   func()
			want scope.Ledger
		}{
			{"a task that succeeds", func() { mustGo(t, root, succeed); synctest.Wait() }, scope.Ledger{}},
			{"a task that fails", func() { mustGo(t, root, fail); synctest.Wait() }, scope.Ledger{Produced: 1, Sunk: 1}},
			{"a report", func() { root.Report(context.Background(), errBoom) }, scope.Ledger{Produced: 2, Sunk: 2}},
			{"Do", func() { _ = root.Do(context.Background(), fail) }, scope.Ledger{Produced: 3, Sunk: 2, Delivered: 1}},
			{"a handle that is read", func() { read(ends[*closer](0, nil, errBoom)) }, scope.Ledger{Produced: 4, Sunk: 2, Delivered: 2}},
			{"one with a value", func() { read(ends(0, new(closer), nil)) }, scope.Ledger{Produced: 5, Sunk: 2, Delivered: 3}},
			{"one that is not", func() { leave(ends[*closer](0, nil, errBoom)) }, scope.Ledger{Produced: 6, Sunk: 2, Delivered: 3}},
			{"nor one with a value", func() { leave(ends(0, new(closer), nil)) }, scope.Ledger{Produced: 7, Sunk: 2, Delivered: 3}},
			{"a release that fails", func() { root.Defer("r", fail) }, scope.Ledger{Produced: 7, Sunk: 2, Delivered: 3}},
			{"the close", func() { _ = root.Close() }, scope.Ledger{Produced: 8, Sunk: 3, Delivered: 4, Discarded: 1}},
		} {
			step.do()
			if got := root.Ledger(); got != step.want {
				t.Errorf("after %s: %+v, want %+v", step.what, got, step.want)
			}
		}
		runtime.KeepAlive(handles)
	})
}

func TestLedgerOfAClosedChildIsThatOfItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root", quiet)
		s := root.Child("s", scope.FailFast())
		task := scope.Go(context.Background(), s, ends(time.Second, 0, errBoom))
		time.Sleep(2 * time.Second)
		if got, want := root.Ledger(), (scope.Ledger{Produced: 1}); got != want {
			t.Errorf("before somebody asks: %+v, want %+v", got, want)
		}
		if _, err := task.Wait(context.Background()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want boom", err)
		}
		want := scope.Ledger{Produced: 1, Delivered: 1}
		if got := root.Ledger(); got != want {
			t.Errorf("after the read: %+v, want %+v", got, want)
		}
		mustClose(t, s)
		mustClose(t, root)
		if got := root.Ledger(); got != want {
			t.Errorf("at the end: %+v, want %+v", got, want)
		}
	})
}

func TestLedgerOfAbandonedWorkBalancesWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(context.Background(), "top", quiet)
		s := top.Child("s", scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		stop := make(chan struct{})
		failing := func(context.Context) error { <-stop; return errBoom }
		mustGo(t, s, failing)
		task := scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, failing(ctx) })
		if err := s.Close(); !errors.As(err, new(*scope.StuckError)) {
			t.Errorf("Close() = %v, want a StuckError", err)
		}
		close(stop)
		synctest.Wait()
		_, _ = task.Wait(context.Background())
		if got, want := top.Ledger(), (scope.Ledger{Produced: 3, Delivered: 1, Sunk: 2}); got != want {
			t.Errorf("the ledger is %+v, want %+v", got, want)
		}
		mustClose(t, top)
	})
}

func TestBookOfAnOperatorCountsForAllAbove(t *testing.T) {
	root := scope.New(context.Background(), "root")
	s := root.Child("s")
	s.Book(scope.Ledger{Produced: 3, Delivered: 1})
	mustClose(t, s)
	s.Book(scope.Ledger{Discarded: 1, Sunk: 1})
	if got, want := root.Ledger(), (scope.Ledger{Produced: 3, Delivered: 1, Sunk: 1, Discarded: 1}); got != want {
		t.Errorf("Ledger() = %+v, want %+v", got, want)
	}
	mustClose(t, root)
}

func TestLedgerAddsUpForALongReportThatNobodyTakes(t *testing.T) {
	sink := new(told)
	top := scope.New(context.Background(), "top", scope.WithSink(sink))
	func() {
		s := top.Child("s")
		for range 20 {
			s.Defer("r", func(context.Context) error { return errBoom })
		}
		s.Cancel(nil)
		for s.State() != scope.StateClosed {
			runtime.Gosched()
		}
	}()
	collectUntil(t, "all is told", func() bool { return len(sink.all()) == 17 })
	collectUntil(t, "the ledger adds up", func() bool { return top.Ledger().Pending() == 0 })
	mustClose(t, top)
}
