package race

import (
	"context"
	"time"
)

// A schedule says when the next contender may start, and how long better ones are
// waited for. Times are since the start of the race.
type schedule struct {
	woken   chan struct{}
	timer   *time.Timer   // of the goroutine that waits
	newest  int           // contender
	failed  bool          // the newest has
	gap     time.Duration // that comes after it
	next    time.Duration // when the next may start
	racing  []int         // the contenders that run, if there is a preference
	patient time.Duration // up to when better ones are waited for; 0: not yet
}

func (s *schedule) entered(a Attempt, gap time.Duration) {
	if s == nil {
		return
	}
	s.newest, s.failed = a.Index, false
	s.gap, s.next = gap, a.Start+gap
}

func (s *schedule) left(a *Attempt) {
	if s != nil && a.Index == s.newest && a.Err != nil {
		s.failed = true
	}
}

// pause waits until the next contender may start. It reports false if none may
// any more.
func (f *field) pause() (start bool) {
	if f.schedule == nil {
		return f.ctx.Err() == nil
	}
	f.wait(f.ctx.Done(), func(now time.Duration) (until time.Duration, done bool) {
		switch {
		case f.decided || f.found == f.want || f.ctx.Err() != nil:
			return 0, true
		case f.limit > 0 && f.running >= f.limit:
			return 0, false
		case f.running > 0 && !f.failed && now < f.next:
			return f.next, false
		}
		start = true
		return 0, true
	})
	return start
}

// settle waits for better ones, if the race is not decided when all contenders
// have started, and for losers that are not waited for without limit.
func (f *field) settle() {
	f.mu.Lock()
	f.total = f.started
	f.mu.Unlock()
	if f.schedule == nil {
		return
	}
	defer f.stopTimer()
	f.wait(f.ctx.Done(), func(now time.Duration) (until time.Duration, done bool) {
		if f.patient > 0 && now >= f.patient {
			f.decided = true
		}
		return f.patient, f.decided || f.running == 0 || f.ctx.Err() != nil
	})
	f.mu.Lock()
	won := f.decided
	f.mu.Unlock()
	if won {
		f.scope.Cancel(decided)
	}
	if !f.leaves {
		return
	}
	end := time.Since(f.begun) + f.losers
	f.wait(nil, func(now time.Duration) (until time.Duration, done bool) {
		return end, f.present == 0 || now >= end
	})
}

// wait waits until look says that it is done. It looks when something has
// changed, when the time has come until which it said to wait, 0 for any, and
// when over is closed.
func (f *field) wait(over <-chan struct{}, look func(now time.Duration) (until time.Duration, done bool)) {
	for {
		f.mu.Lock()
		now := time.Since(f.begun)
		until, done := look(now)
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-f.woken:
		case <-f.alarm(until, now):
		case <-over:
		}
	}
}

// alarm returns a channel that something comes from when it is until, nil if that
// is 0.
func (f *field) alarm(until, now time.Duration) <-chan time.Time {
	switch {
	case until == 0:
		return nil
	case f.timer == nil:
		f.timer = time.NewTimer(until - now)
	default:
		f.timer.Reset(until - now)
	}
	return f.timer.C
}

func (f *field) stopTimer() {
	if f.timer != nil {
		f.timer.Stop()
	}
}

// wake has the goroutine that waits look anew.
func (f *field) wake() {
	if f.schedule == nil {
		return
	}
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

// fieldKey finds in the context of a contender the race it is in.
type fieldKey struct{}

// within returns the context for a contender whose task has ctx.
func (f *field) within(ctx context.Context) context.Context {
	if f.delay == nil {
		return ctx
	}
	return context.WithValue(ctx, fieldKey{}, f)
}

// Progress says that the contender with the context ctx has come far, as a
// connection that is made and has yet to shake hands: the next contender of a
// race with [Stagger] starts a whole delay from now, if it has not yet. It may be
// called often, and does nothing outside such a race.
//
// The draft of Happy Eyeballs version 3 asks for that; so does libp2p.
func Progress(ctx context.Context) {
	f, ok := ctx.Value(fieldKey{}).(*field)
	if !ok {
		return
	}
	f.mu.Lock()
	f.next = max(f.next, time.Since(f.begun)+f.gap)
	f.mu.Unlock()
	f.wake()
}
