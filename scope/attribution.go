package scope

import (
	"fmt"
	"reflect"
	"runtime"
	"strconv"
)

// Attempt says that the task is the n-th attempt at its work, which its failure
// then says too, as [TaskError.Attempt]. It is for packages that start a
// function of their user again; see [Retry] for doing that within one task. The
// default is 1. It panics if n < 1.
func Attempt(n int) TaskOption {
	if n < 1 {
		panic(fmt.Sprintf("scope: Attempt: n is %d, want at least 1", n))
	}
	return taskOptionFunc(func(o *taskOptions) { o.attempt = n })
}

// SiteOf lets the failure of the task name fn, as [TaskError.Site], instead of
// the function that the task runs. It is for packages that run a function of
// their user within one of their own. It panics if fn is not a function, or is
// nil.
func SiteOf(fn any) TaskOption {
	if v := reflect.ValueOf(fn); v.Kind() != reflect.Func || v.IsNil() {
		panic(fmt.Sprintf("scope: SiteOf: fn is %T(%v), want a function", fn, fn))
	}
	return taskOptionFunc(func(o *taskOptions) { o.site = fn })
}

// TellsExit says that the task tells itself of a [runtime.Goexit] that its
// function leaves by. The task has failed all the same, but the sink is not told
// of that; the ledger has it as delivered. A handle, [FailFast] and hooks that
// are told of the end of a task are not concerned. It is for packages that run a
// function of their user within one of their own.
func TellsExit() TaskOption { return tellsExit{} }

type tellsExit struct{}

func (tellsExit) applyTask(o *taskOptions) { o.tellsExit = true }

// onlyTellsExit is shared by the tasks that have no other option. It never
// changes.
var onlyTellsExit = &taskOptions{tellsExit: true}

// own returns o for changing; nil stands for no options.
func (o *taskOptions) own() *taskOptions {
	switch o {
	case nil:
		return new(taskOptions)
	case onlyTellsExit:
		return &taskOptions{tellsExit: true}
	}
	return o
}

// told reports whether the task with the options o has told itself of e.
func (o *taskOptions) told(e *TaskError) bool {
	return o != nil && o.tellsExit && e.Err == ErrGoexit //nolint:errorlint // the failure itself, not what it wraps
}

// identity returns what is known of a task with the options o and the function
// fn.
func (o *taskOptions) identity(fn any) (name string, attempt int, site, caller string) {
	if o == nil {
		return "", 1, Site(fn), ""
	}
	if o.site != nil {
		fn = o.site
	}
	return o.name, max(o.attempt, o.current, 1), Site(fn), o.call.String()
}

// Site returns function, file and line of fn, where it is defined, as in
// [TaskError.Site]: for packages that report failures of a function of their
// user themselves. It returns "" if nothing is known of fn, and panics if fn is
// no function.
func Site(fn any) string {
	f := runtime.FuncForPC(reflect.ValueOf(fn).Pointer())
	if f == nil {
		return ""
	}
	file, line := f.FileLine(f.Entry())
	return f.Name() + " " + file + ":" + strconv.Itoa(line)
}
