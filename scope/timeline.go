package scope

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A timeline reports a shutdown while it goes on: one line for each scope that
// took its time, or left something behind, and one for each time that a scope
// still waits.
type timeline struct {
	printf func(format string, args ...any)
	start  time.Time

	mu    sync.Mutex // guards what follows
	steps map[*Scope][]Step
	brief int // scopes that closed and have no line
}

// A closing shorter than this is not worth a line.
const briefClosing = 10 * time.Millisecond

// Between two lines about one scope that waits.
const patience = 2 * time.Second

func newTimeline(printf func(format string, args ...any)) *timeline {
	return &timeline{printf: printf, start: time.Now(), steps: make(map[*Scope][]Step)}
}

func (t *timeline) hooks() *Hooks {
	return &Hooks{
		ScopeMoved: func(_ context.Context, s *Scope, step Step) {
			if s.nested {
				return
			}
			if steps := t.add(s, step); steps != nil {
				t.printf("%v %s %s", t.at(step.At), s.Path(), closingText(steps))
			}
		},
		ScopeWaits: func(_ context.Context, s *Scope, w Waiting) {
			// Whoever waits for scopes waits for what they wait for.
			if !s.nested && w.Scopes == 0 {
				t.printf("%v %s is still %s: %s", t.at(time.Now()), s.Path(), w.State, w)
			}
		},
		WaitsAfter: patience,
	}
}

// add notes a step. It returns all steps of s if that was the last one and
// they are worth a line.
func (t *timeline) add(s *Scope, step Step) []Step {
	t.mu.Lock()
	defer t.mu.Unlock()
	steps := append(t.steps[s], step)
	if step.State != StateClosed {
		t.steps[s] = steps
		return nil
	}
	delete(t.steps, s)
	for _, st := range steps {
		if st.Took >= briefClosing || st.Left > 0 && st.State > StateDraining {
			return steps
		}
	}
	t.brief++
	return nil
}

// rest returns how many scopes closed without a line.
func (t *timeline) rest() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.brief
}

func (t *timeline) at(when time.Time) string { return "+" + short(when.Sub(t.start)) }

// short rounds to what people read.
func short(d time.Duration) string { return d.Round(time.Millisecond).String() }

// closingText tells in one line how a scope closed.
func closingText(steps []Step) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	for _, s := range steps {
		switch s.Waited.State {
		case StateDraining:
			if s.Scopes >= time.Millisecond {
				add("%s for its scopes", short(s.Scopes))
			}
			if own := s.Took - s.Scopes; own >= time.Millisecond {
				add("%s to drain", short(own))
			}
			if s.Left > 0 {
				add("%s cancelled", count(s.Left, "task"))
			}
		case StateCancelling:
			if s.Took >= time.Millisecond {
				add("%s to end", short(s.Took))
			}
			if s.Left > 0 {
				add("%d abandoned", s.Left)
			}
		case StateReleasing:
			if s.Took >= time.Millisecond {
				add("%s to release", short(s.Took))
			}
			if s.Left > 0 {
				add("%s abandoned", count(s.Left, "release"))
			}
		}
	}
	if parts == nil {
		return "closed"
	}
	return "closed: " + strings.Join(parts, ", ")
}

// String lists what is waited for.
func (w Waiting) String() string {
	var parts []string
	if w.Scopes > 0 {
		parts = append(parts, count(w.Scopes, "scope")+inParens(w.Paths))
	}
	if w.Tasks > 0 {
		parts = append(parts, count(w.Tasks, "task")+inParens(w.Names))
	}
	parts = append(parts, others{w.Calls, w.Hooks, w.Body, w.Unread, w.Release}.list()...)
	if len(parts) == 0 {
		return "waiting for nothing, for " + short(w.For)
	}
	return "waiting for " + strings.Join(parts, ", ") + ", for " + short(w.For)
}

func inParens(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
