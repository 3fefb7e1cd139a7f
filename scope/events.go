package scope

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// An Event is one thing that happened in a scope, as [Scope.Events] yields it.
// It is plain data.
type Event struct {
	Kind    EventKind     `json:"kind"`
	At      time.Time     `json:"at"`
	Path    string        `json:"path"`                 // of the scope
	Task    string        `json:"task,omitempty"`       // the name of the task, for the kinds of tasks and errors
	Site    string        `json:"site,omitempty"`       // function, file and line of the task's function
	State   State         `json:"state"`                // of the scope, for the kinds of scopes
	Outcome TaskState     `json:"outcome"`              // of the task, for [TaskEnded]
	Elapsed time.Duration `json:"elapsed_ns,omitempty"` // of the task, or of the state before; for [ScopeWaits] so far
	Waited  *Waiting      `json:"waited,omitempty"`     // for what, for [ScopeMoved] and [ScopeWaits]
	Left    int           `json:"left,omitempty"`       // tasks that still ran, for [ScopeMoved]
	Error   string        `json:"error,omitempty"`      // of the task or the report; why the scope closes
}

// An EventKind tells which of the [Hooks] an [Event] comes from.
type EventKind uint8

// The kinds of events.
const (
	ScopeOpened EventKind = iota
	ScopeMoved
	ScopeWaits
	TaskStarted
	TaskEnded
	ErrorReported
)

var eventKinds = [...]string{"scope-opened", "scope-moved", "scope-waits", "task-started", "task-ended", "error-reported"}

// String returns the kind in one word.
func (k EventKind) String() string {
	if int(k) < len(eventKinds) {
		return eventKinds[k]
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}

// MarshalText returns the kind in one word.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText returned.
func (k *EventKind) UnmarshalText(text []byte) error {
	for i, name := range eventKinds {
		if name == string(text) {
			*k = EventKind(i)
			return nil
		}
	}
	return fmt.Errorf("scope: %q is no kind of event", text)
}

// maxEvents is how many events are kept for a consumer of [Scope.Events].
const maxEvents = 1024

// Events returns what happens in s and below it, from the moment the stream is
// run until s has closed. It is hot: each run sees what happens meanwhile, and
// any number may run at once.
//
// It is made for eyes and dashboards and never slows the scopes down: of what a
// consumer has not taken, the last 1024 events are kept, and a
// [*stream.Lagged] error in the place of what was dropped says how much that
// was. Errors are told as text, and are copies: sinks and handles get their own.
func (s *Scope) Events() stream.Stream[Event] {
	return func(ctx context.Context, yield func(Event, error) bool) {
		f := &feed{wake: make(chan struct{}, 1)}
		defer s.Hook(f.hooks())()
		over := s.closedChan()
		for {
			if !f.deliver(ctx, yield) {
				return
			}
			select {
			case <-f.wake:
			case <-over:
				f.deliver(ctx, yield)
				return
			case <-ctx.Done():
			}
		}
	}
}

// A feed holds events until they are taken.
type feed struct {
	wake chan struct{} // of one place: there is something to take

	mu   sync.Mutex // guards what follows
	ring []Event    // grows to maxEvents
	head int        // the oldest one, once ring has grown
	lost int        // dropped before the oldest one
}

func (f *feed) add(e Event) {
	f.mu.Lock()
	if len(f.ring) < maxEvents {
		f.ring = append(f.ring, e)
	} else {
		f.ring[f.head] = e
		f.head = (f.head + 1) % maxEvents
		f.lost++
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take returns what there is, in order.
func (f *feed) take() (older, newer []Event, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	older, newer, lost = f.ring[f.head:], f.ring[:f.head], f.lost
	f.ring, f.head, f.lost = nil, 0, 0
	return older, newer, lost
}

// deliver yields what there is, and reports whether the run goes on.
func (f *feed) deliver(ctx context.Context, yield func(Event, error) bool) bool {
	older, newer, lost := f.take()
	if ctx.Err() != nil {
		yield(Event{}, context.Cause(ctx))
		return false
	}
	if lost > 0 && !yield(Event{}, &stream.Lagged{N: lost}) {
		return false
	}
	for _, part := range [][]Event{older, newer} {
		for _, e := range part {
			if !yield(e, nil) {
				return false
			}
			if ctx.Err() != nil {
				yield(Event{}, context.Cause(ctx))
				return false
			}
		}
	}
	return true
}

func (f *feed) hooks() *Hooks {
	return &Hooks{
		ScopeOpened: func(_ context.Context, s *Scope) {
			f.add(Event{Kind: ScopeOpened, At: time.Now(), Path: s.Path()})
		},
		ScopeMoved: func(_ context.Context, s *Scope, step Step) {
			f.add(Event{
				Kind: ScopeMoved, At: step.At, Path: s.Path(), State: step.State, Elapsed: step.Took,
				Waited: &step.Waited, Left: step.Left, Error: textOf(step.Cause),
			})
		},
		ScopeWaits: func(_ context.Context, s *Scope, w Waiting) {
			f.add(Event{Kind: ScopeWaits, At: time.Now(), Path: s.Path(), State: w.State, Elapsed: w.For, Waited: &w})
		},
		TaskStarted: func(_ context.Context, t *TaskInfo) context.Context {
			f.add(Event{Kind: TaskStarted, At: t.Started, Path: t.Scope.Path(), Task: t.Name, Site: t.Site})
			return nil
		},
		TaskEnded: func(_ context.Context, t *TaskInfo, end TaskEnd) {
			f.add(Event{
				Kind: TaskEnded, At: t.Started.Add(end.Elapsed), Path: t.Scope.Path(), Task: t.Name, Site: t.Site,
				Outcome: end.State, Elapsed: end.Elapsed, Error: textOf(end.Err),
			})
		},
		ErrorReported: func(_ context.Context, s *Scope, e *TaskError) {
			f.add(Event{Kind: ErrorReported, At: time.Now(), Path: s.Path(), Task: e.Task, Site: e.Site, Error: textOf(e.Err)})
		},
	}
}

// textOf returns the text of err, which is the user's and may panic itself.
func textOf(err error) (text string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T", err)
		}
	}()
	return err.Error()
}
