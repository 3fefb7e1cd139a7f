package timer

// Pause keeps the timer from starting ticks by itself until [Timer.Resume].
// Running ticks go on; one that waits for their end waits for Resume as well,
// unless [Timer.Trigger] asked for it. Trigger works all the while.
//
// A paused timer does not look at the clock: what comes due meanwhile counts
// for nothing until Resume. The timer keeps its slot, and ends as ever when it
// is stopped or its scope begins to drain. Pausing a timer that is paused or
// has ended does nothing.
func (t *Timer) Pause() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Paused = !t.over
}

// Resume ends what [Timer.Pause] began. What waited is started; if ticks have
// come due since, the timer ticks once for all of them, under the overlap
// policy, and [Burst] makes up for some of the others. Later ticks come when
// they would have come without a pause. Resuming a timer that is not paused
// does nothing.
func (t *Timer) Resume() {
	t.mu.Lock()
	t.stats.Paused = false
	t.mu.Unlock()
	t.signal()
}
