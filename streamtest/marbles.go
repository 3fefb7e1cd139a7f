package streamtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

var (
	// ErrEvent is what the mark # stands for unless [Marbles.Errors] says
	// otherwise.
	ErrEvent = errors.New("streamtest: error event")

	// ErrCut is the cause of each cut that this package makes.
	ErrCut = errors.New("streamtest: cut")
)

// A Marbles is one test with diagrams. See the package documentation for what a
// diagram is.
type Marbles struct {
	t       *testing.T
	zero    time.Time // instant 0 of all diagrams
	root    *scope.Scope
	sink    *Sink
	errs    map[rune]error
	sources int
	expects []expectation
	checks  []func() // after all is over
	failed  []string
	sunk    bool // somebody expects what the sink is told
}

// An expectation is a run that begins at an instant.
type expectation struct {
	start time.Duration
	run   func()
	check func()
}

// Run calls f, which makes sources and says what it expects of them; then it
// runs what is expected, on the virtual clock of [synctest.Test], and reports
// what came otherwise. Expectations that begin in one instant begin in their
// order, each when the one before it waits. All runs share the context of one
// scope; that it closes clean, with nothing pending in its ledger, is part of
// every test. A diagram that cannot be read ends the test. Run cannot be called
// inside a bubble.
func Run(t *testing.T, f func(m *Marbles)) {
	t.Helper()
	for _, failure := range run(t, f) {
		t.Error(failure)
	}
}

// run is Run for whoever wants the failures.
func run(t *testing.T, f func(m *Marbles)) (failed []string) {
	t.Helper()
	dead := bubble(t, func(t *testing.T) {
		sink := new(Sink)
		m := &Marbles{
			t: t, zero: time.Now(), sink: sink, errs: map[rune]error{markError: ErrEvent},
			root: scope.New(context.Background(), "marbles", scope.WithSink(sink)),
		}
		defer func() { failed = append(failed, m.failed...) }()
		f(m)
		m.play()
	})
	if dead != nil {
		failed = append(failed, fmt.Sprint(dead))
	}
	return failed
}

// Errors names errors by letters. In all diagrams that are read after the call
// these letters, and the mark #, stand for error events. An event is the error
// that a letter stands for if [errors.Is] says so, or [reflect.DeepEqual].
func (m *Marbles) Errors(errs map[rune]error) {
	maps.Copy(m.errs, errs)
}

// Context returns the context that all runs of the test descend from, which is
// that of a scope. It has the values of no other.
func (m *Marbles) Context() context.Context { return m.root.Context() }

// play runs all expectations and checks them.
func (m *Marbles) play() {
	slices.SortStableFunc(m.expects, func(a, b expectation) int { return int(a.start - b.start) })
	before := runtime.NumGoroutine()
	over := make(chan struct{})
	for _, e := range m.expects {
		time.Sleep(time.Until(m.zero.Add(e.start)))
		go func() {
			defer func() { over <- struct{}{} }()
			e.run()
		}()
		synctest.Wait()
	}
	for range m.expects {
		<-over
	}
	for _, stack := range left(before) {
		m.fail("a goroutine is left:\n%s", stack)
		time.Sleep(patience) // so that it does not outlive the bubble if it ends by itself
	}
	if err := m.root.Close(); err != nil {
		m.fail("the scope of the test closed with: %v", err)
	}
	if n := m.root.Ledger().Pending(); n != 0 {
		m.fail("%d events are pending in the ledger of the scope: %+v", n, m.root.Ledger())
	}
	if errs := m.sink.Errors(); len(errs) > 0 && !m.sunk {
		m.fail("the sink was told %v, see Marbles.ExpectSunk", errs)
	}
	for _, e := range m.expects {
		e.check()
	}
	for _, check := range m.checks {
		check()
	}
}

func (m *Marbles) fail(format string, args ...any) {
	m.failed = append(m.failed, fmt.Sprintf(format, args...))
}

// read parses a diagram of which only some marks are allowed, for the call at a
// place.
func (m *Marbles) read(place, text, allowed string) diagram {
	d, err := parse(text, allowed)
	if err != nil {
		m.t.Fatalf("%s: %v", place, err)
	}
	return d
}

// isError reports whether err is what an error mark stands for.
func isError(err, want error) bool {
	return errors.Is(err, want) || reflect.DeepEqual(err, want)
}

// skew is the most that an instant may lie behind its frame: see [Marbles.cutAt].
func (m *Marbles) skew() time.Duration { return time.Duration(m.sources + 1) }

// cutAt returns the instant of a cut in a frame. Sources keep an order in one
// frame by nanoseconds; a cut comes after all of them.
func (m *Marbles) cutAt(at time.Duration) time.Time { return m.zero.Add(at + m.skew()) }

// caller returns file and line of the call of the function that calls it.
func caller() string {
	_, file, line, _ := runtime.Caller(2)
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}
