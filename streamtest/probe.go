package streamtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// A Probe notes, through the hooks of scopes, what happens in a tree and in
// which order:
//
//	open /app           a scope was opened
//	draining /app       it came to another state: see [scope.State]
//	start /app fetch    a task started; a task without a name is its site
//	end /app fetch      it ended
//	error /app boom     its sink was told an error
type Probe struct {
	hooks *scope.Hooks

	mu    sync.Mutex // guards what follows
	notes []string
	open  map[*scope.Scope]int // tasks that run, by open scope
	wrong []string
}

// NewProbe returns a probe that has seen nothing. Attach it with
// [scope.WithHooks] or [scope.Scope.Hook].
func NewProbe() *Probe {
	p := &Probe{open: make(map[*scope.Scope]int)}
	p.hooks = &scope.Hooks{
		ScopeOpened: func(_ context.Context, s *scope.Scope) { p.opened(s) },
		ScopeMoved:  func(_ context.Context, s *scope.Scope, step scope.Step) { p.moved(s, step.State) },
		TaskStarted: func(_ context.Context, t *scope.TaskInfo) context.Context { p.task(t, "start", 1); return nil },
		TaskEnded:   func(_ context.Context, t *scope.TaskInfo, _ scope.TaskEnd) { p.task(t, "end", -1) },
		ErrorReported: func(_ context.Context, s *scope.Scope, e *scope.TaskError) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.note("error %s %v", s.Path(), e.Err)
		},
	}
	return p
}

// Hooks returns the hooks to attach.
func (p *Probe) Hooks() *scope.Hooks { return p.hooks }

// Notes returns what the probe has noted so far. The slice is the caller's.
func (p *Probe) Notes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.notes)
}

// InOrder reports a failure unless the notes have all of want, in this order.
// Other notes may lie between.
func (p *Probe) InOrder(t testing.TB, want ...string) {
	t.Helper()
	notes := p.Notes()
	rest := notes
	for _, w := range want {
		i := slices.Index(rest, w)
		if i < 0 {
			t.Errorf("%q is missing in its place in %q, want %q", w, notes, want)
			return
		}
		rest = rest[i+1:]
	}
}

// Check reports what no tree may do: a scope that closed before one below it
// or before a task of its own had ended, and a scope or a task that has not
// ended now. Call it when all should be over.
func (p *Probe) Check(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wrong {
		t.Error(w)
	}
	for s, n := range p.open {
		t.Errorf("scope %s has not closed, %d tasks run", s.Path(), n)
	}
}

// note appends a note. The caller holds p.mu.
func (p *Probe) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *Probe) opened(s *scope.Scope) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[s] = 0
	p.note("open %s", s.Path())
}

func (p *Probe) moved(s *scope.Scope, state scope.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note("%s %s", state, s.Path())
	if state != scope.StateClosed {
		return
	}
	if n := p.open[s]; n > 0 {
		p.wrong = append(p.wrong, fmt.Sprintf("scope %s closed while %d tasks ran", s.Path(), n))
	}
	delete(p.open, s)
	for below := range p.open {
		if below.Parent() == s {
			p.wrong = append(p.wrong, fmt.Sprintf("scope %s closed before %s", s.Path(), below.Path()))
		}
	}
}

func (p *Probe) task(t *scope.TaskInfo, what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.open[t.Scope]; ok {
		p.open[t.Scope] += n
	}
	name := t.Name
	if name == "" {
		name = t.Site
	}
	p.note("%s %s %s", what, t.Scope.Path(), name)
}
