package scope

import (
	"context"
	"time"
)

// open makes s part of the tree and of the life of ctx.
func (s *Scope) open(ctx context.Context, opts []Option) {
	if len(opts) > 0 {
		s.options = newOptions(opts)
		s.quiet = s.options.quiet
	}
	s.fitName()
	s.mustFollow()
	hooked := len(opts) > 0 && s.options.hooks != nil || hooking.Load()
	if hooked {
		s.holdSteps()
		defer s.tellOpened()
	}
	s.startTime()
	var alone *ownCtx // of the task that s is opened in
	if s.opened == inTask {
		alone = ownOf(ctx)
	}
	own := true // ctx ends with the parent, or with that task
	if view, _ := viewOf(bare(ctx)); view == nil {
		s.base = bare(ctx)
		own = s.parent != nil && (ctx == alone || ctx.Done() == viewIn(ctx).(context.Context).Done())
	}
	if s.nested && ctx == alone {
		s.base = ctx
	}
	var e *ending
	if s.parent != nil {
		s.quiet = s.quiet || s.parent.quiet
	}
	if s.options != nil || s.parent != nil && s.parent.options != nil {
		s.inherit()
	}
	if s.parent == nil {
		roots.add(s)
	} else {
		s.direct = own && s.nested
		e = s.parent.adopt(s)
	}
	switch {
	case e != nil:
	case !own:
		e = s.hook(ctx)
	case s.direct && alone != nil && alone.Err() != nil:
		e = endingOf(alone)
	}
	if e != nil {
		s.begin(e)
	} else {
		s.startTimer()
	}
}

// inherit makes what s notes of itself and of its tasks, as its parent does or
// its own options say.
func (s *Scope) inherit() {
	if s.parent != nil && s.parent.options != nil {
		from := s.parent.options
		if from.durations != nil {
			s.ownOptions().durations = new(durations)
		}
		if from.origin != nil {
			s.ownOptions().origin = new(origin)
		}
	}
	if s.options != nil && s.options.origin != nil {
		o := s.options.origin
		o.at, o.call = time.Now(), callSite()
		s.makeStandIn()
	}
}

// ownOptions returns the options of s, which is being opened, for changing.
func (s *Scope) ownOptions() *options {
	switch {
	case s.options == nil:
		s.options = new(options)
	case s.options.shared:
		o := *s.options
		o.shared = false
		s.options = &o
	}
	return s.options
}

// adopt enters the child s. It returns the ending if s must begin to close at
// once.
func (s *Scope) adopt(child *Scope) *ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	child.suffix = s.kids.add(child)
	if child.nested {
		if child.direct {
			return s.ended.Load().atOnce()
		}
		return nil
	}
	s.openKids++
	s.follow(child)
	if s.takesLate(child) {
		s.rarely().order.late = append(s.rare.order.late, child)
		return nil
	}
	if s.state != StateOpen {
		child.begun = true
		if s.pending == byClose {
			return s.closeEnding()
		}
		return s.pending
	}
	return nil
}

// hook ties s to the end of ctx, which may end before the parent does. It
// returns the ending if ctx has ended.
func (s *Scope) hook(ctx context.Context) *ending {
	if ctx.Done() == nil {
		return nil
	}
	if ctx.Err() != nil {
		return endingOf(ctx)
	}
	s.untilBegin(context.AfterFunc(ctx, func() { s.begin(endingOf(ctx)) }))
	return nil
}

// untilBegin sees to it that stop is called once nothing of what it stops counts
// any more, as for a scope that has begun to close: when s begins to drain, or
// before its releases. The end of the context of a nested scope still ends the
// drain.
func (s *Scope) untilBegin(stop func() bool) {
	s.mu.Lock()
	late := s.state != StateOpen
	if !late {
		if other := s.stop; other != nil {
			s.stop = func() bool { other(); return stop() }
		} else {
			s.stop = stop
		}
	}
	s.mu.Unlock()
	if late {
		stop()
	}
}
