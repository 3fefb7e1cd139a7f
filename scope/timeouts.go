package scope

import "time"

// Timeouts bound the phases in which one scope closes. Zero skips a phase, a
// negative value is no limit.
type Timeouts struct {
	// Drain is how long a [Scope.Shutdown] waits for the tasks to end by
	// themselves before the context of the scope ends.
	Drain time.Duration `json:"drain_ns"`
	// Cancel is how long tasks are waited for after the context of the scope
	// has ended. What still runs then is abandoned and named by a
	// [*StuckError].
	Cancel time.Duration `json:"cancel_ns"`
	// Release is the time of each release that [Scope.Defer] registered, and
	// that for telling sinks, before them, of all results that nobody has read.
	// None is ever skipped: with zero its context has ended from the start.
	Release time.Duration `json:"release_ns"`
}

// DefaultTimeouts returns those of an attached scope where none were set: 10 s
// to drain, 5 s after the end of the context, 5 s for a release. It is what to
// start from when only one of them is to change, for a field that is left at
// zero skips its phase.
func DefaultTimeouts() Timeouts {
	return Timeouts{Drain: 10 * time.Second, Cancel: 5 * time.Second, Release: 5 * time.Second}
}

// WithTimeouts sets how long the scope, and the attached scopes below it, may
// take to close. All three fields count: see [DefaultTimeouts], which hold where
// none are set. Nested scopes are part of their task and wait without limit.
func WithTimeouts(t Timeouts) Option { return newConstant(func(o *options) { o.timeouts = &t }) }

// timeouts returns those that hold for s.
func (s *Scope) timeouts() Timeouts {
	s = s.owner()
	if s.nested {
		return Timeouts{Drain: 0, Cancel: -1, Release: -1}
	}
	for p := s; p != nil; p = p.parent {
		if p.options != nil && p.options.timeouts != nil {
			return *p.options.timeouts
		}
	}
	return DefaultTimeouts()
}

// lastMoment is what tasks get between the end of the time for the whole tree and
// being called stuck.
const lastMoment = 100 * time.Millisecond
