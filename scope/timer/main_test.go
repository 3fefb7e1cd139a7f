package timer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// A log records the ticks of a timer as "1s-3.3s", or "1s-" while they run, in
// the order of their starts. Times are those of the bubble, counted from the
// making of the log.
type log struct {
	start time.Time
	mu    sync.Mutex
	ticks []string
}

func newLog() *log { return &log{start: time.Now()} }

func (l *log) now() time.Duration { return time.Since(l.start) }

// tick returns a tick that lasts as long as lasts says, the last entry for all
// further ones. Unless deaf it ends with its context.
func (l *log) tick(deaf bool, lasts ...time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		l.mu.Lock()
		n := len(l.ticks)
		l.ticks = append(l.ticks, l.now().String()+"-")
		l.mu.Unlock()
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ticks[n] += l.now().String()
		}()
		last := lasts[min(n, len(lasts)-1)]
		if deaf {
			time.Sleep(last)
			return nil
		}
		select {
		case <-time.After(last):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// want compares the log with ticks given as in "1s-2s 3s-".
func (l *log) want(t *testing.T, want string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if got := strings.Join(l.ticks, " "); got != want {
		t.Errorf("ticks %s, want %s", got, want)
	}
}

// A told is a sink that keeps the texts of what it was told, and when.
type told struct {
	start time.Time
	mu    sync.Mutex
	lines []string
	errs  []*scope.TaskError
}

func newTold() *told { return &told{start: time.Now()} }

func (s *told) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprint(time.Since(s.start), " ", e))
	s.errs = append(s.errs, e)
}

func (s *told) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.lines, want) {
		t.Errorf("the sink was told %q, want %q", s.lines, want)
	}
}

// open makes a scope whose sink is told nothing that the test does not look
// at.
func open(t *testing.T, opts ...scope.Option) *scope.Scope {
	t.Helper()
	return scope.New(t.Context(), "jobs", opts...)
}

func every(t *testing.T, s *scope.Scope, d time.Duration, fn func(context.Context) error, opts ...timer.Option) *timer.Timer {
	t.Helper()
	tm, err := timer.Every(t.Context(), s, d, fn, opts...)
	if err != nil {
		t.Fatalf("Every() = %v, want nil", err)
	}
	return tm
}

func mustClose(t *testing.T, s *scope.Scope) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func wantStats(t *testing.T, tm *timer.Timer, want timer.Stats) {
	t.Helper()
	if got := tm.Stats(); got != want {
		t.Errorf("Stats() = %+v, want %+v", got, want)
	}
}

// wantNext compares when tm ticks next, counted from the making of the log,
// negative for never.
func (l *log) wantNext(t *testing.T, tm *timer.Timer, want time.Duration) {
	t.Helper()
	got := tm.Next()
	if want < 0 && got.IsZero() || want >= 0 && got.Equal(l.start.Add(want)) {
		return
	}
	t.Errorf("Next() after %v = %v after the start, want %v", l.now(), got.Sub(l.start), want)
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// panicOf returns what f panics with, nil if it does not panic.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
