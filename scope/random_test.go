package scope_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// TestRandomTreesKeepTheGuarantees runs small random programs: trees of scopes
// whose tasks fail, panic, leave, wait, open, close and cancel at random
// instants; the flag times makes it more of them. Whatever they do, no task
// outlives its scope unless it is abandoned, no scope its parent, every release
// runs, and every failure reaches exactly one place.
func TestRandomTreesKeepTheGuarantees(t *testing.T) {
	for seed := range uint64(rounds(1000)) {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runProgram(t, seed) })
		}) {
			return
		}
	}
}

// A program is one random program and what is known of it.
type program struct {
	t *testing.T

	mu      sync.Mutex
	rnd     *rand.Rand
	budget  int            // of things still to start
	failed  map[int]string // by number: what failed so
	told    map[int]int    // by number: how often it was told
	again   map[int]bool   // by number: Run may return it though a reader had it
	scopes  []*scope.Scope
	state   map[*scope.Scope]string // "open" or "released"
	running map[*scope.Scope]int
	handles []any // kept, for cleanups run outside the bubble

	limiter *scope.Limiter
	timed   bool // the time for the tree may end, so that tasks may be abandoned
	moved   map[*scope.Scope]scope.State
	live    int // tasks that a hook was told of
}

func runProgram(t *testing.T, seed uint64) {
	p := &program{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), budget: 60,
		failed: map[int]string{}, told: map[int]int{}, again: map[int]bool{},
		state: map[*scope.Scope]string{}, running: map[*scope.Scope]int{}, moved: map[*scope.Scope]scope.State{},
		limiter: scope.NewLimiter(3),
	}
	outer, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.timed = p.intN(4) == 0
	root := scope.New(outer, "root", scope.WithSink(scope.SinkFunc(p.sink)), scope.WithHooks(p.hooks()))
	p.watch(root)
	for range 4 {
		go p.start(root.Context(), root)
	}
	time.Sleep(p.some(40))
	switch p.intN(4) {
	case 0:
		cancel()
	case 1:
		root.Cancel(errStop)
	case 2:
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		if p.timed {
			ctx, cancel = context.WithTimeout(t.Context(), p.some(100))
		}
		defer cancel()
		p.tell(root.Shutdown(ctx))
	}
	p.tell(root.Close())
	for _, s := range slices.Backward(p.scopes) {
		p.tell(s.Close()) // takes what it has kept
	}
	time.Sleep(sec) // what was abandoned ends
	synctest.Wait() // whoever called from outside tells what he got
	p.check()
	if st := root.Statistics(); st.Running != 0 || st.Queued != 0 || st.Ledger.Pending() != 0 {
		t.Errorf("the statistics are %+v, %d pending, when all has closed", st, st.Ledger.Pending())
	}
	if all := scope.Abandoned(); len(all) != 0 {
		t.Errorf("%d scopes are abandoned, want none: nothing is stuck", len(all))
	}
	runtime.KeepAlive(p.handles)
}

func (p *program) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, n := range p.running {
		if n != 0 {
			p.t.Errorf("%d tasks of %s run when the root has closed", n, s.Path())
		}
	}
	for s, state := range p.state {
		if state != "released" {
			p.t.Errorf("%s is %s when the root has closed", s.Path(), state)
		}
	}
	for s, state := range p.moved {
		if state != scope.StateClosed {
			p.t.Errorf("the last that the hooks were told of %s is %v", s.Path(), state)
		}
	}
	if p.live != 0 {
		p.t.Errorf("the hooks were told of %d tasks more that started than ended", p.live)
	}
	for n, what := range p.failed {
		if p.told[n] != 1 && (p.told[n] == 0 || !p.again[n]) {
			p.t.Errorf("failure %d (%s) was told %d times, want once", n, what, p.told[n])
		}
	}
	for n := range p.told {
		if p.failed[n] == "" {
			p.t.Errorf("failure %d was told and did not happen", n)
		}
	}
}

func (p *program) intN(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rnd.IntN(n)
}

// some returns a random duration of less than n ms, never twice the same one,
// so that no two things happen in one instant by arrangement.
func (p *program) some(n int) time.Duration {
	return time.Duration(p.intN(n))*time.Millisecond + time.Duration(p.intN(1000))*time.Microsecond
}

// fail returns a new error, that is to be told once.
func (p *program) fail(s *scope.Scope, what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.failed)
	p.failed[n] = what + " of " + s.Path()
	p.again[n] = s.Name() == "nested"
	return numbered(n)
}

// tell notes the failures in err as told. A *Cancelled says why a context
// ended, which tells nobody of the failure itself.
func (p *program) tell(err error) {
	if n, ok := err.(numbered); ok { //nolint:errorlint // walks the tree itself
		p.mu.Lock()
		p.told[int(n)]++
		p.mu.Unlock()
		return
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case *scope.Cancelled:
	case interface{ Unwrap() error }:
		p.tell(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			p.tell(err)
		}
	}
}

func (p *program) sink(ctx context.Context, e *scope.TaskError) {
	if ctx.Err() != nil {
		p.t.Errorf("the context of the sink has ended: %v", ctx.Err())
	}
	p.tell(e)
	if p.intN(20) == 0 {
		time.Sleep(p.some(3))
	}
}

// hooks checks that each scope moves on in order, and counts tasks.
func (p *program) hooks() *scope.Hooks {
	count := func(n int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.live += n
	}
	return &scope.Hooks{
		ScopeOpened: func(_ context.Context, s *scope.Scope) {
			p.mu.Lock()
			p.moved[s] = scope.StateOpen
			p.mu.Unlock()
			if s.Parent() != nil && p.intN(40) == 0 {
				s.Cancel(errStop)
			}
		},
		ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if step.State <= p.moved[s] {
				p.t.Errorf("the hooks were told that %s is %v when it was %v", s.Path(), step.State, p.moved[s])
			}
			p.moved[s] = step.State
		},
		TaskStarted: func(context.Context, *scope.TaskInfo) context.Context {
			count(1)
			if p.intN(40) == 0 {
				panic("broken hook")
			}
			return nil
		},
		TaskEnded: func(context.Context, *scope.TaskInfo, scope.TaskEnd) { count(-1) },
		ErrorReported: func(context.Context, *scope.Scope, *scope.TaskError) {
			if p.intN(10) == 0 {
				runtime.Goexit()
			}
		},
	}
}

// watch checks, when s releases, that all below and in it has stopped.
func (p *program) watch(s *scope.Scope) {
	p.mu.Lock()
	p.scopes = append(p.scopes, s)
	p.state[s] = "open"
	p.mu.Unlock()
	s.Defer("watch", func(context.Context) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := p.running[s]; n != 0 && !p.timed {
			p.t.Errorf("%d tasks of %s run when it releases", n, s.Path())
		}
		for _, below := range p.scopes {
			if below.Parent() == s && p.state[below] != "released" && !p.timed {
				p.t.Errorf("%s is %s when its parent releases", below.Path(), p.state[below])
			}
		}
		p.state[s] = "released"
		return nil
	})
	for range p.intN(3) {
		s.Defer("random", func(ctx context.Context) error {
			time.Sleep(p.some(5))
			switch p.intN(6) {
			case 0:
				return p.fail(s, "release")
			case 1:
				panic(p.fail(s, "panicking release"))
			case 2:
				runtime.Goexit()
			}
			return nil
		})
	}
}

// take spends one of the budget.
func (p *program) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.budget--
	return p.budget >= 0
}
