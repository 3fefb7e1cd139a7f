// Stuck measures what a forced shutdown costs: so many goroutines that ignore
// their context, so many levels, so many children.
//
//	go run -C benchmarks ./stuck [-tasks N] [-levels N] [-children N]
//
// It prints by how much the shutdown of the stuck tasks overran its time, of
// which 100 ms are the grace after it, the longest time in which no goroutine
// of the process ran, and time and memory of deep and of wide trees of growing
// size, for each scope in them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func main() {
	tasks := flag.Int("tasks", 10_000, "tasks that are stuck")
	levels := flag.Int("levels", 10_000, "levels of the deepest tree")
	children := flag.Int("children", 100_000, "children of the widest tree")
	flag.Parse()
	if err := stuck(*tasks); err != nil {
		fmt.Fprintln(os.Stderr, "stuck:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%-28s %12s %12s\n", "tree", "ns a scope", "bytes a scope")
	for _, n := range sizes(*levels) {
		grow("levels", n, deep)
	}
	for _, n := range sizes(*children) {
		grow("children", n, wide)
	}
}

// sizes are a tenth, a third and the whole of n.
func sizes(n int) []int { return []int{n / 10, n / 3, n} }

// stuck shuts a scope down whose tasks do not stop.
func stuck(n int) error {
	stop := make(chan struct{})
	s := scope.New(context.Background(), "stuck", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1}))
	var began sync.WaitGroup
	for range n {
		began.Add(1)
		err := s.Go(context.Background(), func(context.Context) error {
			began.Done()
			<-stop
			return nil
		})
		if err != nil {
			return err
		}
	}
	began.Wait()
	const within = 500 * time.Millisecond
	longest := watch(func() {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		start := time.Now()
		err := s.Shutdown(ctx)
		took := time.Since(start)
		var e *scope.StuckError
		if !errors.As(err, &e) {
			fmt.Println("nothing was stuck:", err)
			return
		}
		fmt.Printf("%d stuck tasks: %v over the time of the shutdown; named %d tasks, %d stacks\n",
			n, took-within, e.Tasks[0].Count, len(e.Stacks))
	})
	fmt.Printf("longest pause of the process: %v\n", longest)
	close(stop)
	return s.Wait(context.Background())
}

// watch returns the longest time in which a goroutine that is always ready to
// run did not, while f ran.
func watch(f func()) time.Duration {
	var longest time.Duration
	over := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for last := time.Now(); ; {
			select {
			case <-over:
				return
			default:
			}
			runtime.Gosched()
			now := time.Now()
			longest = max(longest, now.Sub(last))
			last = now
		}
	}()
	f()
	close(over)
	<-done
	return longest
}

// grow prints what one scope of a tree of n costs to open and to close, and
// what it holds meanwhile.
func grow(what string, n int, plant func(n int) *scope.Scope) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	s := plant(n)
	opened := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	start = time.Now()
	if err := s.Close(); err != nil {
		fmt.Println("closing:", err)
	}
	took := opened + time.Since(start)
	held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	fmt.Printf("%-28s %12d %12d\n", strconv.Itoa(n)+" "+what, took.Nanoseconds()/int64(n), held/int64(n))
}

func deep(n int) *scope.Scope {
	root := scope.New(context.Background(), "s")
	for s := root; n > 1; n-- {
		s = s.Child("s")
	}
	return root
}

func wide(n int) *scope.Scope {
	root := scope.New(context.Background(), "s")
	for ; n > 1; n-- {
		root.Child("s")
	}
	return root
}
