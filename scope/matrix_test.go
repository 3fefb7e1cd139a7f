package scope_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// The tree of the matrix is root > app > handlers. Each scope has a task that
// runs until its context ends, and a release. Its times are such that no two
// sums of them are the same.
var matrixTimes = scope.Timeouts{Drain: 3 * time.Second, Cancel: 2 * time.Second, Release: time.Second}

var matrixNames = []string{"handlers", "app", "root"} // in the order of their closing

// A trigger ends the tree.
type trigger struct {
	name  string
	drain bool // tasks get time to drain
	at    time.Duration
	// open opens the root with the options. What it returns ends the tree, and
	// waits until that has happened.
	open func(t *testing.T, opts ...scope.Option) (root *scope.Scope, end func() error)
}

// opened is a trigger for a root that New opens.
func opened(end func(root *scope.Scope) error, extra ...scope.Option) func(*testing.T, ...scope.Option) (*scope.Scope, func() error) {
	return func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		root := scope.New(context.Background(), "root", append(opts, extra...)...)
		return root, func() error { return end(root) }
	}
}

// running is a trigger for a root that Run opens: body is what ends it.
func running(body func(ctx context.Context, root *scope.Scope, end <-chan struct{}) error, extra ...scope.Option) func(*testing.T, ...scope.Option) (*scope.Scope, func() error) {
	return func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		roots, end, result := make(chan *scope.Scope, 1), make(chan struct{}), make(chan error, 1)
		go func() {
			result <- scope.Run(context.Background(), "root", func(ctx context.Context, s *scope.Scope) error {
				roots <- s
				return body(ctx, s, end)
			}, append(opts, extra...)...)
		}()
		return <-roots, func() error { close(end); return <-result }
	}
}

// cancelled is a trigger for a root whose context ends.
func cancelled(make func() (context.Context, func())) func(*testing.T, ...scope.Option) (*scope.Scope, func() error) {
	return func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		ctx, cancel := make()
		root := scope.New(ctx, "root", opts...)
		return root, func() error {
			cancel()
			synctest.Wait()
			return root.Close()
		}
	}
}

var matrixTriggers = []trigger{
	{"Close", false, 0, opened((*scope.Scope).Close)},
	{"Cancel", false, 0, opened(func(root *scope.Scope) error { root.Cancel(errCrash); return root.Close() })},
	{"Shutdown", true, 0, opened(func(root *scope.Scope) error { return root.Shutdown(context.Background()) })},
	{"Shutdown from a task", true, 0, opened(func(root *scope.Scope) error {
		_ = root.Do(context.Background(), func(ctx context.Context) error { return root.Shutdown(ctx) })
		return root.Shutdown(context.Background())
	})},
	{"FailFast", false, 0, opened(func(root *scope.Scope) error {
		_ = root.Do(context.Background(), func(context.Context) error { return errCrash })
		return root.Close()
	}, scope.FailFast())},
	{"main task", false, 0, opened(func(root *scope.Scope) error {
		_ = root.Do(context.Background(), func(context.Context) error { return nil }, scope.EndsScope())
		return root.Close()
	})},
	{"sink", false, 0, opened(func(root *scope.Scope) error {
		_ = root.Go(context.Background(), func(context.Context) error { return errCrash })
		synctest.Wait()
		return root.Close()
	}, scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
		if errors.Is(e, errCrash) {
			scope.Current(ctx).Cancel(e)
		}
	})))},
	{"context", false, 0, cancelled(func() (context.Context, func()) { return context.WithCancel(context.Background()) })},
	{"deadline", false, time.Minute, cancelled(func() (context.Context, func()) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		return ctx, func() { time.Sleep(time.Minute); cancel() }
	})},
	{"Timeout", false, time.Minute, opened(func(root *scope.Scope) error {
		time.Sleep(time.Minute)
		synctest.Wait()
		return root.Close()
	}, scope.Timeout(time.Minute))},
	{"parent", false, 0, func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		top := scope.New(context.Background(), "top")
		return top.Child("root", opts...), top.Close
	}},
	{"parent's Shutdown", true, 0, func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		top := scope.New(context.Background(), "top")
		return top.Child("root", opts...), func() error { return top.Shutdown(context.Background()) }
	}},
	{"body fails", false, 0, running(func(_ context.Context, _ *scope.Scope, end <-chan struct{}) error { <-end; return errCrash })},
	{"body panics", false, 0, func(t *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		ch, end, result := make(chan *scope.Scope, 1), make(chan struct{}), make(chan error, 1)
		sink := new(told)
		go func() {
			defer func() {
				_ = recover()
				var errs []error
				for _, e := range sink.all() {
					errs = append(errs, e)
				}
				result <- errors.Join(errs...)
			}()
			_ = scope.Run(context.Background(), "root", func(_ context.Context, s *scope.Scope) error {
				ch <- s
				<-end
				panic(errCrash)
			}, append(opts, scope.WithSink(sink))...)
		}()
		return <-ch, func() error { close(end); return <-result }
	}},
	{"body calls Shutdown", true, 0, running(func(ctx context.Context, root *scope.Scope, end <-chan struct{}) error {
		<-end
		_ = root.Shutdown(ctx) // it begins, and does not wait for the body that calls it
		return nil
	})},
	{"signal", true, 0, func(_ *testing.T, opts ...scope.Option) (*scope.Scope, func() error) {
		ch, signals, result := make(chan *scope.Scope, 1), make(chan os.Signal), make(chan error, 1)
		var out strings.Builder
		go func() {
			scope.Main("root", func(ctx context.Context, s *scope.Scope) error {
				ch <- s
				<-scope.Draining(ctx)
				return nil
			}, append(opts, scope.WithSignals(signals), scope.WithShutdownTime(-1), scope.WithReport(&out))...)
			result <- errors.New(out.String())
		}()
		return <-ch, func() error { signals <- syscall.SIGTERM; return <-result }
	}},
}

// A fault is a misbehaviour in one scope of the tree.
type fault struct {
	name    string
	plant   func(m *matrix, s *scope.Scope)
	ending  time.Duration // by which it delays the end of the tasks
	release time.Duration // and that of the releases
	says    string        // what the call that closes says
}

var matrixFaults = []fault{
	{name: "none", plant: func(*matrix, *scope.Scope) {}},
	{name: "slow", ending: 500 * time.Millisecond, plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(500 * time.Millisecond); return nil })
	}},
	{name: "stuck", ending: matrixTimes.Cancel, says: "stuck: a task", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, deaf(m.stop))
	}},
	{name: "stuck for a while", ending: matrixTimes.Cancel, says: "stuck: task \"late\"", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(matrixTimes.Cancel + 100*time.Millisecond)
			return errBoom
		}, scope.Named("late"))
	}},
	{name: "panicking", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error { <-ctx.Done(); panic(errBoom) })
	}},
	{name: "leaving by Goexit", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error { <-ctx.Done(); runtime.Goexit(); return nil })
	}},
	{name: "failing", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error { <-ctx.Done(); return errBoom })
	}},
	{name: "spawning while closing", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			_ = s.Go(ctx, untilEnd) // runs, or is refused
			<-ctx.Done()
			if err := s.Go(ctx, untilEnd); !errors.Is(err, scope.ErrClosed) {
				m.t.Errorf("Go() after the end of the context = %v, want ErrClosed", err)
			}
			return nil
		})
	}},
	{name: "failing release", says: "boom", plant: func(_ *matrix, s *scope.Scope) {
		s.Defer("bad", func(context.Context) error { return errBoom })
	}},
	{name: "panicking release", says: "boom", plant: func(_ *matrix, s *scope.Scope) {
		s.Defer("bad", func(context.Context) error { panic(errBoom) })
	}},
	{name: "release that leaves by Goexit", says: "Goexit", plant: func(_ *matrix, s *scope.Scope) {
		s.Defer("bad", func(context.Context) error { runtime.Goexit(); return nil })
	}},
	{name: "slow release", release: 700 * time.Millisecond, plant: func(_ *matrix, s *scope.Scope) {
		s.Defer("bad", func(context.Context) error { time.Sleep(700 * time.Millisecond); return nil })
	}},
	{name: "hanging release", release: matrixTimes.Release + 100*time.Millisecond, says: `the release "bad"`, plant: func(m *matrix, s *scope.Scope) {
		s.Defer("bad", func(context.Context) error { <-m.stop; return nil })
	}},
	{name: "hanging release behind a stuck task", ending: matrixTimes.Cancel, release: matrixTimes.Release + 100*time.Millisecond,
		says: `the release "bad"`, plant: func(m *matrix, s *scope.Scope) {
			mustGo(m.t, s, deaf(m.stop))
			s.Defer("bad", func(context.Context) error { <-m.stop; return nil })
		}},
	{name: "closed again by many", plant: func(m *matrix, s *scope.Scope) {
		mustGo(m.t, s, func(ctx context.Context) error {
			<-ctx.Done()
			for range 3 {
				s.Cancel(errBoom)
				if err := s.Shutdown(ctx); !errors.Is(err, scope.ErrSelfWait) {
					m.t.Errorf("Shutdown() from inside = %v, want ErrSelfWait", err)
				}
				m.calls.Go(func() { _ = s.Close() })
				m.calls.Go(func() { _ = s.Shutdown(context.Background()) })
			}
			return nil
		})
	}},
}

// TestEveryTriggerKeepsTheOrderWithEveryFault holds the order of all
// transitions, cancellations and releases, and their instants, of a tree of
// three levels against a model: a scope begins when its child has closed, drains
// if the trigger says so, is cancelled, takes what the fault delays it by, runs
// its releases and has closed.
func TestEveryTriggerKeepsTheOrderWithEveryFault(t *testing.T) {
	for _, tr := range matrixTriggers {
		for _, f := range matrixFaults {
			for _, where := range matrixNames {
				synctest.Test(t, func(t *testing.T) {
					m := &matrix{t: t, d: newDiary(), stop: make(chan struct{})}
					m.run(tr, f, where)
				})
				if t.Failed() {
					t.Fatalf("trigger %s, fault %s in %s", tr.name, f.name, where)
				}
			}
		}
	}
}

// A matrix is one run.
type matrix struct {
	t     *testing.T
	d     *diary
	stop  chan struct{} // closed at the end
	calls sync.WaitGroup
}

func (m *matrix) run(tr trigger, f fault, where string) {
	sink := scope.SinkFunc(func(context.Context, *scope.TaskError) {})
	moved := &scope.Hooks{ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) { m.note(s, step.State.String()) }}
	root, end := tr.open(m.t, scope.WithTimeouts(matrixTimes), scope.WithSink(sink), scope.WithHooks(moved))
	app := root.Child("app")
	for _, s := range []*scope.Scope{app.Child("handlers"), app, root} {
		context.AfterFunc(s.Context(), func() { m.note(s, "context ends") })
		s.Defer("first", func(context.Context) error { m.note(s, "first released"); return nil })
		if s.Name() == where {
			f.plant(m, s)
		}
		s.Defer("last", func(context.Context) error { m.note(s, "last released"); return nil })
		mustGo(m.t, s, untilEnd)
	}
	synctest.Wait()
	err := end()
	m.calls.Wait()
	if f.says != "" && (err == nil || !strings.Contains(err.Error(), f.says)) {
		m.t.Errorf("the call that closes returns %v, want one that says %q", err, f.says)
	}
	m.order()
	m.d.wantSorted(m.t, model(tr, f, where)...)
	close(m.stop)
	time.Sleep(time.Minute) // what was abandoned ends
}

func (m *matrix) note(s *scope.Scope, what string) {
	if slices.Contains(matrixNames, s.Name()) {
		m.d.note("%s %s", s.Name(), what)
	}
}

// model says what happens and when.
func model(tr trigger, f fault, where string) (lines []string) {
	at := tr.at
	note := func(name, what string) { lines = append(lines, fmt.Sprintf("%v %s %s", at, name, what)) }
	for _, name := range matrixNames {
		note(name, "draining")
	}
	for _, name := range matrixNames {
		if tr.drain {
			at += matrixTimes.Drain
		}
		note(name, "cancelling")
		note(name, "context ends")
		if name == where {
			at += f.ending
		}
		note(name, "releasing")
		note(name, "last released")
		if name == where {
			at += f.release
		}
		note(name, "first released")
		note(name, "closed")
	}
	return lines
}

// order checks what happened in one instant.
func (m *matrix) order() {
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	at := func(name, what string) int {
		return slices.IndexFunc(m.d.lines, func(line string) bool { return strings.HasSuffix(line, " "+name+" "+what) })
	}
	var behind int
	for _, name := range matrixNames {
		for _, what := range []string{"cancelling", "last released", "first released", "closed"} {
			i := at(name, what)
			if i < behind {
				m.t.Errorf("%s %s came too early:\n%s", name, what, strings.Join(m.d.lines, "\n"))
			}
			behind = i
		}
	}
}
