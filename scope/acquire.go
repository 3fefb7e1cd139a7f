package scope

import (
	"context"
	"fmt"
)

// Acquire opens a resource and registers its release with s, as [Scope.Defer]
// does under name, in one step, so that nothing is lost in between. It returns
// what open returned. Open is called on the calling goroutine, under the labels of
// s, with a context that derives from ctx and ends with s too; it is no task,
// so it takes no place under [WithLimit], and its error is the caller's only.
//
// Where s refuses work, see [Scope.Go], Acquire returns [ErrClosed] and open is
// not called. If s has come to refuse work while open ran, the resource is
// released before Acquire returns the refusal, joined by an error of release:
// with an error there is no resource. A panic of open goes on; what it had
// opened is its own matter.
func Acquire[T any](ctx context.Context, s *Scope, name string,
	open func(ctx context.Context) (T, error), release func(ctx context.Context, v T) error,
) (T, error) {
	mustCtx("Acquire", ctx)
	mustScope("Acquire", s)
	switch {
	case open == nil:
		panic("scope: Acquire: open is nil")
	case release == nil:
		panic("scope: Acquire: release is nil")
	}
	var zero T
	if err := s.refused(ctx); err != nil {
		return zero, err
	}
	v, err := openIn(ctx, s, open)
	if err != nil {
		return zero, fmt.Errorf("scope: acquiring %q for %s: %w", name, s.Path(), err)
	}
	if err := s.keepOrRelease(ctx, name, func(ctx context.Context) error { return release(ctx, v) }); err != nil {
		return zero, err
	}
	return v, nil
}

// openIn calls open under the labels of s and with a context that ends with s.
func openIn[T any](ctx context.Context, s *Scope, open func(ctx context.Context) (T, error)) (T, error) {
	both, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	own := s.Context()
	defer context.AfterFunc(own, func() { cancel(context.Cause(own)) })()
	s.setLabels()
	defer s.unlabel(ctx)
	return open(both)
}

// refused returns the refusal of work with ctx, nil if s takes it.
func (s *Scope) refused(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateOpen && s.refuses(s.roleOf(ctx)) {
		return s.refusal()
	}
	return nil
}

// keepOrRelease registers a release of what was opened with ctx. If s refuses
// work with ctx by now, it releases at once and returns the refusal.
func (s *Scope) keepOrRelease(ctx context.Context, name string, fn func(context.Context) error) error {
	s.mu.Lock()
	if s.state == StateOpen || !s.refuses(s.roleOf(ctx)) {
		s.appendRelease(name, fn)
		s.mu.Unlock()
		return nil
	}
	errs := []error{s.refusal()}
	s.mu.Unlock()
	s.callRelease((*labelledCtx)(s), name, fn, func(err error) { errs = append(errs, err) })
	return joinErrors(errs)
}
