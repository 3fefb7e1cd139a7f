package scope_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// quiet is a sink for failures that a test is not about.
var quiet = scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {}))

func succeed(context.Context) error { return nil }
func fail(context.Context) error    { return errBoom }
func crash(context.Context) error   { panic("oh") }
func leave(context.Context) error   { runtime.Goexit(); return nil }

// wantCounts compares what of st is counted for tasks.
func wantCounts(t *testing.T, what string, st, want scope.Statistics) {
	t.Helper()
	st.Durations, st.Peak, st.Ledger = nil, 0, scope.Ledger{}
	if st != want {
		t.Errorf("%s = %+v, want %+v", what, st, want)
	}
}

func TestStatisticsCountOutcomesOfOpenAndClosedScopes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top", quiet)
		s := top.Child("s")
		deep := s.Child("deep")
		for _, fn := range []func(context.Context) error{succeed, fail, crash, leave} {
			mustGo(t, s, fn)
		}
		mustGo(t, deep, succeed)
		mustGo(t, deep, untilEnd)
		mustGo(t, top, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				return s.Do(ctx, succeed)
			})
		})
		synctest.Wait()
		own := scope.Statistics{Started: 4, Succeeded: 1, Failed: 3, Panicked: 2}
		wantCounts(t, "own of s", s.OwnStatistics(), own)
		wantCounts(t, "s", s.Statistics(), scope.Statistics{Started: 6, Running: 1, Succeeded: 2, Failed: 3, Panicked: 2})
		wantCounts(t, "top", top.Statistics(), scope.Statistics{Started: 8, Running: 1, Succeeded: 4, Failed: 3, Panicked: 2})
		wantCounts(t, "own of top", top.OwnStatistics(), scope.Statistics{Started: 1, Succeeded: 1})
		mustClose(t, deep)
		all := scope.Statistics{Started: 6, Succeeded: 2, Failed: 3, Cancelled: 1, Panicked: 2}
		wantCounts(t, "s after deep has closed", s.Statistics(), all)
		mustClose(t, s)
		wantCounts(t, "s after its close", s.Statistics(), all)
		wantCounts(t, "own of s after its close", s.OwnStatistics(), own)
		all.Started += 2
		all.Succeeded += 2
		wantCounts(t, "top after s has closed", top.Statistics(), all)
		mustClose(t, top)
		wantCounts(t, "top after its close", top.Statistics(), all)
	})
}

func TestStatisticsCountWhatWaitsForTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		s := top.Child("s", scope.WithLimit(2))
		for range 5 {
			go func() { _ = s.Go(context.Background(), failAfter(time.Second, nil)) }()
		}
		synctest.Wait()
		wantCounts(t, "full", s.Statistics(), scope.Statistics{Started: 2, Running: 2, Queued: 3, Limit: 2})
		wantCounts(t, "the parent", top.Statistics(), scope.Statistics{Started: 2, Running: 2, Queued: 3})
		time.Sleep(time.Second)
		synctest.Wait()
		wantCounts(t, "later", s.Statistics(), scope.Statistics{Started: 4, Running: 2, Succeeded: 2, Queued: 1, Limit: 2})
		time.Sleep(2 * time.Second)
		mustClose(t, top)
		wantCounts(t, "at the end", top.Statistics(), scope.Statistics{Started: 5, Succeeded: 5})
	})
}

func TestAbandonedTasksRunInTheStatisticsUntilAllHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top", quiet, scope.WithDurations())
		middle := top.Child("middle")
		s := middle.Child("s", scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		mustGo(t, s, succeed)
		mustGo(t, s, failAfter(3*time.Second, nil))
		mustGo(t, s, failAfter(5*time.Second, errBoom))
		if err := s.Close(); err == nil {
			t.Error("Close() = nil, want a StuckError")
		}
		stuck := scope.Statistics{Started: 3, Running: 2, Succeeded: 1}
		wantCounts(t, "middle", middle.Statistics(), stuck)
		mustClose(t, middle)
		wantCounts(t, "top", top.Statistics(), stuck)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		ended := scope.Statistics{Started: 3, Succeeded: 2, Failed: 1}
		wantCounts(t, "middle when they have ended", middle.Statistics(), ended)
		wantCounts(t, "top when they have ended", top.Statistics(), ended)
		if h := top.Statistics().Durations; h.Count != 3 || h.Sum != 8*time.Second {
			t.Errorf("Durations = %+v, want 3 tasks and 8s in all", h)
		}
		mustClose(t, top)
	})
}

func TestNestedScopeThatOutlivesItsParentIsCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		s := top.Child("s", scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		mustGo(t, s, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				mustGo(t, n, failAfter(5*time.Second, nil))
				return nil
			})
		})
		synctest.Wait()
		if err := s.Close(); err == nil {
			t.Error("Close() = nil, want a StuckError")
		}
		wantCounts(t, "s", s.Statistics(), scope.Statistics{Started: 2, Running: 2})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want := scope.Statistics{Started: 2, Succeeded: 1, Cancelled: 1}
		wantCounts(t, "s at the end", s.Statistics(), want)
		wantCounts(t, "top at the end", top.Statistics(), want)
		mustClose(t, top)
	})
}

func TestEachReadingOfTheStatisticsAddsUpUnderChurn(t *testing.T) {
	top := scope.New(t.Context(), "top", quiet, scope.WithDurations())
	var started, stop atomic.Int64
	var readers, churn sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			var last int64
			for stop.Load() == 0 {
				st := top.Statistics()
				if sum := st.Running + st.Succeeded + st.Failed + st.Cancelled; st.Started != sum || st.Panicked > st.Failed {
					t.Errorf("%+v does not add up: %d", st, sum)
					return
				}
				if st.Started < last {
					t.Errorf("Started = %d after %d: tasks were lost, or were counted twice", st.Started, last)
					return
				}
				last = st.Started
			}
		})
	}
	for range 4 {
		churn.Go(func() { churnScopes(t, top, rounds(300), &started) })
	}
	churn.Wait()
	stop.Store(1)
	readers.Wait()
	mustClose(t, top)
	st := top.Statistics()
	if st.Started != started.Load() || st.Running != 0 || st.Durations.Count != st.Started {
		t.Errorf("Statistics() = %+v, want all of %d started and ended", st, started.Load())
	}
}

// churnScopes opens scopes two levels below top with tasks of all outcomes, and
// closes them.
func churnScopes(t *testing.T, top *scope.Scope, rounds int, started *atomic.Int64) {
	fns := []func(context.Context) error{succeed, fail, crash, leave, untilEnd}
	for range rounds {
		s := top.Child("s")
		deep := s.Child("deep")
		for range rand.IntN(20) {
			in := []*scope.Scope{top, s, deep}[rand.IntN(3)]
			fn := fns[rand.IntN(len(fns))]
			if in == top {
				fn = succeed
			}
			started.Add(1)
			if err := in.Go(t.Context(), fn); err != nil {
				t.Errorf("Go() = %v, want nil", err)
			}
		}
		mustClose(t, s)
	}
}

func TestClosedScopesCostTheirParentNoMemory(t *testing.T) {
	top := scope.New(t.Context(), "top")
	withTask := func() {
		s := top.Child("s")
		if err := s.Do(context.Background(), succeed); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	withTask()
	before := testing.AllocsPerRun(100, withTask)
	for range 1000 {
		withTask()
	}
	if after := testing.AllocsPerRun(100, withTask); after > before+1 {
		t.Errorf("a scope with a task costs %v allocations after 1000 of them, want %v", after, before)
	}
	mustClose(t, top)
}

func TestStatisticsAreJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimit(3), scope.WithDurations())
		mustGo(t, s, failAfter(3, nil))
		mustWait(t, s)
		data, err := json.Marshal(s.Statistics())
		want := `{"started":1,"running":0,"succeeded":1,"failed":0,"cancelled":0,"panicked":0,"restarted":0,"queued":0,` +
			`"ledger":{"produced":0,"delivered":0,"sunk":0,"discarded":0},` +
			`"limit":3,"peak":1,"durations":{"count":1,"sum_ns":3,"buckets":[0,0,1]}}`
		if err != nil || string(data) != want {
			t.Errorf("Marshal() = %s, %v\nwant %s", data, err, want)
		}
		mustClose(t, s)
	})
}
