package timer

import (
	"time"

	"github.com/rxscope/rxscope/scope"
)

// arrive queues a tick that is due now, or reports that the overlap policy
// does not want it. The caller holds t.mu.
func (t *Timer) arrive() bool {
	if t.ready() < t.overlap.room(t.stats.Running) {
		t.queued++
		return true
	}
	if t.overlap.replace { // the one that waits
		t.stats.Skipped++
		return true
	}
	return false
}

// ready returns how many ticks of the queue may start once there is a place
// for them. The caller holds t.mu.
func (t *Timer) ready() int {
	if t.stats.Paused {
		return t.asked
	}
	return t.queued
}

// take takes a tick that is to start now, if there is one. If one waits for
// another that it replaces, take cancels that.
func (t *Timer) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	free, ready := t.stats.Running < t.overlap.max, t.ready()
	switch {
	case free && ready > 0:
		t.queued--
		t.asked = max(t.asked-1, 0)
	case free && t.owed > 0 && !t.stats.Paused:
		t.owed--
	case t.overlap.replace && ready > 0:
		t.cancel(&scope.Cancelled{Path: t.scope.Path(), By: "timer " + t.name, Reason: ErrReplaced})
		return false
	default:
		return false
	}
	t.stats.Ticks++
	t.stats.Running++
	switch {
	case t.once:
		t.end()
	case t.delay:
		t.due, t.at = time.Time{}, time.Time{}
	}
	return true
}

// ended reports whether the timer starts no more ticks, because it was stopped
// or has nothing left to do.
func (t *Timer) ended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last && t.queued+t.owed+t.stats.Running == 0 {
		t.end()
	}
	return t.over
}

// end makes the timer start no more ticks. The caller holds t.mu.
func (t *Timer) end() {
	t.over = true
	t.stats.Paused = false
	t.stats.Skipped += t.queued + t.owed
	t.queued, t.asked, t.owed = 0, 0, 0
	t.due, t.at = time.Time{}, time.Time{}
}
