package timer

import (
	"context"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// start starts a tick that take has taken.
func (t *Timer) start(ctx context.Context, workers *sync.WaitGroup) {
	if t.overlap.nested {
		err := t.tasks.Go(ctx, func(ctx context.Context) error { t.tick(ctx); return nil }, scope.Named(t.name), scope.SiteOf(t.fn))
		if err != nil { // the scope has ended at this very moment
			t.mu.Lock()
			defer t.mu.Unlock()
			t.stats.Ticks--
			t.stats.Running--
			t.stats.Skipped++
		}
		return
	}
	t.mu.Lock()
	if t.overlap.replace {
		ctx, t.cancel = context.WithCancelCause(ctx)
	}
	hire := !t.worker
	t.worker = true
	t.mu.Unlock()
	if hire {
		workers.Go(t.work)
	}
	t.begin <- ctx
}

// work runs ticks one after the other, until there are no more or one leaves
// by runtime.Goexit.
func (t *Timer) work() {
	for ctx := range t.begin {
		t.tick(ctx)
	}
}

// tick calls the function once.
func (t *Timer) tick(ctx context.Context) {
	start := time.Now()
	returned, alive := false, false
	var err error
	// The tick ends after the sink was told, and a sink may leave by Goexit.
	defer func() { t.ticked(alive) }()
	defer func() {
		leaving := false
		if !returned {
			if v := recover(); v != nil {
				err = scope.NewPanicError(v)
			} else {
				err, leaving = scope.ErrGoexit, true
			}
		}
		if err != nil && !stream.IsCut(ctx, err) {
			t.failed(ctx, start, err, leaving)
		}
		alive = !leaving
	}()
	err = t.fn(ctx)
	returned = true
}

// failed tells the sink of a tick that has failed, and whose goroutine is
// leaving or not.
func (t *Timer) failed(ctx context.Context, start time.Time, err error, leaving bool) {
	t.mu.Lock()
	t.stats.Failed++
	t.mu.Unlock()
	if leaving && t.overlap.nested {
		return // the goroutine is that of a task, which fails with the same error
	}
	s := scope.Current(ctx)
	s.Report(ctx, &scope.TaskError{
		Path:    s.Path(),
		Task:    t.name,
		Attempt: 1,
		Site:    scope.Site(t.fn),
		Elapsed: time.Since(start),
		Err:     err,
	})
}

// ticked counts the end of a tick. The goroutine it ran on is not alive if it
// is about to end.
func (t *Timer) ticked(alive bool) {
	t.mu.Lock()
	t.stats.Running--
	if !alive {
		t.worker = false
	}
	if t.cancel != nil {
		t.cancel(nil)
		t.cancel = nil
	}
	t.mu.Unlock()
	t.signal()
}
