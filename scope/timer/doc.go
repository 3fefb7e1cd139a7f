// Package timer runs a function again and again, or once later, as a task of a
// scope.
//
//	t, err := timer.Every(ctx, s, time.Minute, refresh,
//		timer.Named("refresh"), timer.Jitter(5*time.Second))
//
// A run of the function is a tick. [Every] ticks at an interval, [Schedule] at
// the times that a [Scheduler] names, such as those of a cron library. [At] and
// [After] tick once.
//
// # The life of a timer
//
// A timer is one task of its scope, under its name, until it ends: it is
// stopped, it has no more times, or its scope begins to drain. Then no more
// ticks start, and the task returns as soon as the running ones have ended, so
// that a timer never delays a shutdown by more than the tick it is in. A tick
// that must not be cut short has the drain time of the scope; when the scope's
// context ends, so does that of the tick.
//
// A timer counts under [scope.WithLimit] all its life, and [scope.Scope.Wait]
// and [scope.Run] wait for it: end it with [Timer.Stop] or by ending its
// scope. It costs two goroutines: one keeps the time, one runs the ticks, so
// that a tick may do to its goroutine what it likes. Under [Concurrent] each
// tick has one of its own.
//
// # Ticks that are due while one runs
//
// What happens then is the overlap policy. Under [Skip], the default, the tick
// does not run. Under [QueueOne] one waits for the end of the running one.
// Under [CancelPrevious] the running one is cancelled, and the new one starts
// when that has ended. Under [Concurrent] up to a number run side by side.
//
// Ticks of [Every] come at a fixed rate by default: due times are the start
// plus multiples of the interval, however late or long ticks are. Under
// [FixedDelay] the interval is what lies between the end of a tick and the
// start of the next, so none is ever due while one runs.
//
// A tick is missed if it could not start when it was due: the policy did not
// let it, the process was not running, or the timer was paused. Missed ticks
// are skipped, and a timer that wakes up late or is resumed ticks once for all
// that was due, unless [Burst] says to make up for some.
//
// # Failures
//
// A tick that fails, panics (as a [*scope.PanicError]) or leaves by
// [runtime.Goexit] (as [scope.ErrGoexit]) is told to the error sink of the
// scope as a [*scope.TaskError] with the name of the timer. It does not end the
// timer, nor a [scope.FailFast] scope. A tick that returns the error of its
// ended context has not failed.
package timer
