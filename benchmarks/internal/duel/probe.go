package duel

import (
	"runtime"
	"sync"
	"time"
)

// A Probe finds out how many cores the process could really get: on a shared
// machine the others' load is not to be seen from within, and parallel rows
// measured under it lie.
type Probe struct {
	procs int
	alone time.Duration // for the work of the probe on one goroutine, at best
}

// probeSteps is a few milliseconds of work: longer than the kernel takes to
// spread woken threads over the cores.
const probeSteps = 4_000_000

// NewProbe calibrates a probe.
func NewProbe() *Probe {
	p := &Probe{procs: runtime.GOMAXPROCS(0)}
	for range 20 {
		p.seen(p.time(1))
	}
	return p
}

// Quiet is the number of cores below which a round does not count.
func (p *Probe) Quiet() float64 { return 0.9 * float64(p.procs) }

// Cores returns how many cores the process could get just now.
func (p *Probe) Cores() float64 {
	best := 0.0
	for range 3 {
		d := p.time(p.procs)
		p.seen(d) // should the calibration have been disturbed throughout
		best = max(best, float64(p.procs)*float64(p.alone)/float64(d))
		if best >= p.Quiet() {
			break
		}
	}
	return best
}

func (p *Probe) seen(d time.Duration) {
	if p.alone == 0 || d < p.alone {
		p.alone = d
	}
}

// time runs the work of the probe on n goroutines at once.
func (p *Probe) time(n int) time.Duration {
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() { Spin(probeSteps) })
	}
	wg.Wait()
	return time.Since(start)
}

// Spin keeps a core busy for the given number of steps, each of which waits
// for the one before it.
//
//go:noinline
func Spin(steps int) {
	x := uint64(1)
	for range steps {
		x = x*6364136223846793005 + 1442695040888963407
	}
	runtime.KeepAlive(x)
}

// StepsFor returns the number of steps that take d.
func StepsFor(d time.Duration) int {
	const steps = 1_000_000
	best := time.Duration(1<<63 - 1)
	for range 10 {
		start := time.Now()
		Spin(steps)
		best = min(best, time.Since(start))
	}
	return max(1, int(float64(steps)*float64(d)/float64(best)))
}
