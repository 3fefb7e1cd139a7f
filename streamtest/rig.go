package streamtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A rig is an operator under trial, which can run several times.
type rig[A, B any] struct {
	trial
	applied stream.Stream[B]
	root    *scope.Scope
	sink    *Sink
	relaxed Relaxation

	mu       sync.Mutex // guards what follows
	items    []*Item    // that sources have yielded
	failures []error    // that they have yielded, each a *failure or one marked as fatal
	reached  map[*failure]int
	broken   []breach
}

// An attempt is one run of a rig.
type attempt[B any] struct {
	result
	ctx  context.Context
	obs  *observer[B]
	cut  func()
	open []func() int // runs of the source that have not returned
}

type attemptKey struct{}

// try carries out a trial in a bubble of its own: body runs the operator, once
// or more often. It returns what was wrong beside what body finds.
func try[A, B any](t *testing.T, op func(stream.Stream[A]) stream.Stream[B], relaxed Relaxation, tr trial,
	body func(r *rig[A, B], ctx context.Context)) (broken []breach) {
	t.Helper()
	r := &rig[A, B]{trial: tr, sink: new(Sink), relaxed: relaxed, reached: make(map[*failure]int)}
	dead := bubble(t, func(*testing.T) {
		r.applied = op(r.source)
		r.root = scope.New(context.Background(), "conform", scope.WithSink(r.sink))
		r.inPlace(func(ctx context.Context) { body(r, ctx) })
		r.close()
		r.account()
	})
	if dead != nil {
		r.breaks("rule 5", "%v", dead)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

// inPlace calls f with the context of the place.
func (r *rig[A, B]) inPlace(f func(ctx context.Context)) {
	switch r.place {
	case unscoped:
		f(context.Background())
	case outside:
		f(r.root.Context())
	default:
		err := r.root.Go(context.Background(), func(ctx context.Context) error { f(ctx); return nil })
		if err != nil {
			r.breaks("rule 5", "the scope takes no task: %v", err)
		}
		_ = r.root.Wait(context.Background()) // the task does not fail
	}
}

// close closes the scope of the trial, in which nothing may be left.
func (r *rig[A, B]) close() {
	if kids := r.root.Children(); len(kids) > 0 {
		r.breaks("rule 5", "scope %s is left", kids[0].Path())
	}
	if err := r.root.Close(); err != nil {
		r.breaks("rule 5", "the scope around the run closed with: %v", err)
	}
	if l := r.root.Ledger(); l.Pending() != 0 {
		r.breaks("ledger", "%d events are pending: %+v", l.Pending(), l)
	}
}

// account sees to it that each error and each item of the source has met one
// fate.
func (r *rig[A, B]) account() {
	told := make(map[*failure]int)
	for _, e := range r.sink.Errors() {
		if f := failureOf(e); f != nil {
			told[f]++
		}
	}
	for _, err := range r.failures {
		f := failureOf(err)
		n := r.reached[f] + told[f]
		if n > 1 || n == 0 && r.place != unscoped && r.relaxed&Handles == 0 {
			r.breaks("ledger", "%v: the consumer got it %d times, the sink %d times, want one of them once", f, r.reached[f], told[f])
		}
	}
	for _, item := range r.items {
		d, c := item.delivered.Load(), item.closed.Load()
		if n := d + c; n > 1 || n == 0 && r.relaxed&Drops == 0 {
			r.breaks("ledger", "value %d: delivered %d times, closed %d times, want one of them once", item.N, d, c)
		}
	}
}

// failureOf returns the failure that err wraps, nil if there is none.
func failureOf(err error) *failure {
	f, _ := errors.AsType[*failure](err)
	return f
}

func (r *rig[A, B]) locked(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *rig[A, B]) breaks(rule, format string, args ...any) {
	r.locked(func() { r.broken = append(r.broken, breach{rule, fmt.Sprintf(format, args...)}) })
}
