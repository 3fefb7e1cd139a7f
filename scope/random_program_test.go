package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// This file is what the programs of random_test.go do.

func (p *program) options() []scope.Option {
	var opts []scope.Option
	if p.intN(5) == 0 {
		opts = append(opts, scope.WithLimit(1+p.intN(2)))
	}
	if p.intN(4) == 0 {
		opts = append(opts, scope.FailFast())
	}
	if p.intN(6) == 0 {
		opts = append(opts, scope.Sequential())
	}
	if p.intN(6) == 0 {
		opts = append(opts, scope.WithLimiter(p.limiter))
	}
	switch p.intN(12) {
	case 0:
		opts = append(opts, scope.Timeout(1+p.some(40)))
	case 1:
		opts = append(opts, scope.MoveOn(1+p.some(40)))
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

// taskOptions returns options for a task of s that is started by a kind of call.
func (p *program) taskOptions(s *scope.Scope, kind int) []scope.TaskOption {
	var opts []scope.TaskOption
	calledBack := func(context.Context) error {
		time.Sleep(p.some(3))
		if p.intN(3) == 0 {
			return p.fail(s, "callback")
		}
		return nil
	}
	switch p.intN(20) {
	case 0:
		opts = append(opts, scope.EndsScope())
	case 1, 2:
		if kind == goes || kind == tries || kind == handles {
			opts = append(opts, scope.Service())
		}
	case 3:
		opts = append(opts, scope.OnDrain(calledBack))
	case 4:
		opts = append(opts, scope.Interrupt(calledBack))
	}
	switch p.intN(12) {
	case 0:
		opts = append(opts, scope.Retry(1+p.intN(3), nil))
	case 1:
		opts = append(opts, scope.TaskTimeout(1+p.some(20)))
	case 2:
		opts = append(opts, scope.Retry(3, nil), scope.TaskTimeout(1+p.some(20)))
	}
	return opts
}

// The ways to start a task.
const (
	goes = iota
	tries
	spawns
	does
	handles
	ways
)

// start starts a random task of s in a random way.
func (p *program) start(ctx context.Context, s *scope.Scope) {
	if !p.take() {
		return
	}
	kind := p.intN(ways)
	opts := p.taskOptions(s, kind)
	switch kind {
	case goes:
		_ = s.Go(ctx, p.task(s), opts...)
	case tries:
		s.TryGo(ctx, p.task(s), opts...)
	case spawns:
		if scope.Current(ctx) == s {
			_ = scope.Spawn(ctx, p.task(s), opts...)
		}
	case does:
		func() {
			defer func() {
				if v, ok := recover().(error); ok {
					p.tell(v)
				}
			}()
			p.tell(s.Do(ctx, p.task(s), opts...))
		}()
	case handles:
		fn := p.task(s)
		task := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }, opts...)
		p.mu.Lock()
		p.handles = append(p.handles, task)
		p.mu.Unlock()
		if p.intN(4) == 0 {
			time.AfterFunc(p.some(10), func() { task.Cancel(errStop) })
		}
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
		switch p.intN(9) {
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
		case 5:
			<-ctx.Done()
			p.grace(ctx, s)
		}
		return nil
	}
}

// grace checks that cleanup can go on after the end of ctx.
func (p *program) grace(ctx context.Context, s *scope.Scope) {
	ctx, cancel := scope.Grace(ctx, time.Millisecond+p.some(5))
	defer cancel()
	time.Sleep(time.Millisecond / 2)
	if ctx.Err() != nil && !p.timed {
		p.t.Errorf("a grace in %s ends with its task: %v", s.Path(), context.Cause(ctx))
	}
	p.nested(ctx)
	<-ctx.Done()
}

// stands checks that no attached scope loses its parent while it is alive.
func (p *program) stands(ctx context.Context, s *scope.Scope) {
	if parent := s.Parent(); parent != nil && s.Name() == "attached" && !p.timed {
		if parent.Context().Err() != nil && ctx.Err() == nil && s.Context().Err() == nil {
			p.t.Errorf("the context of %s has ended, that of %s has not", parent.Path(), s.Path())
		}
	}
}

// act does one random thing in a task of s.
func (p *program) act(ctx context.Context, s *scope.Scope) {
	switch p.intN(10) {
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
		if parent := s.Parent(); parent != nil && parent.Name() != "service" {
			short, cancel := context.WithTimeout(ctx, p.some(10))
			defer cancel()
			p.start(short, parent)
		}
	case 8:
		if s.Limit() > 0 {
			s.SetLimit(1 + p.intN(3))
		}
	case 9:
		_ = s.Shutdown(ctx) // ErrSelfWait: it begins
		_, _ = s.Plan(), s.Snapshot()
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
