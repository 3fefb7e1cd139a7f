package timer

import "time"

// WithClock makes a schedule go by a wall clock that a test can set.
func WithClock(now func() time.Time) Option { return optionFunc(func(o *options) { o.wall = now }) }
