package gallery_test

import (
	"golang.org/x/time/rate"

	"github.com/rxscope/rxscope/operators"
)

var timing = []picture{
	{name: "operators.Debounce", label: "Debounce(4ms)", build: func(r *rig) s {
		return operators.Debounce(r.cold("src", "-a-b-------#-c-|"), 4*ms)
	}},
	{name: "operators.Throttle", label: "Throttle(4ms, Leading|Trailing)", build: func(r *rig) s {
		return operators.Throttle(r.cold("src", "-a-b-c-d-#-----e---|"), 4*ms, operators.Leading|operators.Trailing)
	}},
	{name: "operators.Audit", label: "Audit(4ms)", build: func(r *rig) s {
		return operators.Audit(r.cold("src", "-a-b-c-d-#-----e---|"), 4*ms)
	}},
	{name: "operators.Sample", label: "Sample(4ms)", build: func(r *rig) s {
		return operators.Sample(r.cold("src", "-a-b-c-d-#-----e---|"), 4*ms)
	}},
	{name: "operators.SampleBy", label: "SampleBy(signal)", build: func(r *rig) s {
		src := r.cold("src", "-a-b--#-c---d-|")
		return operators.SampleBy(src, r.cold("signal", "----x----y----z"))
	}},
	{name: "operators.Batch", label: "Batch(3, 6ms)", build: func(r *rig) s {
		return joined(operators.Batch(r.cold("src", "-a-b-c---d--------e--#-|"), 3, 6*ms))
	}},
	{name: "operators.ReadyChunks", label: "ReadyChunks(100)", build: func(r *rig) s {
		return joined(operators.ReadyChunks(r.cold("src", "-a-b-#-c-|"), 100))
	}},
	{name: "operators.Session", label: "Session(100, 3ms)", build: func(r *rig) s {
		return joined(operators.Session(r.cold("src", "-a-b-----c--d-#--e-|"), 100, 3*ms))
	}},
	{name: "operators.Timeout", label: "Timeout(0, 4ms)", build: func(r *rig) s {
		return operators.Timeout(r.cold("src", "-a--#--b-------c|"), 0, 4*ms)
	}},
	{name: "operators.TimeoutWith", label: "TimeoutWith(0, 4ms, other)", build: func(r *rig) s {
		src := r.cold("src", "-a--#--b-------c|")
		return operators.TimeoutWith(src, 0, 4*ms, r.cold("other", "-x--y|"))
	}},
	{name: "operators.Overdue", label: "Overdue(4ms)", build: func(r *rig) s {
		return operators.Overdue(r.cold("src", "-a--b-------------c|"), 4*ms)
	}},
	{name: "operators.Delay", label: "Delay(4ms)", build: func(r *rig) s {
		return operators.Delay(r.cold("src", "-a--#-b|"), 4*ms)
	}},
	{name: "operators.DelayWhen", label: "DelayWhen(2, signal)", build: func(r *rig) s {
		src := r.cold("src", "ab--#-|")
		a, b := r.inner("of a", "-----x|"), r.inner("of b", "-x|")
		return operators.DelayWhen(src, 2, func(v string) s {
			if v == "a" {
				return a
			}
			return b
		})
	}},
	{name: "operators.RateLimit", label: "RateLimit(one each 4ms)", build: func(r *rig) s {
		return operators.RateLimit(r.cold("src", "-ab-#-----c---|"), rate.NewLimiter(rate.Every(4*ms), 1))
	}},
	{name: "operators.TakeUntil", label: "TakeUntil(signal)", build: func(r *rig) s {
		src := r.cold("src", "-a-#-b-c-|")
		return operators.TakeUntil(src, r.cold("signal", "------x--"))
	}},
	{name: "operators.SkipUntil", label: "SkipUntil(signal)", build: func(r *rig) s {
		src := r.cold("src", "-a-#-b-c-|")
		return operators.SkipUntil(src, r.cold("signal", "----x----"))
	}},
}
