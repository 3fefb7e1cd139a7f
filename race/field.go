package race

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A field is those who take part in a race, whatever they race for.
type field struct {
	*options
	want  int // successes
	begun time.Time
	outer context.Context // of the race
	ctx   context.Context // of its body
	scope *scope.Scope

	mu        sync.Mutex // guards what follows
	total     int        // contenders; -1 if more may come
	started   int
	running   int
	present   int  // that run, or whose values are being given back
	found     int  // successes that win
	worst     int  // the greatest index of those
	decided   bool // by enough successes, or too many failures
	failedBy  int  // the failure that decided; -1 for none
	cut       bool // the race ended before it was decided
	returned  bool // there is an outcome
	attempts  []Attempt
	failures  []Attempt
	*schedule // nil if nothing has to be waited for
}

func (f *field) init(want int, opts []Option) {
	f.want, f.total, f.failedBy = want, -1, -1
	f.options = newOptions(opts)
	if f.delay != nil || f.limit > 0 || f.prefer > 0 || f.leaves {
		f.schedule = &schedule{woken: make(chan struct{}, 1)}
	}
}

// begin starts the clock of the race. It reports false if ctx has ended.
func (f *field) begin(ctx context.Context) bool {
	f.begun, f.outer = time.Now(), ctx
	return ctx.Err() == nil
}

// enter lets the next contender into the race.
func (f *field) enter() Attempt {
	a := Attempt{Index: f.started, Start: time.Since(f.begun)} // nobody else changes started
	if f.name != nil {
		a.Name = f.name(a.Index)
	}
	var gap time.Duration
	if f.delay != nil && a.Index+1 != f.total {
		gap = f.delay(a.Index + 1)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started++
	f.running++
	f.present++
	f.entered(a, gap)
	if f.prefer > 0 {
		f.racing = append(f.racing, a.Index)
	}
	return a
}

// withdraw takes back that a contender has entered.
func (f *field) withdraw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started--
	f.running--
	f.present--
}

// gone notes that nothing of a contender is left, for those who wait for that.
func (f *field) gone() {
	f.mu.Lock()
	f.present--
	f.mu.Unlock()
	f.wake()
}

// taskOptions returns what the task of an attempt is started with.
func (f *field) taskOptions(a Attempt) []scope.TaskOption {
	opts := fan.Tells
	if f.attempt == 0 && a.Name == "" {
		return opts
	}
	opts = slices.Clip(opts)
	if f.attempt > 0 {
		opts = append(opts, scope.TaskTimeout(f.attempt))
	}
	if a.Name != "" {
		opts = append(opts, scope.Named(a.Name))
	}
	return opts
}

// leave records the end of an attempt with err, and reports whether it has
// failed. The caller holds f.mu.
func (f *field) leave(a *Attempt, err error) (failed bool) {
	a.End, a.Err = time.Since(f.begun), err
	failed = err != nil && !stream.IsCut(f.ctx, err) && !stream.IsCut(f.outer, err)
	f.running--
	f.left(a)
	if f.prefer > 0 {
		f.racing = slices.DeleteFunc(f.racing, func(i int) bool { return i == a.Index })
	}
	if f.returned {
		return failed
	}
	f.attempts = append(f.attempts, *a)
	if failed {
		f.failures = append(f.failures, *a)
	}
	if !f.decided && (f.ctx.Err() != nil || f.outer.Err() != nil) {
		f.cut = true
	}
	return failed
}

// conclude decides the race if there are enough successes, and none that would
// be preferred is waited for, or if there cannot be enough any more. The caller
// holds f.mu.
func (f *field) conclude(now time.Duration) {
	switch {
	case f.decided:
	case f.found == f.want:
		f.decided = f.prefer == 0 || !f.hopes()
		if !f.decided && f.patient == 0 {
			f.patient = now + f.prefer
		}
	case f.want > 1 && f.total >= 0:
		f.decided = f.total-len(f.failures) < f.want
	}
}

// hopes reports whether somebody is in the race who would be preferred to one of
// the winners. The caller holds f.mu.
func (f *field) hopes() bool {
	return slices.ContainsFunc(f.racing, func(i int) bool { return i < f.worst })
}

// close ends the recording, and returns what was recorded.
func (f *field) close() []Attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.returned = true
	f.attempts = slices.Clip(f.attempts)
	return f.attempts
}

// lost returns the error of a race that was cut by cause, or not won.
func (f *field) lost(cause error) *Error {
	return &Error{Cause: cause, Attempts: f.attempts, decided: f.failedBy >= 0, failures: f.failures, want: f.want, total: f.total}
}
