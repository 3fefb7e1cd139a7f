package scope

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A StuckError names what still ran when a scope gave up waiting for it. What
// is abandoned after the tasks, while the scope releases, has a StuckError of
// its own, each with an Age.
type StuckError struct {
	Path    string        // of the scope
	Tasks   []StuckTask   // named ones first, each name and caller once
	Calls   int           // of [OnDrain] and [Interrupt] that have not returned
	Hooks   int           // that have not returned
	Body    bool          // the body given to Run has not returned
	Unread  bool          // the sink, or [Discard], has not returned that is told of results nobody has read
	Release string        // the name of the release that has not returned, or ""
	Age     time.Duration // since what is abandoned while the scope releases was begun, else 0
	Stacks  []Stack       // of the goroutines of the scope and of those nested in it, also of those that tasks started
}

// A StuckTask is one task, or several that neither name nor caller tells apart.
type StuckTask struct {
	Name   string // given by [Named], or ""
	Caller string // file and line of the call that started it, with [WithSites], or ""
	Count  int
	Age    time.Duration // of the oldest
}

// Error says what is known in one text.
func (e *StuckError) Error() string {
	var parts []string
	for _, t := range e.Tasks {
		parts = append(parts, t.text())
	}
	parts = append(parts, others{e.Calls, e.Hooks, e.Body, e.Unread, e.Release}.list()...)
	text := "scope " + e.Path + ": stuck"
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if e.Age > 0 {
		text += " running for " + short(e.Age)
	}
	return text
}

func (t StuckTask) text() string {
	var text string
	switch {
	case t.Name != "" && t.Count == 1:
		text = fmt.Sprintf("task %q running for %s", t.Name, short(t.Age))
	case t.Name != "":
		text = fmt.Sprintf("%d tasks %q, the oldest running for %s", t.Count, t.Name, short(t.Age))
	case t.Count == 1:
		text = "a task running for " + short(t.Age)
	default:
		text = fmt.Sprintf("%d tasks, the oldest running for %s", t.Count, short(t.Age))
	}
	if t.Caller != "" {
		text += " from " + t.Caller
	}
	return text
}

// others is what a scope may wait for beside its scopes and tasks.
type others struct {
	calls, hooks int
	body, unread bool
	release      string
}

// list names each.
func (o others) list() (parts []string) {
	if o.calls > 0 {
		parts = append(parts, count(o.calls, "callback"))
	}
	if o.hooks > 0 {
		parts = append(parts, count(o.hooks, "hook"))
	}
	if o.body {
		parts = append(parts, "the body of Run")
	}
	if o.unread {
		parts = append(parts, "the sink of unread results")
	}
	if o.release != "" {
		parts = append(parts, fmt.Sprintf("the release %q", o.release))
	}
	return parts
}

// abandon records what still runs in s. The caller holds s.mu.
func (s *Scope) abandon() {
	r := s.rarely()
	if r.phases.stuck {
		return
	}
	r.phases.stuck = true
	e := &StuckError{Path: s.Path(), Calls: r.callbacks, Hooks: r.progress.hooks(lastMoment), Body: s.body, Unread: r.telling, Stacks: r.phases.stacks}
	if s.onlyHooks() {
		e.Hooks = r.progress.hooks(0)
	}
	if s.slots != nil {
		e.Tasks = s.slots.running(time.Since(epoch))
	}
	r.report.add(e)
	s.book(Ledger{Produced: 1})
}

// notAbandoned takes s off the list of abandoned scopes if nothing of it runs
// any more. The caller holds s.mu.
func (s *Scope) notAbandoned() {
	if s.state == StateClosed && s.rare != nil && s.rare.phases.stuck && s.idle() && !s.body {
		s.rare.phases.stuck = false
		s.leaveRest()
		abandoned.remove(s)
	}
}

// running groups the tasks that run by name and caller.
func (t *slotTable) running(now time.Duration) []StuckTask {
	type group struct {
		name string
		call site
	}
	at := map[group]int{}
	var tasks []StuckTask
	for i := 0; t.at(i) != nil; i++ {
		chunk := t.at(i)
		for j := range chunk {
			s := &chunk[j]
			if s.state.Load() != slotRunning {
				continue
			}
			var g group
			if o := t.notes[s]; o != nil {
				g = group{o.name, o.call}
			}
			k, ok := at[g]
			if !ok {
				k = len(tasks)
				at[g] = k
				tasks = append(tasks, StuckTask{Name: g.name, Caller: g.call.String()})
			}
			task := &tasks[k]
			task.Count++
			task.Age = max(task.Age, now-s.start)
		}
	}
	slices.SortStableFunc(tasks, func(a, b StuckTask) int { return named(b) - named(a) })
	return tasks
}

func named(t StuckTask) int { return min(len(t.Name), 1) }

// Abandoned returns the scopes that have closed although tasks of theirs still
// run, until those have ended.
func Abandoned() []*Scope {
	abandoned.mu.Lock()
	defer abandoned.mu.Unlock()
	return abandoned.list.all()
}
