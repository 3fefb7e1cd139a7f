package operators_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

var pipelines = flag.Int("pipelines", 300, "how many random pipelines are tried")

// TestRandomPipelinesEndAndLeaveNothing builds pipelines of the operators that have
// tasks, runs them with a consumer who reads to the end, leaves, panics or exits,
// and is slow or not, cuts some, and runs each again. That all ends, on a virtual
// clock where a hang is a failure, that no goroutine is left, that the ledger of the
// scope adds up, and that each error of the source reached the consumer or the sink,
// once, is what is asked.
func TestRandomPipelinesEndAndLeaveNothing(t *testing.T) {
	for seed := range uint64(*pipelines) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var names []string
		build := func(src ints) ints {
			for range 1 + rnd.IntN(4) {
				all := tasking()
				op := all[rnd.IntN(len(all))]
				if op.name == "Share" { // an error may be on its way to who has left
					op = all[0]
				}
				names = append(names, op.name)
				src = op.apply(src)
			}
			return src
		}
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told errorCount
				top := scope.New(t.Context(), "top", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { told.came(e) })))
				s := build(restless(rnd, &told))
				for range 2 {
					visitOnce(top, rnd, s, &told)
				}
				if err := top.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
				told.check(t)
				if l := top.Ledger(); l.Pending() != 0 {
					t.Errorf("Ledger() = %+v, %d pending", l, l.Pending())
				}
			})
		})
		if !ok {
			t.Fatalf("seed %d: %s", seed, strings.Join(names, " > "))
		}
	}
}

// restless is a source of up to 400 events that waits now and then.
func restless(rnd *rand.Rand, told *errorCount) ints {
	n, seed := rnd.IntN(400), rnd.Uint64()
	return func(ctx context.Context, yield func(int, error) bool) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		for v := range n {
			if rnd.IntN(3) == 0 {
				select {
				case <-time.After(time.Duration(rnd.IntN(3000)) * time.Microsecond):
				case <-ctx.Done():
				}
			}
			var err error
			switch {
			case ctx.Err() != nil:
				yield(0, context.Cause(ctx))
				return
			case rnd.IntN(8) == 0:
				v, err = 0, told.next()
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// visitOnce runs s once in a task of top.
func visitOnce(top *scope.Scope, rnd *rand.Rand, s ints, told *errorCount) {
	leaves, how, slow := rnd.IntN(60), rnd.IntN(4), rnd.IntN(4) == 0
	cut := time.Duration(rnd.IntN(80_000)) * time.Microsecond
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		ctx, cancel := context.WithTimeout(top.Context(), cut)
		defer cancel()
		n := 0
		for _, err := range s.All(ctx) {
			told.came(err)
			if slow {
				time.Sleep(time.Millisecond)
			}
			if n++; n < leaves {
				continue
			}
			switch how {
			case 0:
				panic("left")
			case 1:
				runtime.Goexit()
			case 2:
				return
			}
		}
	}()
	<-done
}

// A numbered error is one of the source's.
type numbered struct{ n int }

func (e *numbered) Error() string { return fmt.Sprintf("error %d", e.n) }

// An errorCount counts how often each numbered error came.
type errorCount struct {
	mu   sync.Mutex // guards what follows
	seen []int
}

func (c *errorCount) next() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, 0)
	return &numbered{len(c.seen) - 1}
}

func (c *errorCount) came(err error) {
	if e, ok := errors.AsType[*numbered](err); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen[e.n]++
	}
}

func (c *errorCount) check(t *testing.T) {
	t.Helper()
	for n, times := range c.seen {
		if times != 1 {
			t.Errorf("error %d came %d times to the consumer or the sink, want once", n, times)
		}
	}
}
