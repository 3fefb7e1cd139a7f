package fan

import (
	"context"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// A Pool hands values to workers, each of which works on one at a time.
type Pool[T, R any] struct {
	Work    func(ctx context.Context, v T) bool // and emits; false: no more is wanted
	Discard func(ctx context.Context, v T)      // gives back a value that was not worked on

	run    *Run[R]
	values *queue.Queue[T]
}

// Start starts n workers in r, and a task that runs src with take as its
// yield; take calls [Pool.Put]. At most [queue.Size] values wait for a worker.
func Start[S, T, R any](r *Run[R], p *Pool[T, R], n int, src stream.Stream[S], take func(S, error) bool) {
	// Workers first: if the run ends while it starts, there is no source
	// without a worker that gives back what it has put.
	p.Open(r, n)
	if !Source(r, src, take, p.Close) {
		p.Close()
	}
}

// Open starts n workers in r, for values that whoever calls it puts. At most
// [queue.Size] values wait. Close must follow.
func (p *Pool[T, R]) Open(r *Run[R], n int) {
	p.run, p.values = r, queue.New[T](queue.Size, 1)
	for range n {
		if !r.Go(p.worker) {
			break
		}
	}
}

// Close says that no more values will be put.
func (p *Pool[T, R]) Close() { p.values.Leave() }

// Put hands v to the workers, waiting while too many values wait. It reports
// false if no worker will take it; it has been given back then.
func (p *Pool[T, R]) Put(v T) bool {
	if p.values.Push(v) {
		return true
	}
	p.Discard(p.run.ctx, v)
	return false
}

func (p *Pool[T, R]) worker(ctx context.Context) {
	returned := false
	defer func() {
		// A Goexit in the work ends this worker; another takes its place.
		if !returned && !p.run.Go(p.worker) {
			p.stop(ctx)
		}
	}()
	for {
		v, ok := p.values.Take()
		if !ok {
			break
		}
		if ctx.Err() != nil {
			p.Discard(ctx, v)
			break
		}
		if !p.Work(ctx, v) {
			break
		}
	}
	p.stop(ctx)
	returned = true
}

// stop turns the source away and gives back the values that wait. It is called
// when there are no more values, or no more are wanted.
func (p *Pool[T, R]) stop(ctx context.Context) {
	values := p.values.Close()
	discard.All(ctx, func() (T, bool) { return discard.Shift(&values) }, p.Discard)
}
