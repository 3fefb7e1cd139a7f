package scope

import "slices"

// takesLate reports whether s, although it drains, takes the attached child,
// which was opened by a task of it. Such a child is late: it stays open for the
// task until s waits for nothing but its late children, and begins to close
// then. So the task can use it, the order, children before parents, holds, and
// a task that closes it only when its own context ends does not wait for
// itself. The caller holds s.mu.
func (s *Scope) takesLate(child *Scope) bool {
	return s.state == StateDraining && child.opened != outside && !s.hurried()
}

func (s *Scope) hurried() bool { return s.rare != nil && s.rare.phases.hurried }

// lateKids returns how many late children have not been told to close. The
// caller holds s.mu.
func (s *Scope) lateKids() int {
	if s.rare == nil {
		return 0
	}
	return len(s.rare.order.late)
}

// isLate reports whether k is a late child whose turn has not come. The caller
// holds s.mu.
func (s *Scope) isLate(k *Scope) bool { return s.rare != nil && slices.Contains(s.rare.order.late, k) }

// forgetLate notes that child has closed. The caller holds s.mu.
func (s *Scope) forgetLate(child *Scope) {
	if s.rare != nil {
		o := &s.rare.order
		o.late = slices.DeleteFunc(o.late, func(k *Scope) bool { return k == child })
	}
}

// beginLate begins to close the late children whose turn has come. It reports
// whether there were any, and has given up s.mu then, which the caller holds.
func (s *Scope) beginLate() bool {
	turn := s.rare.order.takeLate(s.sequential())
	for _, k := range turn {
		k.begun = true
	}
	if len(turn) == 0 {
		return false
	}
	e := *s.pending
	if s.pending == byClose {
		e = *s.closeEnding()
	}
	e.drain = e.drain && !s.rare.phases.drained
	s.mu.Unlock()
	for _, k := range turn {
		k.begin(&e)
	}
	return true
}

// takeLate takes out the late children that wait for no other: there is one,
// for none waits for one that was opened after it.
func (o *order) takeLate(sequential bool) (turn []*Scope) {
	if last := len(o.late) - 1; sequential {
		turn, o.late = o.late[last:], slices.Clip(o.late[:last])
		return turn
	}
	var rest []*Scope
	for _, k := range o.late {
		if o.before[k] == 0 {
			turn = append(turn, k)
		} else {
			rest = append(rest, k)
		}
	}
	o.late = rest
	return turn
}
