package scope_test

import (
	"context"
	"errors"
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
// instants. Whatever they do, no task outlives its scope, no scope its parent,
// every release runs, and every failure reaches exactly one place.
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
}

func runProgram(t *testing.T, seed uint64) {
	p := &program{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), budget: 60,
		failed: map[int]string{}, told: map[int]int{}, again: map[int]bool{},
		state: map[*scope.Scope]string{}, running: map[*scope.Scope]int{},
	}
	outer, cancel := context.WithCancel(t.Context())
	defer cancel()
	root := scope.New(outer, "root", scope.WithSink(scope.SinkFunc(p.sink)))
	p.watch(root)
	for range 4 {
		go p.start(root.Context(), root)
	}
	time.Sleep(p.some(40))
	switch p.intN(3) {
	case 0:
		cancel()
	case 1:
		root.Cancel(errStop)
	}
	p.tell(root.Close())
	for _, s := range slices.Backward(p.scopes) {
		p.tell(s.Close()) // takes what it has kept
	}
	synctest.Wait() // whoever called from outside tells what he got
	p.check()
	if l := root.Ledger(); l.Pending() != 0 {
		t.Errorf("the ledger is %+v, %d pending, when all has closed", l, l.Pending())
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

// watch checks, when s releases, that all below and in it has stopped.
func (p *program) watch(s *scope.Scope) {
	p.mu.Lock()
	p.scopes = append(p.scopes, s)
	p.state[s] = "open"
	p.mu.Unlock()
	s.Defer("watch", func(context.Context) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := p.running[s]; n != 0 {
			p.t.Errorf("%d tasks of %s run when it releases", n, s.Path())
		}
		for _, below := range p.scopes {
			if below.Parent() == s && p.state[below] != "released" {
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

func (p *program) options() []scope.Option {
	var opts []scope.Option
	if p.intN(5) == 0 {
		opts = append(opts, scope.WithLimit(1+p.intN(2)))
	}
	if p.intN(4) == 0 {
		opts = append(opts, scope.FailFast())
	}
	if p.intN(4) == 0 {
		opts = append(opts, scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			switch p.intN(6) {
			case 0:
				panic("broken sink") // the next one up tells
			case 1:
				runtime.Goexit() // here too
			}
			p.tell(e)
		})))
	}
	return opts
}

// start starts a random task of s in a random way.
func (p *program) start(ctx context.Context, s *scope.Scope) {
	if !p.take() {
		return
	}
	switch p.intN(5) {
	case 0:
		_ = s.Go(ctx, p.task(s))
	case 1:
		s.TryGo(ctx, p.task(s))
	case 2:
		if scope.Current(ctx) == s {
			_ = scope.Spawn(ctx, p.task(s))
		}
	case 3:
		func() {
			defer func() {
				if v, ok := recover().(error); ok {
					p.tell(v)
				}
			}()
			p.tell(s.Do(ctx, p.task(s)))
		}()
	case 4:
		fn := p.task(s)
		task := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, fn(ctx) })
		p.mu.Lock()
		p.handles = append(p.handles, task)
		p.mu.Unlock()
		if p.intN(2) == 0 {
			short, cancel := context.WithTimeout(ctx, p.some(10))
			defer cancel()
			_, err := task.Wait(short)
			p.tell(err)
		}
	}
}

// task returns a task of s that does a few random things.
func (p *program) task(s *scope.Scope) func(context.Context) error {
	return func(ctx context.Context) error {
		p.mu.Lock()
		p.running[s]++
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			p.running[s]--
			p.mu.Unlock()
		}()
		for range p.intN(4) {
			time.Sleep(p.some(10))
			p.act(ctx, s)
			p.stands(ctx, s)
		}
		switch p.intN(8) {
		case 0:
			return p.fail(s, "task")
		case 1:
			panic(p.fail(s, "panicking task"))
		case 2:
			<-ctx.Done()
			return ctx.Err()
		case 3:
			<-ctx.Done()
			time.Sleep(p.some(5))
			return fmt.Errorf("cut: %w", context.Cause(ctx))
		case 4:
			<-ctx.Done()
			return errors.Join(ctx.Err(), p.fail(s, "late task"))
		}
		return nil
	}
}

// stands checks that no attached scope loses its parent while it is alive.
func (p *program) stands(ctx context.Context, s *scope.Scope) {
	if parent := s.Parent(); parent != nil && s.Name() == "attached" {
		if parent.Context().Err() != nil && ctx.Err() == nil && s.Context().Err() == nil {
			p.t.Errorf("the context of %s has ended, that of %s has not", parent.Path(), s.Path())
		}
	}
}

// act does one random thing in a task of s.
func (p *program) act(ctx context.Context, s *scope.Scope) {
	switch p.intN(8) {
	case 0, 1, 2:
		p.start(ctx, s)
	case 3:
		if p.take() {
			p.attached(ctx)
		}
	case 4:
		if p.take() {
			p.nested(ctx)
		}
	case 5:
		s.Cancel(errStop)
	case 6:
		short, cancel := context.WithTimeout(ctx, p.some(10))
		defer cancel()
		if p.take() {
			p.nested(short)
		}
	case 7:
		if parent := s.Parent(); parent != nil {
			short, cancel := context.WithTimeout(ctx, p.some(10))
			defer cancel()
			p.start(short, parent)
		}
	}
}

func (p *program) attached(ctx context.Context) {
	s := scope.New(ctx, "attached", p.options()...)
	p.watch(s)
	for range p.intN(4) {
		p.start(s.Context(), s)
	}
	switch p.intN(3) {
	case 0:
		time.Sleep(p.some(10))
		p.tell(s.Close())
	case 1:
		time.AfterFunc(p.some(20), func() { s.Cancel(nil) })
	}
}

func (p *program) nested(ctx context.Context) {
	p.tell(scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
		p.watch(s)
		for range p.intN(4) {
			p.start(ctx, s)
		}
		if p.intN(4) == 0 {
			return p.fail(s, "body")
		}
		return nil
	}, p.options()...))
}
