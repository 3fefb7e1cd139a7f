package scope

import (
	"fmt"
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// WithDurations measures how long each task of the scope, and of the scopes
// below it, runs, and how many run at one time, for [Statistics]. Without it
// the clock is not read when a task ends.
func WithDurations() Option { return optionFunc(func(o *options) { o.durations = new(durations) }) }

// durations is what is measured of the tasks of one scope.
type durations struct {
	peak    int64 // guarded by the lock of the scope
	live    atomic.Int64
	sum     atomic.Int64
	buckets [64]atomic.Int64 // by the length in bits of the time in nanoseconds
}

// measured returns the durations of s, nil if they are not measured.
func (s *Scope) measured() *durations {
	if s.options == nil {
		return nil
	}
	return s.options.durations
}

// begin counts a task that starts. The caller holds the lock of the scope.
func (d *durations) begin() { d.peak = max(d.peak, d.live.Add(1)) }

// end counts a task whose function has returned after t.
func (d *durations) end(t time.Duration) {
	d.live.Add(-1)
	d.sum.Add(int64(t))
	d.buckets[bits.Len64(uint64(max(t, 0)))].Add(1) //nolint:gosec // not negative
}

func (d *durations) histogram() *Histogram {
	h := &Histogram{Sum: time.Duration(d.sum.Load())}
	for i := range d.buckets {
		h.put(i, d.buckets[i].Load())
	}
	return h
}

// A Histogram is how many tasks ran for how long, in buckets whose bounds are
// powers of two. A nil Histogram is an empty one.
type Histogram struct {
	Count int64         `json:"count"`
	Sum   time.Duration `json:"sum_ns"`
	// Buckets holds at i the tasks that ran for less than 1<<i nanoseconds and
	// are not in the buckets before. Empty ones at the end are left out.
	Buckets []int64 `json:"buckets"`
}

// Quantile returns a time that the share q of the tasks did not reach: 0.5
// stands for the median, 1 for the longest. It is a power of two, less than
// twice the exact time, and 0 for an empty histogram. It panics if q is not
// between 0 and 1.
func (h *Histogram) Quantile(q float64) time.Duration {
	if !(q >= 0 && q <= 1) {
		panic(fmt.Sprintf("scope: Histogram.Quantile: q is %v, want 0 to 1", q))
	}
	if h == nil {
		return 0
	}
	rest := q * float64(h.Count)
	last := time.Duration(0)
	for i, n := range h.Buckets {
		if n == 0 {
			continue
		}
		last = bound(i)
		if rest -= float64(n); rest <= 0 {
			break
		}
	}
	return last
}

// bound returns the time that nothing in the bucket i reaches.
func bound(i int) time.Duration {
	if i >= 63 {
		return math.MaxInt64
	}
	return 1 << i
}

// put adds n tasks to the bucket i.
func (h *Histogram) put(i int, n int64) {
	if n == 0 {
		return
	}
	for len(h.Buckets) <= i {
		h.Buckets = append(h.Buckets, 0)
	}
	h.Buckets[i] += n
	h.Count += n
}

func (h *Histogram) add(o *Histogram) {
	h.Sum += o.Sum
	for i, n := range o.Buckets {
		h.put(i, n)
	}
}

// since returns what h counts and was does not.
func (h *Histogram) since(was *Histogram) *Histogram {
	d := &Histogram{Sum: h.Sum - was.Sum}
	for i, n := range h.Buckets {
		if i < len(was.Buckets) {
			n -= was.Buckets[i]
		}
		d.put(i, n)
	}
	return d
}
