package streamtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A Step is one thing that a [Source] does: after a wait it yields an event, or
// calls Do instead.
type Step[T any] struct {
	After time.Duration // since the step before was due; late steps follow at once
	Value T
	Err   error // yielded with the zero value
	Do    func()
}

// A Source is a stream that does as it is told and notes what becomes of its
// runs. It keeps the contract to the letter: it looks at the context before
// each step and while it waits, and after each Do. Make one with [Script],
// [Cold] or [Hot].
type Source[T any] struct {
	steps   []Step[T]
	rest    time.Duration // from the last step to the end
	endless bool          // it waits for the cut instead of ending
	hasty   bool          // it does not look at the context after its last step
	hot     *time.Time    // the instant that After of the first step counts from; nil: when a run begins
	skew    time.Duration // added to each instant

	mu   sync.Mutex // guards runs
	runs []runSpan
}

// A runSpan is one run of a Source.
type runSpan struct {
	from, to time.Time // to is zero while the run goes on
	stopped  bool      // yield returned false
}

// Script returns a cold source that takes the steps one after the other and
// ends. To see how an operator copes, a Do may panic, leave by
// [runtime.Goexit] or end a context.
func Script[T any](steps ...Step[T]) *Source[T] { return &Source[T]{steps: slices.Clone(steps)} }

// Events returns the steps that yield the given events without waiting.
func Events[T any](events ...stream.Event[T]) []Step[T] {
	steps := make([]Step[T], len(events))
	for i, e := range events {
		steps[i] = Step[T]{Value: e.Value, Err: e.Err}
	}
	return steps
}

// Stream returns the source as a stream. All streams of a source are one.
func (s *Source[T]) Stream() stream.Stream[T] { return s.run }

// Started returns how many runs have begun.
func (s *Source[T]) Started() int { return s.count(func(runSpan) bool { return true }) }

// Open returns how many runs have not returned.
func (s *Source[T]) Open() int { return s.count(func(r runSpan) bool { return r.to.IsZero() }) }

// Stopped returns how many runs were ended by yield, which returned false.
func (s *Source[T]) Stopped() int { return s.count(func(r runSpan) bool { return r.stopped }) }

func (s *Source[T]) count(which func(runSpan) bool) (n int) {
	for _, r := range s.spans() {
		if which(r) {
			n++
		}
	}
	return n
}

func (s *Source[T]) spans() []runSpan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runs)
}

// note begins a run in the notes and returns the function that ends it there.
func (s *Source[T]) note() (end func(stopped bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := len(s.runs)
	s.runs = append(s.runs, runSpan{from: time.Now()})
	return func(stopped bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.runs[i].to, s.runs[i].stopped = time.Now(), stopped
	}
}

func (s *Source[T]) run(ctx context.Context, yield func(T, error) bool) {
	end := s.note()
	stopped := false
	defer func() { end(stopped) }()
	p := play[T]{ctx: ctx, yield: yield, begun: time.Now()}
	due := p.begun
	if s.hot != nil {
		due = *s.hot
	}
	due = due.Add(s.skew)
	for _, step := range s.steps {
		due = due.Add(step.After)
		if s.hot != nil && p.misses(due) {
			continue
		}
		if !p.until(due) || !p.lag() || !p.step(step) {
			stopped = p.stopped
			return
		}
	}
	if (s.hasty || p.until(due.Add(s.rest))) && p.lag() && s.endless {
		<-ctx.Done()
		p.cut()
	}
	stopped = p.stopped
}

// A play is one run of a Source at work.
type play[T any] struct {
	ctx     context.Context
	yield   func(T, error) bool
	begun   time.Time
	missed  int  // events of a hot source, while the consumer was busy
	stopped bool // yield returned false
}

// misses reports whether an event of a hot source came too early for the run,
// or while its consumer was busy.
func (p *play[T]) misses(due time.Time) bool {
	if !due.Before(time.Now()) {
		return false
	}
	if due.After(p.begun) {
		p.missed++
	}
	return true
}

// until waits for an instant. It reports false if the run is cut.
func (p *play[T]) until(due time.Time) bool {
	if d := time.Until(due); d > 0 && p.ctx.Err() == nil {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-p.ctx.Done():
		}
	}
	return p.ctx.Err() == nil || p.cut()
}

// cut yields the cause and returns false.
func (p *play[T]) cut() bool {
	var zero T
	p.stopped = !p.yield(zero, context.Cause(p.ctx))
	return false
}

// lag tells of events that the consumer has missed.
func (p *play[T]) lag() bool {
	if p.missed == 0 {
		return true
	}
	var zero T
	n := p.missed
	p.missed = 0
	p.stopped = !p.yield(zero, &stream.Lagged{N: n})
	return !p.stopped
}

// step takes a step that is due.
func (p *play[T]) step(step Step[T]) bool {
	if step.Do != nil {
		step.Do()
		return p.ctx.Err() == nil || p.cut()
	}
	if step.Err != nil {
		var zero T
		p.stopped = !p.yield(zero, step.Err)
	} else {
		p.stopped = !p.yield(step.Value, nil)
	}
	return !p.stopped
}
