package timer

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// An Option configures a timer. Of options that exclude each other the last
// one counts.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	name    string
	overlap overlap
	delay   bool // fixed delay
	burst   int
	jitter  time.Duration
	random  func() uint64
	first   time.Duration // negative: as the interval or the schedule has it
	wall    func() time.Time
}

func newOptions(opts []Option) options {
	o := options{name: "timer", overlap: skip, random: rand.Uint64, first: -1, wall: time.Now}
	for _, opt := range opts {
		opt.apply(&o)
	}
	return o
}

// Named gives the timer a name, for errors and for the tree. It need not be
// unique. The default is "timer".
func Named(name string) Option { return optionFunc(func(o *options) { o.name = name }) }

// An overlap is what happens to a tick that is due while others run.
type overlap struct {
	max     int  // ticks that run at one time
	queue   int  // ticks that wait for their end
	replace bool // the running tick is cancelled for the one that waits
	nested  bool // ticks are tasks of a nested scope
}

var skip = overlap{max: 1}

// room returns how many ticks may stand in the queue while some run.
func (p overlap) room(running int) int {
	if p.replace {
		return 1
	}
	return p.max - running + p.queue
}

// Skip drops a tick that is due while another runs. It is the default.
func Skip() Option { return optionFunc(func(o *options) { o.overlap = skip }) }

// QueueOne lets one tick that is due while another runs wait for its end;
// further ones are dropped.
func QueueOne() Option {
	return optionFunc(func(o *options) { o.overlap = overlap{max: 1, queue: 1} })
}

// CancelPrevious cancels the tick that runs while another is due, with a cause
// that wraps [ErrReplaced]. The new one starts when that has ended, and not
// before, also if it ignores its context: two never run side by side. If more
// become due meanwhile, they are one.
func CancelPrevious() Option {
	return optionFunc(func(o *options) { o.overlap = overlap{max: 1, replace: true} })
}

// Concurrent lets up to limit ticks run side by side, as tasks of a scope of
// the timer's name that is nested in its task; further ones are dropped. It
// panics if limit < 1.
func Concurrent(limit int) Option {
	if limit < 1 {
		panic(fmt.Sprintf("timer: Concurrent: limit is %d, want at least 1", limit))
	}
	return optionFunc(func(o *options) { o.overlap = overlap{max: limit, nested: true} })
}

// FixedRate makes ticks due at the start plus multiples of the interval. It is
// the default.
func FixedRate() Option { return optionFunc(func(o *options) { o.delay = false }) }

// FixedDelay makes a tick due one interval after the end of the last one, also
// if that was triggered. [Schedule] panics if it is given.
func FixedDelay() Option { return optionFunc(func(o *options) { o.delay = true }) }

// Burst makes up for missed ticks: up to limit of them are owed at a time, and
// run as soon as no tick runs, or with [Concurrent] a place is free. The
// default is to skip them all. Nothing is missed under [FixedDelay]. It panics
// if limit < 1.
func Burst(limit int) Option {
	if limit < 1 {
		panic(fmt.Sprintf("timer: Burst: limit is %d, want at least 1", limit))
	}
	return optionFunc(func(o *options) { o.burst = limit })
}

// Jitter lets each tick start later than it is due by a random time below d,
// so that timers that were started together do not tick together. It does not
// add up. It should be shorter than the time between ticks: [Every] panics if
// d is more than the interval, and [Schedule] skips the times that pass
// meanwhile. The default is none. It panics if d < 0.
func Jitter(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("timer: Jitter: d is %v, want at least 0", d))
	}
	return optionFunc(func(o *options) { o.jitter = d })
}

// WithSource takes the randomness of [Jitter] from src, which only this timer
// may use, rather than from the functions of [math/rand/v2]. It panics if src
// is nil.
func WithSource(src rand.Source) Option {
	if src == nil {
		panic("timer: WithSource: src is nil")
	}
	return optionFunc(func(o *options) { o.random = src.Uint64 })
}

// Immediately makes the first tick due at the start. The default is one
// interval later, or the first time of the schedule.
func Immediately() Option { return FirstAfter(0) }

// FirstAfter makes the first tick due d after the start, and the others from
// there on. A schedule is followed from the first tick on. It panics if d < 0.
func FirstAfter(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("timer: FirstAfter: d is %v, want at least 0", d))
	}
	return optionFunc(func(o *options) { o.first = d })
}
