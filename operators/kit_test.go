package operators_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

var (
	errBoom = errors.New("boom")
	errCut  = errors.New("cut")
)

type (
	ints  = stream.Stream[int]
	event = stream.Event[string]
)

func isBoom(err error) bool { return errors.Is(err, errBoom) }

// noWait is a back-off of nothing.
type noWait struct{}

func (noWait) NextBackOff() time.Duration { return 0 }

func noBackOff() scope.BackOff { return noWait{} }

// A probe is a source of given events. It looks at the context before each of
// them and once more at the end, and notes what becomes of its runs.
type probe struct {
	events  []stream.Event[int]
	before  func(k int) // called when the k-th event is due, and at the end
	opened  atomic.Int32
	closed  atomic.Int32
	stopped atomic.Bool // yield returned false in the last run
}

func (p *probe) stream() stream.Stream[int] {
	return func(ctx context.Context, yield func(int, error) bool) {
		p.opened.Add(1)
		p.stopped.Store(false)
		defer p.closed.Add(1)
		for k, e := range p.events {
			if p.before != nil {
				p.before(k)
			}
			if ctx.Err() != nil {
				break
			}
			if !yield(e.Value, e.Err) {
				p.stopped.Store(true)
				return
			}
		}
		if p.before != nil {
			p.before(len(p.events))
		}
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
		}
	}
}

// open returns the number of runs that have not returned.
func (p *probe) open() int { return int(p.opened.Load() - p.closed.Load()) }

func values(vs ...int) []stream.Event[int] {
	events := make([]stream.Event[int], 0, len(vs))
	for _, v := range vs {
		events = append(events, stream.Event[int]{Value: v})
	}
	return events
}

// failing returns the values 1 to n with an error before the k-th of them, and
// after the last, for each bit k of mask.
func failing(n int, mask uint) []stream.Event[int] {
	var events []stream.Event[int]
	for k := range n + 1 {
		if mask&(1<<k) != 0 {
			events = append(events, stream.Event[int]{Err: errBoom})
		}
		if k < n {
			events = append(events, stream.Event[int]{Value: k + 1})
		}
	}
	return events
}

// text makes streams of any type comparable. An error beside a value breaks
// rule 2 and panics.
func text[T any](s stream.Stream[T]) stream.Stream[string] {
	return func(ctx context.Context, yield func(string, error) bool) {
		s(ctx, func(v T, err error) bool {
			if err == nil {
				return yield(fmt.Sprint(v), nil)
			}
			if !reflect.ValueOf(&v).Elem().IsZero() {
				panic(fmt.Sprintf("value %v beside error %v", v, err))
			}
			return yield("", err)
		})
	}
}

// A leaving is a way for a consumer to end a loop.
type leaving struct {
	name string
	// leave is called in the loop body; returning false is break.
	leave func() bool
}

const panicValue = "panic of the loop body"

var leavings = []leaving{
	{"break", func() bool { return false }},
	{"panic", func() bool { panic(panicValue) }},
	{"Goexit", func() bool { runtime.Goexit(); return false }},
}

// consume ranges over s and leaves as l says in the body of event number at,
// or never if that does not come. It returns what the body saw, when the run
// is over.
func consume[T any](t *testing.T, ctx context.Context, s stream.Stream[T], at int, l leaving) []stream.Event[T] {
	t.Helper()
	var got []stream.Event[T]
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		for v, err := range s.All(ctx) {
			got = append(got, stream.Event[T]{Value: v, Err: err})
			if len(got)-1 == at && !l.leave() {
				break
			}
		}
	}()
	<-done
	if want := l.name == "panic" && len(got) == at+1; want != (panicked == panicValue) || !want && panicked != nil {
		t.Errorf("runner recovered %v", panicked)
	}
	return got
}

var stay = leaving{name: "stay", leave: func() bool { return true }}

// collect returns all events of a run.
func collect[T any](t *testing.T, ctx context.Context, s stream.Stream[T]) []stream.Event[T] {
	t.Helper()
	return consume(t, ctx, s, -1, stay)
}

// every emits the given events, an int or an error, one each d.
func every(d time.Duration, events ...any) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		for _, e := range events {
			select {
			case <-time.After(d):
			case <-ctx.Done():
			}
			if ctx.Err() != nil {
				yield(0, context.Cause(ctx))
				return
			}
			v, _ := e.(int)
			err, _ := e.(error)
			if !yield(v, err) {
				return
			}
		}
	}
}

// timed returns the events of a run with their times, as in "2s 1".
func timed[T any](ctx context.Context, s stream.Stream[T]) []string {
	var got []string
	start := time.Now()
	for v, err := range s.All(ctx) {
		if err != nil {
			got = append(got, fmt.Sprintf("%v %v", time.Since(start), err))
		} else {
			got = append(got, fmt.Sprintf("%v %v", time.Since(start), v))
		}
	}
	return got
}

// happens runs s in a bubble, in a scope with a silent sink, and checks its
// events and its end with their instants.
func happens[T any](t *testing.T, s stream.Stream[T], want ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		ctx, _ := newSilentSink(t)
		start := time.Now()
		got := append(timed(ctx, s), fmt.Sprintf("%v end", time.Since(start)))
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// newSink returns a context in a scope whose sink records the errors it gets.
func newSink(t *testing.T) (ctx context.Context, told func() []error) {
	var errs []error
	s := scope.New(t.Context(), "test", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		errs = append(errs, e.Err)
	})))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s.Context(), func() []error { return errs }
}

// newSilentSink returns a context in a scope whose sink counts the errors it
// gets.
func newSilentSink(t *testing.T) (ctx context.Context, told *int) {
	told = new(int)
	s := scope.New(t.Context(), "test", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { *told++ })))
	t.Cleanup(func() { _ = s.Close() })
	return s.Context(), told
}

// panics returns what f panics with, as text.
func panics(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() {
		r := recover()
		if r == nil {
			t.Error("no panic")
		}
		text = fmt.Sprint(r)
	}()
	f()
	return ""
}
