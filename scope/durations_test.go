package scope_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestDurationsAreMeasuredBelowTheOptionOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		s := top.Child("s", scope.WithDurations())
		mustGo(t, top, failAfter(time.Second, nil))
		mustGo(t, s, failAfter(time.Millisecond, nil))
		_ = scope.Run(s.Context(), "below", func(ctx context.Context, below *scope.Scope) error {
			for range 3 {
				mustGo(t, below, failAfter(time.Microsecond, nil))
			}
			return below.Do(ctx, failAfter(time.Millisecond, nil))
		})
		mustWait(t, top)
		if h := top.OwnStatistics().Durations; h != nil {
			t.Errorf("Durations = %+v above the option, want nil", h)
		}
		st := top.Statistics()
		if h := st.Durations; h.Count != 5 || h.Sum != 2*time.Millisecond+3*time.Microsecond {
			t.Errorf("Durations = %+v, want 5 tasks and 2.003ms in all", h)
		}
		if st.Peak != 4 {
			t.Errorf("Peak = %d, want the 4 of one scope", st.Peak)
		}
		mustClose(t, top)
	})
}

func TestEveryKindOfTaskIsMeasured(t *testing.T) {
	for name, start := range kinds {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "s", scope.WithDurations())
			for range 2 {
				if err := start(t.Context(), s, failAfter(time.Second, nil)); err != nil {
					t.Errorf("%s: %v, want nil", name, err)
				}
				mustWait(t, s)
			}
			st := s.OwnStatistics()
			if st.Peak != 1 || st.Durations.Count != 2 || st.Durations.Sum != 2*time.Second {
				t.Errorf("%s: peak %d, durations %+v, want 1, and 2 tasks of a second", name, st.Peak, st.Durations)
			}
			mustClose(t, s)
		})
	}
}

func TestPeakIsTheMostTasksAtOneTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithDurations(), quiet)
		for _, n := range []int{3, 7, 1} {
			for range n {
				mustGo(t, s, failAfter(time.Second, errBoom))
			}
			mustWait(t, s)
		}
		if got := s.Statistics().Peak; got != 7 {
			t.Errorf("Peak = %d, want 7", got)
		}
		mustClose(t, s)
	})
}

func TestQuantileIsLessThanTwiceTheTime(t *testing.T) {
	h := &scope.Histogram{Count: 10, Buckets: []int64{0, 0, 0, 5, 0, 4, 1}}
	tests := []struct {
		h    *scope.Histogram
		q    float64
		want time.Duration
	}{
		{nil, 0.5, 0},
		{new(scope.Histogram), 1, 0},
		{h, 0, 8},
		{h, 0.5, 8},
		{h, 0.51, 32},
		{h, 0.9, 32},
		{h, 0.99, 64},
		{h, 1, 64},
		{&scope.Histogram{Count: 1, Buckets: append(make([]int64, 63), 1)}, 1, math.MaxInt64},
		{&scope.Histogram{Count: 1, Buckets: append(make([]int64, 70), 1)}, 1, math.MaxInt64}, // read from somewhere
	}
	for _, tt := range tests {
		if got := tt.h.Quantile(tt.q); got != tt.want {
			t.Errorf("%+v: Quantile(%v) = %d, want %d", tt.h, tt.q, got, tt.want)
		}
	}
}

func TestQuantileOutOfRangePanics(t *testing.T) {
	for _, q := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		text, _ := panicOf(func() { new(scope.Histogram).Quantile(q) }).(string)
		if !strings.HasPrefix(text, "scope: Histogram.Quantile: q is ") {
			t.Errorf("Quantile(%v) panics with %q", q, text)
		}
	}
}

func FuzzHistogramQuantile(f *testing.F) {
	f.Add([]byte(`{"count":3,"sum_ns":9,"buckets":[0,1,2]}`), 0.5)
	f.Add([]byte(`{"buckets":[-1]}`), 1.0)
	f.Fuzz(func(t *testing.T, data []byte, q float64) {
		var h scope.Histogram
		if json.Unmarshal(data, &h) != nil || !(q >= 0 && q <= 1) {
			return
		}
		if lo, hi := h.Quantile(0), h.Quantile(q); lo < 0 || hi < 0 {
			t.Errorf("%s: quantiles %d and %d", data, lo, hi)
		}
	})
}
