package operators_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

// byLetter runs GroupBy over words like "a1", with the letter as the key, and all
// groups at the same time. It returns what each group and the outer stream gave.
func byLetter(ctx context.Context, src stream.Stream[string], max int, idle time.Duration) []string {
	begun := time.Now()
	var mu sync.Mutex
	var got []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%v ", time.Since(begun).Round(ms))+fmt.Sprintf(format, args...))
	}
	var groups sync.WaitGroup
	n := 0
	for g, err := range operators.GroupBy(src, func(v string) string { return v[:1] }, max, idle).All(ctx) {
		if err != nil {
			note("%v", err)
			continue
		}
		n++
		name := fmt.Sprintf("%s#%d", g.Key, n)
		groups.Go(func() {
			for v, err := range g.Stream().All(ctx) {
				if err != nil {
					note("%s %v", name, err)
				} else {
					note("%s %s", name, v)
				}
			}
			note("%s |", name)
		})
	}
	note("|")
	groups.Wait()
	slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a, b) })
	return got
}

func wordsOf(steps ...any) stream.Stream[string] {
	var all []streamtest.Step[string]
	for _, s := range steps {
		step := streamtest.Step[string]{After: sec}
		switch s := s.(type) {
		case string:
			step.Value = s
		case error:
			step.Err = s
		}
		all = append(all, step)
	}
	return streamtest.Script(all...).Stream()
}

func TestGroupBy(t *testing.T) {
	for name, tt := range map[string]struct {
		src  stream.Stream[string]
		max  int
		idle time.Duration
		want []string
	}{
		"a group for each key": {wordsOf("a1", "b2", "a3"), 9, 0,
			[]string{"1s a#1 a1", "2s b#2 b2", "3s a#1 a3", "3s a#1 |", "3s b#2 |", "3s |"}},
		"errors pass outside": {wordsOf("a1", errBoom, "a3"), 9, 0,
			[]string{"1s a#1 a1", "2s boom", "3s a#1 a3", "3s a#1 |", "3s |"}},
		"an idle group ends, and another opens": {wordsOf("a1", "b2", "b3", "b4", "a5"), 9, 2 * sec,
			[]string{"1s a#1 a1", "2s b#2 b2", "3s b#2 b3", "3s a#1 |", "4s b#2 b4", "5s a#3 a5", "5s a#3 |", "5s b#2 |", "5s |"}},
		"the oldest makes room": {wordsOf("a1", "b2", "c3", "a4"), 2, 0,
			[]string{"1s a#1 a1", "2s b#2 b2", "3s c#3 c3", "3s a#1 |", "4s a#4 a4", "4s b#2 |", "4s a#4 |", "4s c#3 |", "4s |"}},
		"empty": {wordsOf(), 9, 0, []string{"0s |"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := byLetter(t.Context(), tt.src, tt.max, tt.idle)
			want := slices.Clone(tt.want)
			slices.SortStableFunc(want, strings.Compare)
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		})
	}
}

func TestGroupsEndWithTheCauseOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 1500*ms, errCut)
		defer cancel()
		var group *operators.Group[string, string]
		over := make(chan string, 1)
		for g, err := range operators.GroupBy(wordsOf("a1", "a2"), strings.ToUpper, 9, 0).All(ctx) {
			if err != nil {
				break
			}
			group = g
			go func() { over <- streamtest.Record(context.WithoutCancel(ctx), g.Stream()).String() }()
		}
		if got, want := <-over, "0s a1, 500ms cut, 500ms |"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if err := streamtest.Record(t.Context(), group.Stream()).Events[0].Err; !errors.Is(err, operators.ErrAbandoned) {
			t.Errorf("a second run: %v, want %v", err, operators.ErrAbandoned)
		}
	})
}

func TestFullGroupWaitsASecondForSomebodyToRunIt(t *testing.T) {
	for _, tt := range []struct {
		begin   time.Duration // of the run of the group
		dropped int
		over    time.Duration // when the source has ended
	}{
		{0, 0, 0}, {500 * ms, 0, 500 * ms}, {999 * ms, 0, 999 * ms}, {1001 * ms, 936, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			got, lost := 0, 0
			var group sync.WaitGroup
			for g, err := range operators.GroupBy(stream.Range(0, 1000), func(int) int { return 7 }, 9, 0).All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				group.Go(func() {
					time.Sleep(tt.begin)
					for _, err := range g.Stream().All(t.Context()) {
						if lag, ok := errors.AsType[*stream.Lagged](err); ok {
							lost += lag.N
						} else {
							got++
						}
					}
				})
			}
			over := time.Since(begun)
			group.Wait()
			if over != tt.over || lost != tt.dropped || got != 1000-tt.dropped {
				t.Errorf("run after %v: %d values and %d lost, the source over at %v, want %d and %d at %v",
					tt.begin, got, lost, over, 1000-tt.dropped, tt.dropped, tt.over)
			}
		})
	}
}

func TestFullGroupThatNobodyRunsWaitsOnceAndNotBeyondTheCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		groups := operators.GroupBy(stream.Range(0, 1000), func(v int) int { return v % 2 }, 9, 0)
		if all, err := groups.Collect(t.Context()); len(all) != 2 || err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("%d groups, error %v, after %v, want 2 after 2s: one for each", len(all), err, time.Since(begun))
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 300*ms, errCut)
		defer cancel()
		begun = time.Now()
		if _, err := groups.Collect(ctx); !errors.Is(err, errCut) || time.Since(begun) != 300*ms {
			t.Errorf("error %v after %v, want %v after 300ms", err, time.Since(begun), errCut)
		}
		begun = time.Now()
		closing := operators.Tap(groups, operators.Observer[*operators.Group[int, int]]{OnValue: func(g *operators.Group[int, int]) { _ = g.Close() }})
		if n, err := closing.Count(t.Context()); n != 2 || err != nil || time.Since(begun) != 0 {
			t.Errorf("%d groups, error %v, after %v, want 2 at once: they were closed", n, err, time.Since(begun))
		}
	})
}

func TestGroupThatNobodyRunsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given []int
		back := operators.Discard(func(v int) { given = append(given, v) })
		groups := operators.GroupBy(stream.Range(0, 100), func(int) int { return 7 }, 9, 0, back)
		all, err := groups.Collect(t.Context())
		if err != nil || len(all) != 1 || len(given) != 36 {
			t.Fatalf("%d groups, %d values given back, error %v, want 1 and the 36 oldest", len(all), len(given), err)
		}
		late := streamtest.Record(t.Context(), all[0].Stream())
		if lag, ok := errors.AsType[*stream.Lagged](late.Events[0].Err); !ok || lag.N != 36 || len(late.Events) != 65 {
			t.Errorf("the group gave %v, want 36 lost and 64 values", late)
		}
		given = nil
		left, err := operators.Take(groups, 1).Collect(t.Context())
		if err != nil || len(left) != 1 || len(given) == 0 {
			t.Errorf("%d groups, %d values given back, error %v, want 1 that is given up", len(left), len(given), err)
		}
		if got := streamtest.Record(t.Context(), left[0].Stream()); !errors.Is(got.Events[0].Err, operators.ErrAbandoned) {
			t.Errorf("the group gave %v, want %v", got, operators.ErrAbandoned)
		}
	})
}

func TestGroupWhoseConsumerLeavesHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := map[int]int{}
		given := 0
		back := operators.Discard(func(int) { mu.Lock(); given++; mu.Unlock() })
		out := operators.FlatMap(operators.GroupBy(stream.Range(0, 1000), func(v int) int { return v % 3 }, 3, 0, back), 3, func(g *operators.Group[int, int]) ints {
			if g.Key == 1 {
				return operators.Take(g.Stream(), 1)
			}
			return g.Stream()
		})
		for v, err := range out.All(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			seen[v%3]++
		}
		if want := map[int]int{0: 334, 1: 1, 2: 333}; !maps.Equal(seen, want) || given != 332 {
			t.Errorf("seen %v and %d given back, want %v and 332", seen, given, want)
		}
	})
}

func TestParallelByKeepsTheOrderOfEachKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keys, each = 10, 50
		last := map[int]int{}
		n := 0
		f := func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Duration(v*7919%13) * ms)
			return v, nil
		}
		for v, err := range operators.ParallelBy(stream.Range(1, keys*each), func(v int) int { return v % keys }, 4, f).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if last[v%keys] >= v {
				t.Errorf("%d came after %d", v, last[v%keys])
			}
			last[v%keys] = v
			n++
		}
		if n != keys*each {
			t.Errorf("%d results, want %d", n, keys*each)
		}
	})
}

func TestForEachParallelEndsAtTheFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		err := operators.ForEachParallel(t.Context(), stream.Range(0, 100), 2, func(ctx context.Context, v int) error {
			if v == 1 {
				time.Sleep(sec)
				return errBoom
			}
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if !errors.Is(err, errBoom) || time.Since(begun) != sec {
			t.Errorf("ForEachParallel() = %v after %v, want %v after 1s", err, time.Since(begun), errBoom)
		}
		if err := operators.ForEachParallel(t.Context(), stream.Range(0, 9), 3, func(context.Context, int) error { return nil }); err != nil {
			t.Errorf("ForEachParallel() = %v, want nil", err)
		}
	})
}

func TestPartitionAndFilterParallelSplitByThePredicate(t *testing.T) {
	yes, no := operators.Partition(stream.Range(0, 6), even)
	left, err1 := yes.Collect(t.Context())
	right, err2 := no.Collect(t.Context())
	if got := fmt.Sprint(left, right, err1, err2); got != "[0 2 4] [1 3 5] <nil> <nil>" {
		t.Errorf("Partition: got %s", got)
	}
	kept, err := operators.FilterParallel(stream.Range(0, 6), 3, func(_ context.Context, v int) (bool, error) { return even(v), nil }).Collect(t.Context())
	slices.Sort(kept)
	if fmt.Sprint(kept, err) != "[0 2 4] <nil>" {
		t.Errorf("FilterParallel: got %v, %v", kept, err)
	}
}

func TestToChanSendsEventsAndClosesAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		ch, err := operators.ToChan(t.Context(), s, ticking(3).Stream(), 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for e := range ch {
			got = append(got, streamtest.Occurrence[int]{Value: e.Value, Err: e.Err}.String())
		}
		if want := []string{"0s 1", "0s boom", "0s 3"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestToChanIsLeftWhenItsScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		var given []int
		ch, err := operators.ToChan(t.Context(), s, stream.Range(0, 100), 2, operators.Discard(func(v int) { given = append(given, v) }))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		n := 0
		for range ch {
			n++
		}
		if n != 2 || !slices.Equal(given, []int{2}) {
			t.Errorf("%d events in the channel and %v given back, want 2 and [2]", n, given)
		}
		if _, err := operators.ToChan(t.Context(), s, stream.Of(1), 0); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("ToChan() on a closed scope = %v, want %v", err, scope.ErrClosed)
		}
	})
}
