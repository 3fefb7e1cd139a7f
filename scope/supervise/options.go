package supervise

import (
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
)

// A Policy says which ends of an attempt are followed by another.
type Policy uint8

// The policies.
const (
	OnFailure Policy = iota // failures; a task that returns nil has completed
	Always                  // every end, but that by cancellation
	Never                   // none: the first failure is one for good
)

// A Strategy says which children of a [Group] are restarted together.
type Strategy uint8

// The strategies.
const (
	OneForOne  Strategy = iota // the one that failed
	OneForAll                  // all
	RestForOne                 // the one that failed and those behind it
)

// An Option configures a supervision.
type Option interface{ apply(c *config) }

type optionFunc func(c *config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	policy     Policy
	backOff    func() backoff.BackOff
	healthy    time.Duration
	intensity  int // below 0: no limit
	window     time.Duration
	escalateTo *scope.Scope
}

func newConfig(opts []Option) config {
	c := config{backOff: exponential, healthy: time.Minute, intensity: -1}
	for _, o := range opts {
		o.apply(&c)
	}
	return c
}

func exponential() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 100 * time.Millisecond
	b.MaxInterval = 30 * time.Second
	return b
}

// Restart says when to restart; the default is [OnFailure]. It panics if p is
// no policy.
func Restart(p Policy) Option {
	if p > Never {
		panic(fmt.Sprintf("supervise: Restart: no policy %d", p))
	}
	return optionFunc(func(c *config) { c.policy = p })
}

// BackOff has f make what says how long to wait before each restart; the
// default grows from 100 ms to 30 s with the jitter of package backoff. f is
// called once for each task that is restarted alone and once for children that
// are restarted together; what it returns is used by one goroutine at a time.
// A BackOff that returns [backoff.Stop] makes the supervision give up. It
// panics if f is nil.
func BackOff(f func() backoff.BackOff) Option {
	if f == nil {
		panic("supervise: BackOff: f is nil")
	}
	return optionFunc(func(c *config) { c.backOff = f })
}

// Healthy resets the back-off after an attempt that ran for d or longer; the
// default is a minute. It panics if d < 0.
func Healthy(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("supervise: Healthy: d is %v, want at least 0", d))
	}
	return optionFunc(func(c *config) { c.healthy = d })
}

// Intensity gives up when a restart would be needed after n of them within
// window; the default is never. Restarts that [Supervisor.Restart] asked for do
// not count. It panics if n < 0 or window <= 0.
func Intensity(n int, window time.Duration) Option {
	if n < 0 {
		panic(fmt.Sprintf("supervise: Intensity: n is %d, want at least 0", n))
	}
	if window <= 0 {
		panic(fmt.Sprintf("supervise: Intensity: window is %v, want more than 0", window))
	}
	return optionFunc(func(c *config) { c.intensity, c.window = n, window })
}

// EscalateTo cancels target, with the [*EscalatedError] as the reason, when
// the supervision gives up. The default is no scope: then the error is just the
// failure of a task, which ends a scope that is [scope.FailFast]. It panics if
// target is nil.
func EscalateTo(target *scope.Scope) Option {
	if target == nil {
		panic("supervise: EscalateTo: target is nil")
	}
	return optionFunc(func(c *config) { c.escalateTo = target })
}
