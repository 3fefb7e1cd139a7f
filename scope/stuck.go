package scope

import (
	"bufio"
	"bytes"
	"fmt"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A StuckError names what still ran when a scope gave up waiting for it.
type StuckError struct {
	Path   string       // of the scope
	Tasks  []StuckTask  // named ones first, each name and caller once
	Body   bool         // the body given to Run has not returned
	Stacks []StuckStack // of the goroutines of the scope, also of those its tasks started
}

// A StuckTask is one task, or several that neither name nor caller tells apart.
type StuckTask struct {
	Name   string // given by [Named], or ""
	Caller string // file and line of the call that started it, with [WithSites], or ""
	Count  int
	Age    time.Duration // of the oldest
}

// A StuckStack is where goroutines stand.
type StuckStack struct {
	Count int
	Text  string // one line a frame
}

// Error says what is known in one text.
func (e *StuckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "scope %s: stuck", e.Path)
	sep := ": "
	for _, t := range e.Tasks {
		b.WriteString(sep)
		sep = ", "
		switch {
		case t.Name != "" && t.Count == 1:
			fmt.Fprintf(&b, "task %q running for %s", t.Name, short(t.Age))
		case t.Name != "":
			fmt.Fprintf(&b, "%d tasks %q, the oldest running for %s", t.Count, t.Name, short(t.Age))
		case t.Count == 1:
			fmt.Fprintf(&b, "a task running for %s", short(t.Age))
		default:
			fmt.Fprintf(&b, "%d tasks, the oldest running for %s", t.Count, short(t.Age))
		}
		if t.Caller != "" {
			b.WriteString(" from " + t.Caller)
		}
	}
	if e.Body {
		b.WriteString(sep + "the body of Run")
	}
	return b.String()
}

// abandon records what still runs in s. The caller holds s.mu.
func (s *Scope) abandon() {
	r := s.rarely()
	if r.phases.stuck {
		return
	}
	r.phases.stuck = true
	e := &StuckError{Path: s.Path(), Body: s.body}
	if s.slots != nil {
		e.Tasks = s.slots.running(time.Since(epoch))
	}
	if l := s.labels.Load(); l != nil {
		id, _ := pprof.Label(l.ctx, LabelID)
		e.Stacks = r.phases.forced.stacks[id]
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

// A profile is what the goroutines of each scope did at one time.
type profile struct {
	stacks map[string][]StuckStack // by LabelID
}

// takeProfile reads the goroutine profile once, in the form that does not stop
// the world for as long as there are goroutines to print.
func takeProfile() *profile {
	var text bytes.Buffer
	p := &profile{stacks: map[string][]StuckStack{}}
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		return p
	}
	p.parse(&text)
	return p
}

// parse reads blocks of a count, the labels, and the frames.
func (p *profile) parse(text *bytes.Buffer) {
	var count int
	var id string
	var frames strings.Builder
	flush := func() {
		if id != "" && count > 0 {
			p.stacks[id] = append(p.stacks[id], StuckStack{count, frames.String()})
		}
		count, id = 0, ""
		frames.Reset()
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "":
			flush()
		case strings.HasPrefix(line, "# labels: "):
			id = labelIn(line)
		case strings.HasPrefix(line, "#"):
			if fields := strings.SplitN(line, "\t", 3); len(fields) == 3 {
				frames.WriteString(fields[2] + "\n")
			}
		default:
			n, _, _ := strings.Cut(line, " @ ")
			count, _ = strconv.Atoi(n)
		}
	}
	flush()
}

// labelIn returns the value of LabelID in a line of labels.
func labelIn(line string) string {
	_, rest, ok := strings.Cut(line, `"`+LabelID+`":"`)
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// Abandoned returns the scopes that have closed although tasks of theirs still
// run, until those have ended.
func Abandoned() []*Scope {
	abandoned.mu.Lock()
	defer abandoned.mu.Unlock()
	return abandoned.list.all()
}
