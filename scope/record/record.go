// Package record remembers what happened lately: the tasks that ended last and
// the failures that came last, for a page, a dump or a look at an incident. A
// [Recorder] keeps a fixed number of each, as plain data that holds on to
// neither scopes nor errors.
//
//	r := record.New(100)
//	defer scope.Observe(r.Hooks())()
package record

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A Task is a task that has ended.
type Task struct {
	Path    string          `json:"path"`             // of the scope
	Name    string          `json:"name,omitempty"`   // given by [scope.Named]
	Attempt int             `json:"attempt"`          // 1 for a task that was not restarted
	Site    string          `json:"site,omitempty"`   // function, file and line of the task's function
	Caller  string          `json:"caller,omitempty"` // file and line of the call that started it, with [scope.WithSites]
	State   scope.TaskState `json:"state"`            // the outcome
	Started time.Time       `json:"started"`
	Elapsed time.Duration   `json:"elapsed_ns"`
	Error   string          `json:"error,omitempty"` // text of the error, also of a task that was cancelled
}

// A Failure is the failure of a task, whoever reads it, or an error that went to
// a sink.
type Failure struct {
	Path     string    `json:"path"` // of the scope
	At       time.Time `json:"at"`
	Error    string    `json:"error"`
	Stack    string    `json:"stack,omitempty"` // of a panic
	Reported bool      `json:"reported"`        // it went to a sink
	Task     *Task     `json:"task,omitempty"`  // that failed; nil: none, as far as is known
}

// A Recorder keeps the tasks that ended last and the failures that came last.
// It may be used by many goroutines at once.
type Recorder struct {
	hooks scope.Hooks

	mu       sync.Mutex // guards what follows
	tasks    ring[Task]
	failures ring[Failure]
}

// New returns a Recorder that keeps n tasks and n failures, and forgets the
// oldest for each that comes after. It panics if n < 1.
func New(n int) *Recorder {
	if n < 1 {
		panic(fmt.Sprintf("record: New: n is %d, want at least 1", n))
	}
	r := &Recorder{tasks: ring[Task]{max: n}, failures: ring[Failure]{max: n}}
	r.hooks = scope.Hooks{TaskEnded: r.taskEnded, ErrorReported: r.errorReported}
	return r
}

// Hooks returns what tells the Recorder: give it to [scope.WithHooks] or
// [scope.Scope.Hook] for a scope and all below it, to [scope.Observe] for the
// process. What is told by two of them is kept twice.
func (r *Recorder) Hooks() *scope.Hooks { return &r.hooks }

// Tasks returns the tasks that ended last, the newest first.
func (r *Recorder) Tasks() []Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tasks.newest()
}

// Failures returns the failures that came last, the newest first. They are kept
// apart, so that tasks that succeed do not push them out.
func (r *Recorder) Failures() []Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures.newest()
}

func (r *Recorder) taskEnded(_ context.Context, info *scope.TaskInfo, end scope.TaskEnd) {
	t := Task{
		Path:    info.Scope.Path(),
		Name:    info.Name,
		Attempt: info.Attempt,
		Site:    info.Site,
		Caller:  info.Caller,
		State:   end.State,
		Started: info.Started,
		Elapsed: end.Elapsed,
		Error:   textOf(end.Err),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tasks.add(t)
	if t.State == scope.TaskFailed || t.State == scope.TaskPanicked {
		r.failures.add(Failure{Path: t.Path, At: t.Started.Add(t.Elapsed), Error: t.Error, Stack: stackOf(end.Err), Task: &t})
	}
}

// errorReported notes an error that goes to a sink. The failure of a task has
// been noted at its end, with the same text.
func (r *Recorder) errorReported(_ context.Context, _ *scope.Scope, e *scope.TaskError) {
	f := Failure{Path: e.Path, At: time.Now(), Error: textOf(e.Err), Stack: stackOf(e.Err), Reported: true}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.failures.list {
		if known := &r.failures.list[i]; !known.Reported && known.Error == f.Error {
			known.Reported = true
			return
		}
	}
	r.failures.add(f)
}

// textOf returns the text of err, also if its method panics.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprint(err)
}

func stackOf(err error) string {
	if p, ok := err.(*scope.PanicError); ok { //nolint:errorlint // what a task or a release left by, unwrapped
		return string(p.Stack)
	}
	return ""
}
