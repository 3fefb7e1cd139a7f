package sink

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A keeper lets a sink that holds errors back do something later, for as long
// as a scope lives.
type keeper struct {
	path string       // of the scope
	work *scope.Scope // below it, where the tasks of the sink run
}

// keep binds a sink to s. When everything in s has ended, flush is called; it
// must leave the sink in a state in which it holds nothing back any more. If
// s has closed, that is before keep returns.
func keep(s *scope.Scope, name string, flush func()) keeper {
	// A scope of its own, so that a limit of s does not count for the sink.
	k := keeper{s.Path(), s.Child(name)}
	s.Defer(name, func(context.Context) error {
		flush()
		return nil
	})
	return k
}

// after calls f in a task after d, unless the timer is stopped or the scope
// has begun to close.
func (k keeper) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() {
		// A refusal means that the flush at the end of the scope is near.
		_ = k.work.Go(k.work.Context(), func(context.Context) error {
			f()
			return nil
		})
	})
}
