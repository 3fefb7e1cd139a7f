package race

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
)

// An Option configures a race.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	discards []any // func(T)
	accept   any   // func(context.Context, T) error
	delay    func(i int) time.Duration
	limit    int           // 0: none
	attempt  time.Duration // 0: none
	prefer   time.Duration // 0: the first success wins
	leaves   bool          // the race does not wait for losers without limit
	losers   time.Duration // if it leaves
	name     func(i int) string
}

var noOptions options

func newOptions(opts []Option) *options {
	if len(opts) == 0 {
		return &noOptions
	}
	o := new(options)
	for _, opt := range opts {
		opt.apply(o)
	}
	return o
}

// Discard makes a race call f with each value that a contender produced and
// that did not win: once for each, before the race returns. Without it such a
// value is closed if it is an [io.Closer]. f may be called by several
// goroutines at once. If f panics, the panic goes to the
// error sink of the scope. Discard panics if f is nil, a race if its
// values are not of type T.
func Discard[T any](f func(v T)) Option {
	if f == nil {
		panic("race: Discard: f is nil")
	}
	return optionFunc(func(o *options) { o.discards = append(o.discards, f) })
}

// Accept makes a success of a contender depend on f, which is called with its
// value as part of the attempt: an error of f is the failure of the attempt, and
// the value goes to [Discard]. A response with status 503 is no win. f may be
// called by several goroutines at once; its context is that of the contender.
// Accept panics if f is nil, a race if its values are not of type T.
func Accept[T any](f func(ctx context.Context, v T) error) Option {
	if f == nil {
		panic("race: Accept: f is nil")
	}
	return optionFunc(func(o *options) { o.accept = f })
}

// Stagger starts each contender d after the one before it, or in the instant in
// which that one fails. It panics if d is negative; 0 starts all at once.
//
// RFC 8305 section 5 calls d the Connection Attempt Delay; elsewhere this is
// called hedging.
func Stagger(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("race: Stagger: d is %v, want at least 0", d))
	}
	if d == 0 {
		return optionFunc(func(o *options) { o.delay = nil })
	}
	return StaggerFunc(func(int) time.Duration { return d })
}

// StaggerFunc is [Stagger] with a delay that f chooses: it is called when
// contender i-1 has started, on the goroutine of the race, and i starts as much
// later, at once for 0 or less. So requests can be hedged by how long the last ones
// took. It panics if f is nil.
func StaggerFunc(f func(i int) time.Duration) Option {
	if f == nil {
		panic("race: StaggerFunc: f is nil")
	}
	return optionFunc(func(o *options) { o.delay = f })
}

// Limit lets at most n contenders run at a time. A contender that is due starts
// when another one has ended; none is stopped to make room. It panics if n < 1.
func Limit(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("race: Limit: n is %d, want at least 1", n))
	}
	return optionFunc(func(o *options) { o.limit = n })
}

// AttemptTimeout ends the context of each contender d after its start. One that
// returns because of that has failed with a [*scope.TimeoutError]; one that does
// not look at its context stays in the race. It panics if d <= 0.
func AttemptTimeout(d time.Duration) Option {
	if d <= 0 {
		panic(fmt.Sprintf("race: AttemptTimeout: d is %v, want more than 0", d))
	}
	return optionFunc(func(o *options) { o.attempt = d })
}

// Prefer makes the order of the contenders count: when one has succeeded while
// others before it are still running, they have d more. The race ends when none
// before it runs any more, or when d is over, and the success with the least
// index wins; nobody starts meanwhile. With [First] the least k win. It panics
// if d is negative; with 0 the first success wins.
func Prefer(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("race: Prefer: d is %v, want at least 0", d))
	}
	return optionFunc(func(o *options) { o.prefer = d })
}

// LoserTimeout bounds how long a race waits for its contenders once it is decided
// or its context has ended: for d, not at all for 0. Without it the race waits
// until they have returned. Contenders that still run then stay tasks of the
// scope of the race, which is attached to the scope above and closes when they
// have ended; their values still go to [Discard], and their errors to the sink.
// It panics if d is negative.
func LoserTimeout(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("race: LoserTimeout: d is %v, want at least 0", d))
	}
	return optionFunc(func(o *options) { o.leaves, o.losers = true, d })
}

// Names gives the contenders names, for the outcome, the errors and the tree of
// tasks: f is called with the index of each that starts, on the goroutine of the
// race. It panics if f is nil.
func Names(f func(i int) string) Option {
	if f == nil {
		panic("race: Names: f is nil")
	}
	return optionFunc(func(o *options) { o.name = f })
}

// discarder returns what gives back a value of the race op.
func discarder[T any](op string, o *options) fan.Discarder[T] {
	if o.discards != nil {
		fan.CheckDiscards(op, o.discards, reflect.TypeFor[func(T)]())
	}
	return fan.NewDiscarder[T](op, o.discards)
}

// acceptor returns the function of Accept in the race op, nil if there is none.
func acceptor[T any](op string, o *options) func(ctx context.Context, v T) error {
	if o.accept == nil {
		return nil
	}
	f, ok := o.accept.(func(context.Context, T) error)
	if !ok {
		panic(fmt.Sprintf("%s: Accept is %T, want %T", op, o.accept, f))
	}
	return f
}
