package supervise

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A Child is one task of a [Group].
type Child struct {
	// Name tells the child from the others. Its attempts are tasks with the
	// name of the group, a dot, and this one.
	Name string

	// Run is the task.
	Run func(ctx context.Context) error

	// AwaitReady holds the start of the next child back until Run has called
	// [Ready] or has returned. Without it the next one starts as soon as this
	// one has a goroutine and, in a limited scope, a slot.
	AwaitReady bool
}

// A State is what a supervision is doing.
type State uint8

// The states. A group of which each child is restarted alone is in the last of
// its children's.
const (
	Ended      State = iota // for good
	Running                 // all that has not completed runs
	Starting                // waits for a slot of the scope, or for Ready
	BackingOff              // waits before a restart
	Stopping                // waits for attempts that were told to end
)

// String names the state.
func (s State) String() string {
	names := [...]string{"ended", "running", "starting", "backing off", "stopping"}
	if int(s) >= len(names) {
		return "State(" + strconv.Itoa(int(s)) + ")"
	}
	return names[s]
}

// A Supervisor is the handle of what [Go] or [Group] supervises. All methods
// may be called from any goroutine. It may be dropped: the supervision belongs
// to its scope.
type Supervisor struct {
	name   string
	scope  *scope.Scope // the attempts are its tasks
	home   *scope.Scope // of the loops, under scope
	config config
	units  []*unit
	done   chan struct{}

	mu       sync.Mutex       // guards what follows, and the visible part of the units
	loops    int              // that have not ended
	live     int              // loops and attempts that have not ended
	halted   *scope.Cancelled // by Stop or an escalation
	attempts int
	restarts int         // not those on demand
	recent   []time.Time // restarts within the window
	err      error
}

// Go runs fn as a supervised task of s. Its life is that of s, and its values
// are those of ctx, as with [scope.Scope.Go]; ctx bounds nothing else, since Go
// does not wait: the first attempt waits for its slot elsewhere.
//
// It returns an error only if s takes no more work, with or without its
// context: [scope.ErrClosed]. Then fn has not run and never will.
func Go(ctx context.Context, s *scope.Scope, name string, fn func(context.Context) error, opts ...Option) (*Supervisor, error) {
	check("Go", ctx, s)
	if fn == nil {
		panic("supervise: Go: fn is nil")
	}
	return supervise(ctx, s, name, opts, func(sv *Supervisor) {
		sv.unit(false, &kid{Child: Child{Name: name, Run: fn}, task: sv.name})
	})
}

// Group runs children as supervised tasks of s, each as [Go] would, and
// restarts with the one that failed those that strategy names. They are started
// in order. It panics if there are no children, if one has no Run, or if there
// is no such strategy.
func Group(ctx context.Context, s *scope.Scope, name string, strategy Strategy, children []Child, opts ...Option) (*Supervisor, error) {
	check("Group", ctx, s)
	if strategy > RestForOne {
		panic(fmt.Sprintf("supervise: Group: no strategy %d", strategy))
	}
	if len(children) == 0 {
		panic("supervise: Group: no children")
	}
	for _, c := range children {
		if c.Run == nil {
			panic(fmt.Sprintf("supervise: Group: Run of child %q is nil", c.Name))
		}
	}
	return supervise(ctx, s, name, opts, func(sv *Supervisor) {
		kids := make([]*kid, len(children))
		for i, c := range children {
			kids[i] = &kid{Child: c, task: sv.name + "." + c.Name, index: i}
		}
		if strategy != OneForOne {
			sv.unit(strategy == RestForOne, kids...)
			return
		}
		for _, k := range kids {
			k.index = 0
			sv.unit(false, k)
		}
	})
}

func check(call string, ctx context.Context, s *scope.Scope) {
	if ctx == nil {
		panic("supervise: " + call + ": ctx is nil")
	}
	if s == nil {
		panic("supervise: " + call + ": s is nil")
	}
}

func supervise(ctx context.Context, s *scope.Scope, name string, opts []Option, fill func(*Supervisor)) (*Supervisor, error) {
	sv := &Supervisor{scope: s, config: newConfig(opts), done: make(chan struct{})}
	sv.home = s.Child(name)
	sv.name = sv.home.Name()
	fill(sv)
	sv.loops, sv.live = len(sv.units), len(sv.units)
	err := sv.home.Go(ctx, func(ctx context.Context) error {
		for _, u := range sv.units[1:] {
			if sv.home.Go(ctx, u.run) != nil {
				u.over()
			}
		}
		return sv.units[0].run(ctx)
	})
	if err != nil {
		return nil, err
	}
	return sv, nil
}

// unit adds children that are restarted together.
func (sv *Supervisor) unit(rest bool, kids ...*kid) {
	u := &unit{
		sv:      sv,
		rest:    rest,
		kids:    kids,
		wake:    make(chan struct{}, 1),
		results: make(chan result, len(kids)),
		started: make(chan struct{}),
		dead:    make(chan struct{}),
		back:    sv.config.backOff(),
		state:   Starting,
	}
	if n := len(sv.units); n > 0 {
		u.after = sv.units[n-1].started
	}
	sv.units = append(sv.units, u)
}

// Restart ends what runs and starts it again, without a back-off and without
// counting towards [Intensity], as for a new configuration. It does not wait.
// During a back-off it ends that. Tasks that have completed stay so. The cause
// of the cancellation is a [*scope.Cancelled] by "Restart". It reports whether
// the supervision had not ended.
func (sv *Supervisor) Restart() bool {
	cause := &scope.Cancelled{Path: sv.home.Path(), By: "Restart", Caller: caller()}
	sv.mu.Lock()
	for _, u := range sv.units {
		u.asked = cause
	}
	going := sv.loops > 0
	sv.mu.Unlock()
	for _, u := range sv.units {
		u.rouse()
	}
	return going
}

// Stop ends the supervision and does not wait: what runs is cancelled, with a
// [*scope.Cancelled] by "Stop" as the cause. It may be called from an attempt.
func (sv *Supervisor) Stop() {
	sv.halt(&scope.Cancelled{Path: sv.home.Path(), By: "Stop", Caller: caller()})
}

// halt ends the supervision. Only the first cause counts.
func (sv *Supervisor) halt(cause *scope.Cancelled) {
	sv.mu.Lock()
	if sv.halted == nil {
		sv.halted = cause
	}
	sv.mu.Unlock()
	for _, u := range sv.units {
		u.rouse()
	}
}

// left notes the end of a loop or an attempt.
func (sv *Supervisor) left() {
	sv.mu.Lock()
	sv.live--
	last := sv.live == 0
	sv.mu.Unlock()
	if last {
		close(sv.done)
	}
}

// Done returns a channel that is closed when the supervision has ended: no
// attempt runs, and none will.
func (sv *Supervisor) Done() <-chan struct{} { return sv.done }

// Wait waits until the supervision has ended. It returns the error with which
// it failed for good, the first one in a group, or else nil, also after Stop or
// the end of the scope. The error is told by the scope all the same. If ctx
// ends first, Wait returns its cause. An attempt must not wait for its own
// supervision.
func (sv *Supervisor) Wait(ctx context.Context) error {
	select {
	case <-sv.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.err
}

// Attempts returns how many attempts have begun, of all children.
func (sv *Supervisor) Attempts() int {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.attempts
}

// State returns what the supervision is doing.
func (sv *Supervisor) State() State {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	state := Ended
	if sv.live == 0 {
		return state
	}
	for _, u := range sv.units {
		state = max(state, u.state)
	}
	return state
}

// failed keeps the first error for Wait.
func (sv *Supervisor) failed(err error) {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.err == nil {
		sv.err = err
	}
}

// tooMany counts a restart within the window, unless it is one too many: then
// it returns how many there were.
func (sv *Supervisor) tooMany() (within int, tooMany bool) {
	c := sv.config
	if c.intensity < 0 {
		return 0, false
	}
	sv.mu.Lock()
	defer sv.mu.Unlock()
	now := time.Now()
	sv.recent = slices.DeleteFunc(sv.recent, func(t time.Time) bool { return now.Sub(t) >= c.window })
	if len(sv.recent) >= c.intensity {
		return len(sv.recent), true
	}
	sv.recent = append(sv.recent, now)
	return 0, false
}

// restarted counts a restart.
func (sv *Supervisor) restarted() {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	sv.restarts++
}

// total returns the number of restarts so far.
func (sv *Supervisor) total() int {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.restarts
}

// caller returns file and line of who called the caller.
func caller() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return ""
	}
	return file + ":" + strconv.Itoa(line)
}
