package scope

// Statistics counts tasks. Each reading is taken in one moment for each scope:
// Started is always the sum of Running, Succeeded, Failed and Cancelled.
type Statistics struct {
	Started   int64 `json:"started"`
	Running   int64 `json:"running"` // also those that were abandoned, until all of their scope have ended
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	Cancelled int64 `json:"cancelled"`

	Panicked  int64 `json:"panicked"`  // of those that failed: by a panic, or by runtime.Goexit
	Restarted int64 `json:"restarted"` // of those started: with an Attempt above 1
	Queued    int64 `json:"queued"`    // calls that wait until they may start a task

	Ledger Ledger `json:"ledger"`

	Limit int `json:"limit,omitempty"` // of the scope itself; 0: none

	// Peak is the most tasks that ran at one time, of a subtree the most in
	// any one scope. It is known where [WithDurations] holds, else 0.
	Peak int64 `json:"peak,omitempty"`

	// Durations is how long tasks ran, known where [WithDurations] holds,
	// else nil. A task enters it a moment before it counts as ended.
	Durations *Histogram `json:"durations,omitempty"`
}

// Statistics counts the tasks of s and of all scopes below it, also of those
// that have closed: at its close a scope leaves its counts to its parent. No
// task is counted twice, whatever closes meanwhile.
//
// It looks at each record of a task and each scope below, and costs the tasks
// nothing else. Once s has closed, its counts stay.
func (s *Scope) Statistics() Statistics {
	s.mu.Lock()
	st := s.history()
	kids := s.kids.all()
	s.mu.Unlock()
	for _, k := range kids {
		below := k.Statistics()
		st.add(&below)
	}
	return st
}

// OwnStatistics counts the tasks of s alone.
func (s *Scope) OwnStatistics() Statistics {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own(nil)
}

// own counts the tasks of s, and gathers those that run in live unless that is
// nil. The caller holds s.mu.
func (s *Scope) own(live *oldest) (st Statistics) {
	if s.slots != nil {
		s.slots.count(&st, live)
	}
	if s.rare != nil {
		st.Queued = s.queued()
		if s.rare.ledger != nil {
			st.Ledger = *s.rare.ledger
		}
	}
	if o := s.options; o != nil {
		if l := o.limit; l != nil {
			st.Limit = l.max
		}
		if d := o.durations; d != nil {
			st.Peak, st.Durations = d.peak, d.histogram()
		}
	}
	return st
}

// history counts the tasks of s and of the closed scopes below it. The caller
// holds s.mu.
func (s *Scope) history() Statistics {
	own := s.own(nil)
	return s.withPast(&own)
}

// withPast is history given what own counts.
func (s *Scope) withPast(own *Statistics) Statistics {
	st := Statistics{Limit: own.Limit}
	st.add(own)
	if s.rare != nil && s.rare.past != nil {
		st.add(s.rare.past)
	}
	return st
}

// count adds the tasks of the table to st, each by one look at its slot, and
// gathers those that run in live unless that is nil.
func (t *slotTable) count(st *Statistics, live *oldest) {
	n := t.ended
	for i := 0; t.at(i) != nil; i++ {
		chunk := t.at(i)
		for j := range chunk {
			state := chunk[j].state.Load()
			n[state]++
			if live != nil && state == slotRunning {
				live.add(&chunk[j], t.notes)
			}
		}
	}
	running, succeeded, cancelled := int64(n[slotRunning]), int64(n[slotSucceeded]), int64(n[slotCancelled])
	panicked := int64(n[slotPanicked])
	failed := int64(n[slotFailed]) + panicked
	st.Running += running
	st.Succeeded += succeeded
	st.Panicked += panicked
	st.Failed += failed
	st.Cancelled += cancelled
	st.Started += running + succeeded + failed + cancelled
	st.Restarted += int64(t.restarted)
}

// add counts what o counts too.
func (st *Statistics) add(o *Statistics) {
	st.Started += o.Started
	st.Running += o.Running
	st.Succeeded += o.Succeeded
	st.Failed += o.Failed
	st.Cancelled += o.Cancelled
	st.Panicked += o.Panicked
	st.Restarted += o.Restarted
	st.Queued += o.Queued
	st.Ledger.add(o.Ledger)
	st.Peak = max(st.Peak, o.Peak)
	if o.Durations != nil {
		if st.Durations == nil {
			st.Durations = new(Histogram)
		}
		st.Durations.add(o.Durations)
	}
}

// endedSince returns what has become of the tasks that ran when was was taken.
func (st *Statistics) endedSince(was *Statistics) Statistics {
	d := Statistics{
		Running:   st.Running - was.Running,
		Succeeded: st.Succeeded - was.Succeeded,
		Failed:    st.Failed - was.Failed,
		Cancelled: st.Cancelled - was.Cancelled,
		Panicked:  st.Panicked - was.Panicked,
	}
	if st.Durations != nil {
		d.Durations = st.Durations.since(was.Durations)
	}
	return d
}

// leaveTree takes s, which has closed, out of the tree and leaves its counts
// to its parent. The rest is as with childClosed. The caller holds s.mu.
func (s *Scope) leaveTree(lost *report) (*Scope, *report) {
	s.notForgotten()
	if s.parent == nil {
		roots.remove(s)
		return nil, lost
	}
	return s.parent.childClosed(s, lost)
}

// inheritFrom adds the counts of child, which has closed. Those of a plain one
// are added where they are to stay, for its last task may do this on the small
// stack that it started with. The caller holds both locks.
func (s *Scope) inheritFrom(child *Scope) {
	if child.slots == nil && child.rare == nil {
		return
	}
	if child.options != nil || s.state == StateClosed || child.rare != nil && !child.rare.plain() {
		s.inheritAll(child)
		return
	}
	past := s.pastCounts()
	if child.slots != nil {
		child.slots.count(past, nil)
	}
	if child.rare != nil && child.rare.ledger != nil {
		past.Ledger.add(*child.rare.ledger)
	}
	s.share()
}

// plain reports whether the counts of a scope that has closed are those of its
// slots and its ledger.
func (r *rare) plain() bool { return r.past == nil && !r.phases.stuck }

// inheritAll is inheritFrom for a child of any kind.
//
//go:noinline
func (s *Scope) inheritAll(child *Scope) {
	own := child.own(nil) // looked at once: tasks that were abandoned may end meanwhile
	st := child.withPast(&own)
	if child.rare != nil && child.rare.phases.stuck {
		left := own
		child.rare.left = &left
	}
	if st.Started > 0 || st.Ledger.Produced > 0 {
		s.takeOver(&st)
	}
}

// pastCounts returns the counts of the scopes below that have closed. The
// caller holds s.mu.
func (s *Scope) pastCounts() *Statistics {
	r := s.rarely()
	if r.past == nil {
		r.past = new(Statistics)
	}
	return r.past
}

// takeOver adds the counts of a scope below that has closed, to s and, as far
// as they have closed already, to the scopes above. The caller holds s.mu.
func (s *Scope) takeOver(st *Statistics) {
	s.pastCounts().add(st)
	s.share()
	if p := s.parent; p != nil && s.state == StateClosed {
		p.mu.Lock()
		p.takeOver(st)
		p.mu.Unlock()
	}
}

// leaveRest corrects what s has left to its parent, now that the tasks it had
// abandoned have ended. The caller holds s.mu.
func (s *Scope) leaveRest() {
	p := s.parent
	if p == nil || s.rare.left == nil {
		return
	}
	own := s.own(nil)
	rest := own.endedSince(s.rare.left)
	s.rare.left = nil
	p.mu.Lock()
	p.takeOver(&rest)
	p.mu.Unlock()
}
