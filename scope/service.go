package scope

import "context"

// Service makes the task outlive the work it serves: a connection pool, a
// cache, a log writer. Its context ends, and [Draining] tells it, only when the
// scope's attached children, its other tasks and the body of [Run] have ended;
// then it has the same [Timeouts] as they had, and no deadline. [Scope.Wait]
// does not wait for it, nor does Run, it takes no place under [WithLimit], and
// it stands in the tree as a task of a scope called "service" below its scope.
// Its failures are those of a task of the scope. Starting it with [Spawn] or
// [Scope.Do], whose tasks end with a context of the caller's, panics.
func Service() TaskOption { return taskOptionFunc(func(o *taskOptions) { o.service = true }) }

// EndsScope makes the scope close when the task has returned, as [Scope.Cancel]
// would: for a scope that has one main task, or that shall end with the first
// of several. A failure of the task ends the scope as under [FailFast]; if it
// returns nil, [Run] is through and returns nil.
func EndsScope() TaskOption { return taskOptionFunc(func(o *taskOptions) { o.endsScope = true }) }

// host returns the scope in which a task with the options o runs.
func (s *Scope) host(ctx context.Context, o *taskOptions) (*Scope, error) {
	if o == nil || !o.service {
		return s, nil
	}
	s.mu.Lock()
	if s.state != StateOpen && s.refuses(s.roleOf(ctx)) {
		defer s.mu.Unlock()
		return nil, s.refusal()
	}
	r := s.rarely()
	if r.service != nil {
		s.mu.Unlock()
		return r.service, nil
	}
	svc := &Scope{name: "service", parent: s, service: true, quiet: s.quiet}
	svc.inherit()
	hooked := hooking.Load()
	if hooked {
		svc.holdSteps()
	}
	svc.suffix = s.kids.add(svc)
	r.service = svc
	s.mu.Unlock()
	if hooked {
		svc.tellOpened()
	}
	return svc, nil
}

// notService panics if a task with the options o, which fn starts, is to be a
// service.
func (o *taskOptions) notService(fn string) {
	if o != nil && o.service {
		panic("scope: " + fn + ": Service: the task ends with ctx")
	}
}

// owner returns the scope whose policy holds for the tasks of s.
func (s *Scope) owner() *Scope {
	if s.service {
		return s.parent
	}
	return s
}

// served reports whether the service tasks of s have ended, or there are none.
// The caller holds s.mu.
func (s *Scope) served() bool {
	return s.rare == nil || s.rare.service == nil || s.rare.service.gone
}

// nextService returns the scope of the service tasks if it has not been told
// to close. The caller holds s.mu.
func (s *Scope) nextService() *Scope {
	svc := s.rare.service
	if svc.begun {
		return nil
	}
	svc.begun = true
	return svc
}

// endWith ends s because a task with the options o has ended without failing.
func (s *Scope) endWith(o *taskOptions) {
	if o == nil || !o.endsScope {
		return
	}
	s = s.owner()
	e := cancelled(Cancelled{Path: s.Path(), By: o.who()})
	e.done = true
	s.begin(e)
}

// who names the task in a cause.
func (o *taskOptions) who() string {
	if o == nil || o.name == "" {
		return "a task"
	}
	return "task " + o.name
}
