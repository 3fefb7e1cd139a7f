package streamtest

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// run runs the operator once, in the bubble, and looks for what it left.
func (r *rig[A, B]) run(ctx context.Context, consumer act) *result {
	a, release := r.prepare(ctx, consumer)
	defer release()
	before := runtime.NumGoroutine()
	r.attempt(a)
	for _, stack := range left(before) {
		r.breaks("rule 5", "a goroutine is left:\n%s", stack)
		time.Sleep(patience) // so that it does not outlive the bubble if it ends by itself
	}
	return &a.result
}

// prepare makes a run ready, on which the consumer may act.
func (r *rig[A, B]) prepare(ctx context.Context, consumer act) (a *attempt[B], release func()) {
	a = new(attempt[B])
	ctx, cut, release := r.cuttable(context.WithValue(ctx, attemptKey{}, a))
	begun := time.Now()
	a.ctx = ctx
	a.cut = func() { a.cutAt = time.Since(begun); cut() }
	a.obs = &observer[B]{identify: r.identify, each: func(k int, v B, err error) bool {
		o := output{fmt.Sprint(v), err, time.Since(begun)}
		r.locked(func() { r.receives(a, o, v) })
		if cause := context.Cause(ctx); cause != nil && err == cause { //nolint:errorlint // the cause itself
			return r.onCause.do(cut)
		}
		return k != r.at || consumer.do(a.cut)
	}}
	return a, release
}

// attempt carries out a run.
func (r *rig[A, B]) attempt(a *attempt[B]) {
	begun := time.Now()
	if r.cutAfter > 0 {
		defer time.AfterFunc(r.cutAfter, a.cut).Stop()
	}
	a.ended, a.panicked = a.obs.run(a.ctx, r.applied, func() { r.closed(a) })
	a.took = time.Since(begun)
	a.cause = context.Cause(a.ctx)
	r.locked(func() { r.broken = append(r.broken, a.obs.breaches()...) })
}

// receives notes an event that came out. The caller holds r.mu.
func (r *rig[A, B]) receives(a *attempt[B], o output, v B) {
	a.events = append(a.events, o)
	if f := failureOf(o.err); f != nil {
		r.reached[f]++
		if r.relaxed&Handles == 0 && !slices.Contains(r.failures, o.err) {
			r.broken = append(r.broken, breach{"E0", fmt.Sprintf("%v came as %#v, want it unchanged", f, o.err)})
		}
	}
	if _, tracked := any(*new(A)).(*Item); tracked && o.err == nil {
		items(reflect.ValueOf(&v).Elem(), 0, func(i *Item) { i.delivered.Add(1) })
	}
}

// closed notes a source that runs although the run of the operator is over.
func (r *rig[A, B]) closed(a *attempt[B]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, open := range a.open {
		if open() > 0 {
			r.broken = append(r.broken, breach{"rule 5", "the source runs on after the run"})
		}
	}
}

// cuttable returns a context that cut ends.
func (r *rig[A, B]) cuttable(ctx context.Context) (_ context.Context, cut, release func()) {
	if r.place == inScope {
		return ctx, func() { r.root.Cancel(ErrCut); <-ctx.Done() }, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func() { cancel(ErrCut) }, func() { cancel(nil) }
}

// source is the stream that the operator is applied to.
func (r *rig[A, B]) source(ctx context.Context, yield func(A, error) bool) {
	a, src := r.begin(ctx)
	given := events[A](r.pattern, r.skip)
	due := func() { r.locked(func() { a.due = append(a.due, len(a.events)) }) }
	var steps []Step[A]
	for i, e := range given {
		steps = append(steps, Step[A]{After: r.pace, Do: func() { due(); r.act(a, i, panics, exits, cuts) }}, Step[A]{Value: e.Value, Err: e.Err})
	}
	if !r.hasty {
		steps = append(steps, Step[A]{Do: func() { due(); r.act(a, len(given), panics, exits, cuts) }})
	}
	src.steps, src.hasty = steps, r.hasty
	k := -1
	src.run(ctx, func(v A, err error) bool {
		k++
		r.act(a, k, cutsLate)
		r.locked(func() { r.yields(a, ctx, v, err) })
		more := yield(v, err)
		r.locked(func() { a.passed = append(a.passed, len(a.events)) })
		return more
	})
}

// begin notes that a run of the operator runs its source.
func (r *rig[A, B]) begin(ctx context.Context) (*attempt[B], *Source[A]) {
	a, ok := ctx.Value(attemptKey{}).(*attempt[B])
	if !ok {
		r.breaks("rule 4", "the source is run under a context that does not descend from that of the run")
		a = &attempt[B]{ctx: context.Background(), obs: new(observer[B]), cut: func() {}}
	}
	src := new(Source[A])
	r.locked(func() { a.open = append(a.open, src.Open) })
	return a, src
}

// act does what the source does before its event number k, if that is one of
// some acts.
func (r *rig[A, B]) act(a *attempt[B], k int, some ...act) {
	if k != r.at || !slices.Contains(some, r.trial.source) {
		return
	}
	r.locked(func() { a.acted, a.onRunner = true, goroutine() == a.obs.runner })
	r.trial.source.do(a.cut)
}

// yields notes an event that the source yields. The caller holds r.mu.
func (r *rig[A, B]) yields(a *attempt[B], ctx context.Context, v A, err error) {
	switch {
	case err == nil:
		if item, ok := any(v).(*Item); ok {
			r.items = append(r.items, item)
		}
	case failureOf(err) != nil:
		r.failures = append(r.failures, err)
	default:
		a.told = a.told || a.ctx.Err() != nil && stream.IsCut(ctx, err)
	}
}
