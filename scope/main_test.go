package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBoom  = errors.New("boom")
	errCrash = errors.New("crash")
)

// A key is the key of a value in a context.
type key struct{}

// A diary records what happened and when, as lines like "3s task ends". Times
// are those of the bubble, counted from the making of the diary.
type diary struct {
	start time.Time
	mu    sync.Mutex
	lines []string
}

func newDiary() *diary { return &diary{start: time.Now()} }

func (d *diary) note(format string, args ...any) {
	line := time.Since(d.start).String() + " " + fmt.Sprintf(format, args...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// want compares the whole diary, order included.
func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Errorf("what happened:\n\t%s\nwant:\n\t%s",
			strings.Join(d.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// noteEnd writes down when ctx ends.
func (d *diary) noteEnd(ctx context.Context, what string) {
	context.AfterFunc(ctx, func() { d.note("%s", what) })
}

// A told is a sink that keeps what it was told.
type told struct {
	mu   sync.Mutex
	errs []*scope.TaskError
}

func (s *told) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, e)
}

func (s *told) all() []*scope.TaskError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.errs)
}

// want compares the texts of all that the sink was told, in any order, since
// tasks that fail in one instant report in any order. A secondary error has
// " (secondary)" added.
func (s *told) want(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, e := range s.all() {
		text := e.Error()
		if e.Secondary {
			text += " (secondary)"
		}
		got = append(got, text)
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("the sink was told:\n\t%s\nwant:\n\t%s",
			strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// failAfter returns a task that fails with err after d, whatever happens to
// its context.
func failAfter(d time.Duration, err error) func(context.Context) error {
	return func(context.Context) error {
		time.Sleep(d)
		return err
	}
}

// untilEnd is a task that runs until its context ends.
func untilEnd(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// mustGo starts a task that must be accepted.
func mustGo(t *testing.T, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) {
	t.Helper()
	if err := s.Go(context.Background(), fn, opts...); err != nil {
		t.Errorf("Go() = %v, want nil", err)
	}
}

// mustClose closes a scope that has nothing to report.
func mustClose(t *testing.T, s *scope.Scope) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

// mustWait waits for the tasks of a scope that has nothing to report.
func mustWait(t *testing.T, s *scope.Scope) {
	t.Helper()
	if err := s.Wait(context.Background()); err != nil {
		t.Errorf("Wait() = %v, want nil", err)
	}
}

// collectUntil runs the collector until ok. It is for tests outside a bubble:
// cleanups run outside every bubble.
func collectUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		runtime.GC()
		if ok() {
			return
		}
		runtime.Gosched()
	}
	t.Fatalf("after many collections still not: %s", what)
}

// panicOf returns what f panics with, nil if it does not panic.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// wantSorted is want for events of one instant in any order.
func (d *diary) wantSorted(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	slices.Sort(d.lines)
	d.mu.Unlock()
	slices.Sort(want)
	d.want(t, want...)
}
