package merge_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

var (
	errBoom = errors.New("boom")
	errCut  = errors.New("cut")
)

// every emits the given events, one each d, and calls functions among them.
func every(d time.Duration, events ...any) stream.Stream[int] {
	var steps []streamtest.Step[int]
	for _, e := range events {
		step := streamtest.Step[int]{After: d}
		switch e := e.(type) {
		case int:
			step.Value = e
		case error:
			step.Err = e
		case func():
			step.Do = e
		}
		steps = append(steps, step)
	}
	return streamtest.Script(steps...).Stream()
}

// timed returns the events of a run with their times, as in "2s 1".
func timed(ctx context.Context, s stream.Stream[int]) []string {
	return streamtest.Record(ctx, s).Strings()
}

func TestMergeEmitsEventsAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := merge.Merge(every(3*time.Second, 30, 31, 32), every(2*time.Second, 20, errBoom, 22, 23), stream.Empty[int](), stream.Of(1))
		want := []string{"0s 1", "2s 20", "3s 30", "4s boom", "6s 22", "6s 31", "8s 23", "9s 32"}
		got := timed(t.Context(), s)
		slices.Sort(got) // two events come in one instant
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestMergeKeepsTheOrderOfEachSource(t *testing.T) {
	srcs := []stream.Stream[int]{stream.Range(0, 1000), stream.Range(1000, 1000), stream.Range(2000, 1000)}
	for name, s := range map[string]stream.Stream[int]{
		"Merge":           merge.Merge(srcs...),
		"MergeSeq":        merge.MergeSeq(slices.Values(srcs), 2),
		"merge of merges": merge.Merge(merge.Merge(srcs[0], srcs[1]), merge.Merge(srcs[2])),
	} {
		next := []int{0, 1000, 2000}
		for v, err := range s.All(t.Context()) {
			if err != nil || v != next[v/1000] {
				t.Fatalf("%s: event %d, %v, want %d", name, v, err, next[v/1000])
			}
			next[v/1000]++
		}
		if !slices.Equal(next, []int{1000, 2000, 3000}) {
			t.Errorf("%s: ended at %v", name, next)
		}
	}
}

func TestErrorOrEndOfOneSourceStopsNoOther(t *testing.T) {
	panics := func() { panic(errBoom) }
	for name, last := range map[string]struct {
		event any
		want  error
	}{
		"error":  {errBoom, errBoom},
		"fatal":  {stream.Fatal(errBoom), errBoom},
		"panic":  {panics, errBoom},
		"Goexit": {runtime.Goexit, scope.ErrGoexit},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, s := range []stream.Stream[int]{
					merge.Merge(every(time.Second, 1, last.event), every(3*time.Second, 2, 3)),
					merge.MergeSeq(slices.Values([]stream.Stream[int]{every(time.Second, 1, last.event), every(3*time.Second, 2, 3)}), 2),
				} {
					start := time.Now()
					got, err := s.CollectAll(t.Context(), 5)
					if !slices.Equal(got, []int{1, 2, 3}) || !errors.Is(err, last.want) {
						t.Errorf("CollectAll() = %v, %v, want 1 to 3 and %v", got, err, last.want)
					}
					if took := time.Since(start); took != 6*time.Second {
						t.Errorf("took %v, want 6s", took)
					}
				}
			})
		})
	}
}

func TestErrorsPassUnchanged(t *testing.T) {
	fatal := stream.Fatal(errBoom)
	src := func(_ context.Context, yield func(int, error) bool) {
		_ = yield(0, errBoom) && yield(0, fatal)
	}
	for name, s := range map[string]stream.Stream[int]{
		"Merge":    merge.Merge(src),
		"MergeSeq": merge.MergeSeq(slices.Values([]stream.Stream[int]{src}), 1),
		"Concat":   merge.Concat(src),
	} {
		var got []error
		for v, err := range s.All(t.Context()) {
			if v != 0 {
				t.Errorf("%s: value %d beside %v", name, v, err)
			}
			got = append(got, err)
		}
		if !slices.Equal(got, []error{errBoom, fatal}) {
			t.Errorf("%s: events %v", name, got)
		}
	}
}

func TestSlowConsumerHoldsTheSourcesBack(t *testing.T) {
	for _, n := range []int{1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			var emitted atomic.Int32
			srcs := make([]stream.Stream[int], n)
			for i := range srcs {
				srcs[i] = func(_ context.Context, yield func(int, error) bool) {
					for emitted.Add(1); yield(i, nil); emitted.Add(1) {
					}
				}
			}
			k := 0
			for range merge.Merge(srcs...).All(t.Context()) {
				time.Sleep(time.Hour)
				k++
				// 64 in the queue, a batch of 64, and each source holds one.
				if ahead := int(emitted.Load()) - k; ahead > 64+64+n {
					t.Fatalf("%d sources are %d events ahead after %d", n, ahead, k)
				}
				if k == 200 {
					break
				}
			}
		})
	}
}

func TestMergeSeqRunsNSourcesAtOnce(t *testing.T) {
	for _, n := range []int{1, 3, 10} {
		synctest.Test(t, func(t *testing.T) {
			var now, peak atomic.Int32
			var read atomic.Int32
			src := func(ctx context.Context, yield func(int, error) bool) {
				k := now.Add(1)
				for p := peak.Load(); k > p && !peak.CompareAndSwap(p, k); p = peak.Load() {
				}
				defer now.Add(-1)
				every(time.Second, 1, 2)(ctx, yield)
			}
			start := time.Now()
			k := 0
			for _, err := range merge.MergeSeq(endless(&read, src), n).All(t.Context()) {
				if err != nil {
					t.Errorf("event %v", err)
				}
				if at, want := time.Since(start), time.Duration(k/n+1)*time.Second; at != want {
					t.Errorf("n = %d: event %d at %v, want %v", n, k, at, want)
				}
				if k++; k == 6*n {
					break
				}
			}
			if p := int(peak.Load()); p != n {
				t.Errorf("%d sources at once, want %d", p, n)
			}
			if r := int(read.Load()); r > 4*n+65 {
				t.Errorf("n = %d: %d sources taken", n, r)
			}
		})
	}
}

// endless yields src without end and counts.
func endless(read *atomic.Int32, src stream.Stream[int]) iter.Seq[stream.Stream[int]] {
	return func(yield func(stream.Stream[int]) bool) {
		for read.Add(1); yield(src); read.Add(1) {
		}
	}
}

func TestMergeSeqTellsOfWhatIsWrongWithTheSequence(t *testing.T) {
	seq := func(yield func(stream.Stream[int]) bool) {
		_ = yield(stream.Of(1)) && yield(nil) && yield(stream.Of(2))
		panic(errBoom)
	}
	got, err := merge.MergeSeq(seq, 1).CollectAll(t.Context(), 5)
	if !slices.Equal(got, []int{1, 2}) {
		t.Errorf("values %v, want [1 2]", got)
	}
	joined, ok := errors.AsType[*stream.JoinedError](err)
	if !ok || len(joined.Errs) != 2 || !errors.Is(err, errBoom) {
		t.Fatalf("errors %v, want two panics", err)
	}
	for _, err := range joined.Errs {
		if _, ok := errors.AsType[*scope.PanicError](err); !ok {
			t.Errorf("error %v, want a PanicError", err)
		}
	}
}

func TestMergeSeqRangesAnewInEachRun(t *testing.T) {
	s := merge.MergeSeq(slices.Values([]stream.Stream[int]{stream.Of(1), stream.Of(2)}), 1)
	for range 2 {
		if got, err := s.Collect(t.Context()); !slices.Equal(got, []int{1, 2}) || err != nil {
			t.Errorf("Collect() = %v, %v, want [1 2]", got, err)
		}
	}
}

func TestCutOfOneSourceIsNoCutOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := func(ctx context.Context, yield func(int, error) bool) {
			ctx, cancel := context.WithTimeoutCause(ctx, time.Second, errCut)
			defer cancel()
			stream.Never[int]()(ctx, yield)
		}
		got := timed(t.Context(), merge.Merge(src, every(2*time.Second, 1)))
		if want := []string{"1s cut", "2s 1"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestWithoutSourcesTheRunEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	for name, s := range map[string]stream.Stream[int]{
		"Merge":    merge.Merge[int](),
		"MergeSeq": merge.MergeSeq(func(func(stream.Stream[int]) bool) {}, 1),
		"Concat":   merge.Concat[int](),
	} {
		if got, err := s.Collect(ctx); len(got) != 0 || err != nil {
			t.Errorf("%s: Collect() = %v, %v, want nothing", name, got, err)
		}
		defer func() {
			if got, err := s.Collect(ctx); len(got) != 0 || err != errCut { //nolint:errorlint // unchanged
				t.Errorf("%s: Collect() = %v, %v, want the cause", name, got, err)
			}
		}()
	}
	cancel(errCut)
}

func TestSourcesAreCopied(t *testing.T) {
	srcs := []stream.Stream[int]{stream.Of(1)}
	merged, chained := merge.Merge(srcs...), merge.Concat(srcs...)
	srcs[0] = nil
	for _, s := range []stream.Stream[int]{merged, chained} {
		if got, err := s.Collect(t.Context()); !slices.Equal(got, []int{1}) || err != nil {
			t.Errorf("Collect() = %v, %v, want [1]", got, err)
		}
	}
}

func TestMisusePanicsWhereItIsWritten(t *testing.T) {
	src := stream.Of(1)
	for want, f := range map[string]func(){
		"merge: Merge: srcs[1] is nil":             func() { merge.Merge(src, nil) },
		"merge: Concat: srcs[0] is nil":            func() { merge.Concat(nil, src) },
		"merge: StartWith: src is nil":             func() { merge.StartWith(nil, 1) },
		"merge: EndWith: src is nil":               func() { merge.EndWith(nil, 1) },
		"merge: MergeSeq: srcs is nil":             func() { merge.MergeSeq[int](nil, 1) },
		"merge: MergeSeq: n is 0, want at least 1": func() { merge.MergeSeq(slices.Values([]stream.Stream[int]{src}), 0) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
}
