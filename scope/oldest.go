package scope

import (
	"cmp"
	"slices"
	"time"
)

// oldest gathers the n tasks that have run for the longest, in about the time
// that one look at each takes.
type oldest struct {
	n    int
	list []liveTask // the n oldest of those before, in order if there are as many, and what came since
	full bool       // n have been put in order
}

// A liveTask is a task that ran when its slot was looked at.
type liveTask struct {
	start   time.Duration // since epoch
	options *taskOptions  // nil: none were noted
}

// add looks at the task in s. The caller holds the lock of its scope.
func (o *oldest) add(s *slot, notes map[*slot]*taskOptions) {
	if o.n == 0 || o.full && s.start >= o.list[o.n-1].start {
		return
	}
	o.list = append(o.list, liveTask{s.start, notes[s]})
	if len(o.list)/2 >= o.n {
		o.list = o.all()
		o.full = true
	}
}

// all returns the tasks, the oldest first.
func (o *oldest) all() []liveTask {
	slices.SortStableFunc(o.list, func(a, b liveTask) int { return cmp.Compare(a.start, b.start) })
	return o.list[:min(o.n, len(o.list))]
}
