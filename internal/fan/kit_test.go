package fan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

var errCut = errors.New("cut by the test")

type event = stream.Event[*item]

// source returns a stream that plays script, one step a character: '.' waits
// 1 ms, 'v' is a value, 'e' an error, 'f' a fatal one, '!' a panic and 'x' a
// Goexit. It keeps the contract.
func (l *ledger) source(name, script string) stream.Stream[*item] {
	return func(ctx context.Context, yield func(*item, error) bool) {
		l.running.Add(1)
		defer l.running.Add(-1)
		n := 0
		for _, step := range script {
			if step == '.' {
				rest(ctx)
			}
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			more := true
			switch step {
			case 'v':
				n++
				more = yield(l.value(n-1, name), nil)
			case 'e':
				more = yield(nil, l.failure(n, name))
			case 'f':
				yield(nil, stream.Fatal(l.failure(n, name)))
				return
			case '!':
				panic(l.failure(n, name))
			case 'x':
				l.exit()
				runtime.Goexit()
			}
			if !more {
				return
			}
		}
	}
}

// rest waits 1 ms and reports whether ctx is still alive.
func rest(ctx context.Context) bool {
	select {
	case <-time.After(time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}

// works are the scripts of functions: as that of a source, and '_' waits 1 ms
// whatever happens to the context.
var works = []string{"..v", "v", ".e", "...!", ".x", "____v", "v", "...v", "....e", ".v", "__x", "..v", "_!"}

// work plays the script of function number n and returns what its last step
// says. Where the end of the context interrupts it, it answers in one of the
// ways that functions do.
func (l *ledger) work(ctx context.Context, n int, name string) (*item, error) {
	l.running.Add(1)
	defer l.running.Add(-1)
	for _, step := range works[n%len(works)] {
		switch step {
		case '.':
			if !rest(ctx) {
				return l.interrupted(ctx, n, name)
			}
		case '_':
			time.Sleep(time.Millisecond)
		case 'e':
			return nil, l.failure(n, name)
		case '!':
			panic(l.failure(n, name))
		case 'x':
			l.exit()
			runtime.Goexit()
		}
	}
	return l.value(n, name), nil
}

func (l *ledger) interrupted(ctx context.Context, n int, name string) (*item, error) {
	switch n % 7 {
	case 0:
		return nil, ctx.Err()
	case 1:
		return nil, context.Cause(ctx)
	case 2:
		return nil, fmt.Errorf("function %d: %w", n, ctx.Err())
	case 3:
		return nil, errors.Join(l.failure(n, name), context.Cause(ctx))
	case 4:
		return l.value(n, name), nil
	case 5:
		panic(l.failure(n, name))
	default:
		l.exit()
		runtime.Goexit()
		return nil, nil
	}
}

// fn is function number n as one that needs no input.
func (l *ledger) fn(n int, name string) scope.Func[*item] {
	return func(ctx context.Context) (*item, error) { return l.work(ctx, n, name) }
}

// mapping is the function for an operator that maps: it works on a value.
func (l *ledger) mapping(name string) func(context.Context, *item) (*item, error) {
	return func(ctx context.Context, v *item) (*item, error) {
		v.meets("worked on")
		return l.work(ctx, v.n, name)
	}
}

// run runs s on a goroutine of its own, calls body for each event and returns
// the events when the run is over. It sees to it that yield is called as the
// contract says, and that nothing of the run is left when it is over.
func (l *ledger) run(ctx context.Context, s stream.Stream[*item], body func(k int) bool) (events []event) {
	l.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil && r != any(errLeaving) {
				l.t.Errorf("the run panicked: %v", r)
			}
		}()
		defer func() {
			if n := l.running.Load(); n != 0 {
				l.t.Errorf("%d functions and sources still run after the run", n)
			}
		}()
		runner := goroutine()
		busy, over := false, false
		s(ctx, func(v *item, err error) bool {
			if g := goroutine(); g != runner {
				l.t.Errorf("yield called by %s, want %s", g, runner)
			}
			if busy || over {
				l.t.Errorf("yield called while busy (%t) or after the end (%t)", busy, over)
			}
			busy, over = true, true
			events = append(events, event{Value: v, Err: err})
			switch {
			case err == nil:
				v.meets("delivered")
			case v != nil:
				l.t.Errorf("value beside error %v", err)
			default:
				l.tell(err, "delivered")
			}
			over = !body(len(events) - 1)
			busy = false
			return !over
		})
	}()
	<-done
	return events
}

func goOn(int) bool { return true }

// errLeaving is what a body panics with.
var errLeaving = errors.New("errLeaving the loop")

// A leave is a way for a consumer to end a run from its body.
type leave struct {
	name string
	do   func() bool
}

var leaves = []leave{
	{"break", func() bool { return false }},
	{"panic", func() bool { panic(errLeaving) }},
	{"Goexit", func() bool { runtime.Goexit(); return false }},
}

// goroutine returns what tells the calling goroutine from others.
func goroutine() string {
	buf := make([]byte, 64)
	head, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte(" ["))
	return string(head)
}

// A place is somewhere to run a stream: it calls f with a context and a
// function that ends that context, with a cause that is errCut.
type place struct {
	name string
	in   func(t *testing.T, sink scope.ErrorSink, f func(ctx context.Context, cut func()))
}

func cuttable(ctx context.Context, f func(ctx context.Context, cut func())) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f(ctx, func() { cancel(errCut) })
}

// inScope calls f with a scope that is closed afterwards, from inside a task
// of it if task is true.
func inScope(t *testing.T, sink scope.ErrorSink, task bool, f func(ctx context.Context, s *scope.Scope)) {
	t.Helper()
	s := scope.New(t.Context(), "outer", scope.WithSink(sink))
	if task {
		err := s.Go(t.Context(), func(ctx context.Context) error { f(ctx, s); return nil })
		if err != nil {
			t.Errorf("Go() = %v", err)
		}
		if err := s.Wait(t.Context()); err != nil {
			t.Errorf("Wait() = %v", err)
		}
	} else {
		f(s.Context(), s)
	}
	if kids := s.Children(); len(kids) != 0 {
		t.Errorf("scopes %v are left after the run", kids)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

type placeKey struct{}

var places = []place{
	{"no scope", func(t *testing.T, _ scope.ErrorSink, f func(context.Context, func())) {
		cuttable(t.Context(), f)
	}},
	{"outside a scope", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, false, func(ctx context.Context, s *scope.Scope) {
			f(ctx, func() { s.Cancel(errCut) })
		})
	}},
	{"outside a scope with a deadline", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, false, func(ctx context.Context, _ *scope.Scope) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			cuttable(ctx, f)
		})
	}},
	{"in a task", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, true, func(ctx context.Context, s *scope.Scope) {
			f(ctx, func() { s.Cancel(errCut) })
		})
	}},
	{"in a task with a value", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, true, func(ctx context.Context, s *scope.Scope) {
			f(context.WithValue(ctx, placeKey{}, 1), func() { s.Cancel(errCut) })
		})
	}},
	{"in a task with a deadline", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, true, func(ctx context.Context, _ *scope.Scope) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			cuttable(ctx, f)
		})
	}},
	{"in Do", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		inScope(t, sink, false, func(_ context.Context, s *scope.Scope) {
			err := s.Do(t.Context(), func(ctx context.Context) error {
				f(ctx, func() { s.Cancel(errCut); <-ctx.Done() })
				return nil
			})
			if err != nil {
				t.Errorf("Do() = %v", err)
			}
		})
	}},
	{"in the body of Run", func(t *testing.T, sink scope.ErrorSink, f func(context.Context, func())) {
		err := scope.Run(t.Context(), "outer", func(ctx context.Context, s *scope.Scope) error {
			f(ctx, func() { s.Cancel(errCut) })
			return nil
		}, scope.WithSink(sink))
		if err != nil && !errors.Is(err, errCut) {
			t.Errorf("Run() = %v", err)
		}
	}},
}
