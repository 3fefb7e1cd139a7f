package scope

import (
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// WithSites notes when and from where the scope, and each scope below it, was
// opened, and from where their tasks were started, which a [TaskError], a
// [StuckTask] and a [TaskInfo] then name as the Caller. The call named is the
// nearest one on the stack that is outside this library, so that a timer is
// named by the line that made it. It costs a look at the stack for each scope
// and each task.
//
// A scope that was opened by [New] or [Scope.Child] and forgotten is reported
// with an [*UnclosedError].
func WithSites() Option { return optionFunc(func(o *options) { o.origin = new(origin) }) }

// An origin is when and from where a scope was opened.
type origin struct {
	at   time.Time
	call site

	standIn *Scope // in the list of siblings; nil: there is none
	itself  bool   // the scope stands in the list nevertheless; guarded by the lock of the list
	cleanup runtime.Cleanup
	shared  atomic.Uint32 // written by the scope when it has changed what it shares with standIn, which reads it first
}

// A site is a place in the source.
type site struct {
	file string
	line int
}

// String returns file and line, "" for none.
func (s site) String() string {
	if s.file == "" {
		return ""
	}
	return s.file + ":" + strconv.Itoa(s.line)
}

// caller returns file and line of the nearest call from outside this library.
func caller() string { return callSite().String() }

// callSite returns the nearest call from outside this library. Where there is
// none, as on a goroutine of the library, it is the nearest one from outside
// this package.
func callSite() (near site) {
	var pcs [16]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		if n == 0 {
			return near
		}
		frames := runtime.CallersFrames(pcs[:n])
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			pkg := packageOf(f.Function)
			switch {
			case slices.Contains(callers, pkg):
			case !ofLibrary(pkg) || strings.HasSuffix(f.File, "_test.go"):
				return site{f.File, f.Line}
			case near.file == "" && pkg != thisPackage:
				near = site{f.File, f.Line}
			}
		}
	}
}

var (
	thisPackage = reflect.TypeFor[Scope]().PkgPath()
	thisModule  = strings.TrimSuffix(thisPackage, "scope")

	// callers are the packages that call functions for somebody else, or on
	// goroutines of their own.
	callers = []string{"context", "iter", "runtime", "sync", "time"}
)

// packageOf returns the path of the package of a function.
func packageOf(function string) string {
	dir := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[dir:], ".")
	return function[:dir] + name
}

// ofLibrary reports whether a package is part of this library. Its examples and
// its benchmarks use it as others do.
func ofLibrary(pkg string) bool {
	room, ok := strings.CutPrefix(pkg, thisModule)
	return ok && !strings.HasPrefix(room, "examples") && !strings.HasPrefix(room, "benchmarks")
}

// sited returns the options of a task that is being started, o, with the call
// that starts it, if s wants that. Nil stands for no options.
func (s *Scope) sited(o *taskOptions) *taskOptions {
	if s.options == nil {
		return o
	}
	return s.withCall(o)
}

func (s *Scope) withCall(o *taskOptions) *taskOptions {
	if s.options.origin == nil {
		return o
	}
	o = o.own()
	o.call = callSite()
	return o
}
