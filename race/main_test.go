package race_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBoom  = errors.New("boom")
	errCrash = errors.New("crash")
	errCut   = errors.New("cut")
)

// rest waits for d and reports whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// wins returns a contender that has v after d.
func wins[T any](d time.Duration, v T) scope.Func[T] {
	return func(ctx context.Context) (T, error) {
		if !rest(ctx, d) {
			var zero T
			return zero, ctx.Err()
		}
		return v, nil
	}
}

// fails returns a contender that fails with err after d.
func fails[T any](d time.Duration, err error) scope.Func[T] {
	return func(ctx context.Context) (T, error) {
		var zero T
		if !rest(ctx, d) {
			return zero, ctx.Err()
		}
		return zero, err
	}
}

// deaf returns a contender that returns v and err after d, whatever happens to
// its context.
func deaf[T any](d time.Duration, v T, err error) scope.Func[T] {
	return func(context.Context) (T, error) {
		time.Sleep(d)
		return v, err
	}
}

func panics(context.Context) (int, error) { panic(errBoom) }

func exits(context.Context) (int, error) {
	runtime.Goexit()
	return 0, nil
}

// A kind is one of the two races.
type kind struct {
	name string
	run  func(context.Context, []scope.Func[int], ...race.Option) (race.Outcome[int], error)
}

var kinds = []kind{{"FailFast", race.FailFast[int]}, {"DeferErrors", race.DeferErrors[int]}}

// A telling is what a sink was told, sorted.
type telling struct {
	mu   sync.Mutex
	errs []string
}

func (s *telling) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, e.Error())
}

func (s *telling) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.errs)
	if !slices.Equal(s.errs, want) {
		t.Errorf("the sink was told %q, want %q", s.errs, want)
	}
}

// inTask calls f in a task of a scope named outer, and closes that.
func inTask(t *testing.T, sink scope.ErrorSink, f func(ctx context.Context, s *scope.Scope)) {
	t.Helper()
	s := scope.New(t.Context(), "outer", scope.WithSink(sink))
	if err := s.Go(t.Context(), func(ctx context.Context) error { f(ctx, s); return nil }); err != nil {
		t.Errorf("Go() = %v", err)
	}
	if err := s.Wait(t.Context()); err != nil {
		t.Errorf("Wait() = %v", err)
	}
	synctest.Wait() // a scope that a race did not wait for may be about to close
	if kids := s.Children(); len(kids) != 0 {
		t.Errorf("scopes %v are left", kids)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// attempts shows attempts as in "0: 0s to 1s, boom".
func attempts(as []race.Attempt) []string {
	var texts []string
	for _, a := range as {
		text := fmt.Sprintf("%d: %v to %v", a.Index, a.Start, a.End)
		if a.Err != nil {
			text += ", " + a.Err.Error()
		}
		texts = append(texts, text)
	}
	return texts
}

func wantAttempts(t *testing.T, got []race.Attempt, want ...string) {
	t.Helper()
	if texts := attempts(got); !slices.Equal(texts, want) {
		t.Errorf("attempts %q, want %q", texts, want)
	}
}
