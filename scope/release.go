package scope

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// A release gives back one resource.
type release struct {
	name string
	fn   func(ctx context.Context) error
}

// Defer registers release to run when s closes, after its tasks have ended and
// its scopes have closed; the last registered runs first. The context it gets
// has the values of s and ends when the time of [Timeouts] for it is over; a
// release that has not returned 100 ms later is abandoned and named by a
// [*StuckError]. An error of release, a panic in it or
// a [runtime.Goexit] stops no other release; it is joined, under name, to the
// error of the call that closes s. Why s closes is [context.Cause] of
// [Scope.Context]. Once s has come to its releases, or has
// closed, release runs before Defer returns and its error goes to the sink: a
// resource handed over is never leaked. [Acquire] opens the resource as well.
//
// The name is what a report says of a release that blocks; "" stands for
// "unnamed". It need not be unique.
func (s *Scope) Defer(name string, release func(ctx context.Context) error) {
	mustScope("Defer", s)
	if release == nil {
		panic("scope: Defer: release is nil")
	}
	name = cmp.Or(name, "unnamed")
	if s.addRelease(name, release) {
		return
	}
	s.callRelease((*labelledCtx)(s), name, release, func(err error) { s.Report((*labelledCtx)(s), err) })
}

func (s *Scope) addRelease(name string, fn func(context.Context) error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state >= StateReleasing {
		return false
	}
	s.appendRelease(name, fn)
	return true
}

// appendRelease registers a release. The caller holds s.mu.
func (s *Scope) appendRelease(name string, fn func(context.Context) error) {
	s.holdStrongly()
	r := s.rarely()
	r.releases = append(r.releases, release{name, fn})
}

// release runs what must run between the end of the last task and the close.
func (s *Scope) release() {
	normal := false
	defer func() {
		// A release left by runtime.Goexit takes this goroutine with it; the
		// others must run all the same.
		if !normal {
			go s.release()
		}
	}()
	if s.nested {
		s.setLabels()
	} else {
		s.unlabel(context.Background()) // this goroutine only waits for others
	}
	s.tellUnread()
	for {
		r, ok := s.popRelease()
		if !ok {
			break
		}
		s.runRelease(r, StuckError{Release: r.name})
	}
	s.tellClosed()
	normal = true
	s.mu.Lock()
	s.finish().advance()
}

// runRelease runs one release within its time, or reports it as stuck.
func (s *Scope) runRelease(r release, stuck StuckError) {
	if s.nested { // bound by its task
		s.callRelease((*labelledCtx)(s), r.name, r.fn, s.addReport)
		return
	}
	s.inTime(fmt.Sprintf("release %q", r.name), stuck, func(ctx context.Context, done chan<- struct{}) {
		defer close(done)
		s.setLabels()
		s.callRelease(ctx, r.name, r.fn, s.addReport)
	})
}

// inTime runs f on a goroutine until it closes done, for no longer than a
// release may take. What is not done then is abandoned, and reported as stuck.
func (s *Scope) inTime(what string, stuck StuckError, f func(ctx context.Context, done chan<- struct{})) {
	ctx, cancel := grace(context.WithValue((*labelledCtx)(s), releaseKey{}, true), s.timeouts().Release, what)
	defer cancel()
	start := time.Now()
	done := make(chan struct{})
	go f(ctx, done)
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(lastMoment)
	defer timer.Stop()
	select {
	case <-done:
		return
	case <-timer.C:
	}
	stuck.Path, stuck.Age, stuck.Stacks = s.Path(), time.Since(start), goroutinesNow().within(s)
	s.mu.Lock()
	s.rarely().stuckReleases++
	s.mu.Unlock()
	s.addReport(&stuck)
}

func (s *Scope) popRelease() (release, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rare == nil {
		return release{}, false
	}
	s.rare.releasing = ""
	n := len(s.rare.releases) - 1
	if n < 0 {
		return release{}, false
	}
	r := s.rare.releases[n]
	s.rare.releases[n] = release{}
	s.rare.releases = s.rare.releases[:n]
	s.rare.releasing = r.name
	return r, true
}

// callRelease calls fn and hands its error, if any, to report.
func (s *Scope) callRelease(ctx context.Context, name string, fn func(context.Context) error, report func(error)) {
	var err error
	normal := false
	defer func() {
		if !normal {
			err = s.unwound(recover())
		}
		if err != nil {
			report(fmt.Errorf("scope: releasing %q of %s: %w", name, s.Path(), err))
		}
	}()
	err = fn(ctx)
	normal = true
}

// addReport adds to the report, or tells the sink of what comes too late for
// that.
func (s *Scope) addReport(err error) {
	s.mu.Lock()
	late := s.state == StateClosed
	if !late {
		s.rarely().report.add(err)
		s.book(Ledger{Produced: 1})
	}
	s.mu.Unlock()
	if late {
		s.Report((*labelledCtx)(s), err)
	}
}
