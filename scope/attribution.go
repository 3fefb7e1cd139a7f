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
