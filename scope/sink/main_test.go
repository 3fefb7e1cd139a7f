package sink_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBoom  = errors.New("boom")
	errCrash = errors.New("crash")
)

// A told is a sink that keeps what it was told, and when.
type told struct {
	start time.Time
	mu    sync.Mutex
	errs  []*scope.TaskError
	lines []string
}

func newTold() *told { return &told{start: time.Now()} }

func (s *told) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, e)
	s.lines = append(s.lines, fmt.Sprintf("%v %v", time.Since(s.start), e))
}

func (s *told) all() []*scope.TaskError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.errs)
}

// want compares what the sink was told and when, in order.
func (s *told) want(t *testing.T, name string, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.lines, want) {
		t.Errorf("%s was told:\n\t%s\nwant:\n\t%s", name, strings.Join(s.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// wantSorted is want for what comes in any order.
func (s *told) wantSorted(t *testing.T, name string, want ...string) {
	t.Helper()
	s.mu.Lock()
	slices.Sort(s.lines)
	s.mu.Unlock()
	slices.Sort(want)
	s.want(t, name, want...)
}

// report sends errors numbered from 1 on to the sink of s.
func report(s *scope.Scope, from, to int) {
	for i := from; i <= to; i++ {
		s.Report(context.Background(), fmt.Errorf("e%d", i))
	}
}

func panics(context.Context, *scope.TaskError) { panic(errCrash) }
func exits(context.Context, *scope.TaskError)  { runtime.Goexit() }

// A gate is a sink that blocks until it is opened.
type gate struct {
	open chan struct{}
	next scope.ErrorSink
}

func newGate(next scope.ErrorSink) *gate { return &gate{make(chan struct{}), next} }

func (g *gate) HandleError(ctx context.Context, e *scope.TaskError) {
	<-g.open
	g.next.HandleError(ctx, e)
}

func mustGo(t *testing.T, s *scope.Scope, fn func(context.Context) error) {
	t.Helper()
	if err := s.Go(context.Background(), fn); err != nil {
		t.Errorf("Go() = %v, want nil", err)
	}
}

func mustClose(t *testing.T, s *scope.Scope) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func fail(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

// A family is one way to make each sink of the package that has a next.
var family = []struct {
	name string
	make func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink
}{
	{"Tee", func(_ *scope.Scope, next scope.ErrorSink) scope.ErrorSink { return sink.Tee(next) }},
	{"Filter", func(_ *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
		return sink.Filter(func(*scope.TaskError) bool { return true }, next, nil)
	}},
	{"Filter, else", func(_ *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
		return sink.Filter(func(*scope.TaskError) bool { return false }, sink.Discard(), next)
	}},
	{"Limit", func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
		return sink.Limit(s, 1, time.Millisecond, next)
	}},
	{"Group", func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
		return sink.Group(s, time.Millisecond, next)
	}},
	{"Breaker", func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
		return sink.Breaker(s, 1<<20, time.Millisecond, next)
	}},
	{"Async", func(s *scope.Scope, next scope.ErrorSink) scope.ErrorSink { return sink.Async(s, 4, next) }},
	{"Serialize", func(_ *scope.Scope, next scope.ErrorSink) scope.ErrorSink { return sink.Serialize(next) }},
}
