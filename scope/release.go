package scope

import (
	"context"
	"fmt"
)

// A release gives back one resource.
type release struct {
	name string
	fn   func(ctx context.Context) error
}

// Defer registers release to run when s closes, after its tasks have ended and
// its scopes have closed; the last registered runs first. The context it gets
// has the values of s and has not ended. An error of release, a panic in it or
// a [runtime.Goexit] stops no other release; it is joined, under name, to the
// error of the call that closes s. Once s has come to its releases, or has
// closed, release runs before Defer returns and its error goes to the sink: a
// resource handed over is never leaked.
func (s *Scope) Defer(name string, release func(ctx context.Context) error) {
	if release == nil {
		panic("scope: Defer: release is nil")
	}
	if s.addRelease(name, release) {
		return
	}
	s.callRelease(name, release, func(err error) { s.Report((*labelledCtx)(s), err) })
}

func (s *Scope) addRelease(name string, fn func(context.Context) error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state >= releasing {
		return false
	}
	r := s.rarely()
	r.releases = append(r.releases, release{name, fn})
	return true
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
	s.setLabels()
	s.tellUnread()
	for {
		r, ok := s.popRelease()
		if !ok {
			break
		}
		s.callRelease(r.name, r.fn, s.addReport)
	}
	normal = true
	s.mu.Lock()
	s.finish().advance()
}

func (s *Scope) popRelease() (release, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.rare.releases) - 1
	if n < 0 {
		return release{}, false
	}
	r := s.rare.releases[n]
	s.rare.releases[n] = release{}
	s.rare.releases = s.rare.releases[:n]
	return r, true
}

// callRelease calls fn and hands its error, if any, to report.
func (s *Scope) callRelease(name string, fn func(context.Context) error, report func(error)) {
	var err error
	normal := false
	defer func() {
		if !normal {
			err = unwound(recover())
		}
		if err != nil {
			report(fmt.Errorf("scope: releasing %q of %s: %w", name, s.Path(), err))
		}
	}()
	err = fn((*labelledCtx)(s))
	normal = true
}

func (s *Scope) addReport(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rarely().report.add(err)
}
