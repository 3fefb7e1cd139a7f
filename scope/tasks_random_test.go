package scope_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// TestRandomSetsLoseNothing runs small random programs: producers, tasks that
// start others, readers that leave, and scopes that end, all at random
// instants. Each failure reaches exactly one place, each value its reader or
// Discard, and no task outlives the reader that left.
func TestRandomSetsLoseNothing(t *testing.T) {
	for seed := range uint64(rounds(1000)) {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runSet(t, seed) })
		}) {
			return
		}
	}
}

// A setProgram is one random program and what is known of it.
type setProgram struct {
	t        *testing.T
	s        *scope.Scope
	ts       *scope.Tasks[int]
	failFast bool

	mu       sync.Mutex
	rnd      *rand.Rand
	budget   int
	failures int
	told     map[int]int  // by number of the failure
	again    map[int]bool // a handle tells again what the scope has told
	values   int
	got      map[int]int // by value
	running  int         // tasks of the set
	handles  []any       // kept, for cleanups run outside the bubble
}

func runSet(t *testing.T, seed uint64) {
	p := &setProgram{t: t, rnd: rand.New(rand.NewPCG(seed, 3)), budget: 30, told: map[int]int{}, again: map[int]bool{}, got: map[int]int{}}
	p.failFast = p.intN(6) == 0
	l := scope.NewLimiter(3)
	opts := []scope.Option{scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		if p.intN(20) == 0 {
			runtime.Goexit() // the next one up tells
		}
		p.tell(e)
	}))}
	if p.failFast {
		opts = append(opts, scope.FailFast())
	}
	switch p.intN(4) {
	case 0:
		opts = append(opts, scope.WithLimit(2))
	case 1:
		opts = append(opts, scope.WithLimiter(l))
	}
	top := scope.New(t.Context(), "top", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { p.tell(e) })))
	p.s = top.Child("s", opts...)
	p.ts = scope.NewTasks[int](p.s, 1+p.intN(4), scope.Discard(func(v int) { p.take(v) }))
	var producers sync.WaitGroup
	for range 3 {
		producers.Go(p.produce)
	}
	reader := make(chan struct{})
	go func() {
		defer close(reader)
		p.read()
	}()
	time.Sleep(p.some(30))
	switch p.intN(3) {
	case 0:
		p.ts.Close()
		<-reader
	case 1:
		p.s.Cancel(errStop)
	}
	p.tell(p.s.Close())
	<-reader
	p.tell(top.Close())
	producers.Wait()
	p.check(top.Ledger())
	runtime.KeepAlive(p)
}

func (p *setProgram) check(l scope.Ledger) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range p.failures {
		if p.told[n] != 1 && (p.told[n] == 0 || !p.failFast && !p.again[n]) { // the first one of FailFast is the cause too
			p.t.Errorf("failure %d was told %d times, want once", n, p.told[n])
		}
	}
	for v := range p.values {
		if p.got[v] != 1 {
			p.t.Errorf("value %d came to %d places, want one", v, p.got[v])
		}
	}
	if l.Pending() != 0 {
		p.t.Errorf("Ledger() = %+v, want nothing pending", l)
	}
}

func (p *setProgram) intN(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rnd.IntN(n)
}

// some returns a random duration, often the same one as another.
func (p *setProgram) some(n int) time.Duration { return time.Duration(p.intN(n)) * time.Millisecond }

func (p *setProgram) take(v int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got[v]++
}

func (p *setProgram) fail() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures++
	return numbered(p.failures - 1)
}

// tell notes the failures in err as told, but for those in a cause.
func (p *setProgram) tell(err error) {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case *scope.Cancelled:
	case numbered:
		p.mu.Lock()
		p.told[int(e)]++
		p.mu.Unlock()
	case interface{ Unwrap() error }:
		p.tell(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			p.tell(err)
		}
	}
}

func (p *setProgram) produce() {
	for p.add(p.t.Context()) {
		time.Sleep(p.some(4))
	}
}

// add starts a random task of the set, or one with a handle, in a random way.
func (p *setProgram) add(ctx context.Context) bool {
	p.mu.Lock()
	p.budget--
	more := p.budget >= 0
	p.mu.Unlock()
	if !more {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, p.some(20))
	defer cancel()
	var opts []scope.TaskOption
	if p.intN(4) == 0 {
		opts = append(opts, scope.Retry(3, nil))
	}
	if p.intN(4) == 0 {
		opts = append(opts, scope.TaskTimeout(time.Millisecond+p.some(5)))
	}
	if p.intN(4) == 0 {
		opts = append(opts, scope.Weight(int64(1+p.intN(3))))
	}
	switch p.intN(4) {
	case 0:
		p.ts.TryGo(ctx, p.inSet, opts...)
	case 1:
		h := scope.Go(ctx, p.s, p.task, append(opts, scope.Discard(p.take))...)
		time.Sleep(p.some(5))
		h.Cancel(errStop)
		v, err := h.Wait(context.WithoutCancel(ctx))
		p.tell(err)
		if err == nil {
			p.take(v)
		}
		p.mu.Lock()
		if n, ok := errors.AsType[numbered](err); ok {
			p.again[int(n)] = true
		}
		p.handles = append(p.handles, h)
		p.mu.Unlock()
	default:
		_ = p.ts.Go(ctx, p.inSet, opts...)
	}
	return true
}

// inSet is task for one of the set.
func (p *setProgram) inSet(ctx context.Context) (int, error) {
	p.mu.Lock()
	p.running++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.running--
		p.mu.Unlock()
	}()
	return p.task(ctx)
}

func (p *setProgram) task(ctx context.Context) (int, error) {
	time.Sleep(p.some(8))
	switch p.intN(8) {
	case 0:
		return 0, p.fail()
	case 1:
		panic(p.fail())
	case 2:
		<-ctx.Done()
		return 0, context.Cause(ctx)
	case 3:
		<-ctx.Done()
		time.Sleep(p.some(3))
		return 0, p.fail()
	case 4:
		p.add(ctx)
	case 5:
		_ = scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
			p.add(ctx)
			return s.Go(ctx, untilEnd)
		}, scope.MoveOn(time.Millisecond+p.some(3)))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values++
	return p.values - 1, nil
}

// read reads the set, and leaves it at a random event, by a random way, or
// when its time is over, or never.
func (p *setProgram) read() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.some(60), errStop)
	defer cancel()
	events := p.intN(20)
	time.Sleep(p.some(5))
	defer func() {
		_ = recover()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.running > 0 {
			p.t.Errorf("%d tasks of the set run when its reader has left", p.running)
		}
	}()
	for v, err := range p.ts.Stream().All(ctx) {
		if err == nil {
			p.take(v)
		} else {
			p.tell(err)
		}
		if events--; events == 0 {
			switch p.intN(3) {
			case 0:
				panic("leave")
			case 1:
				runtime.Goexit()
			}
			break
		}
	}
}
