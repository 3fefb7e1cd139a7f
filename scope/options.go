package scope

import (
	"fmt"
	"weak"
)

// An Option configures a scope that is opened.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

// A constant is an Option that does the same to all scopes: those that have no
// other share what it makes.
type constant struct {
	set   optionFunc
	alone options
}

func newConstant(set optionFunc) *constant {
	c := &constant{set: set}
	set(&c.alone)
	c.alone.shared = true
	return c
}

func (c *constant) apply(o *options) { c.set(o) }

type options struct {
	shared     bool // with other scopes: they never change
	failFast   bool
	repanic    bool
	quiet      bool
	sequential bool
	after      []*Scope
	sink       ErrorSink
	limit      *limit
	limiter    *Limiter
	timeouts   *Timeouts
	hooks      hookSet
	time       *timeLimit
	main       mainOptions

	durations *durations          // nil: not measured
	origin    *origin             // nil: not noted
	standsFor weak.Pointer[Scope] // in the list of siblings
	raw       *string             // the name as it was given; nil: no other
}

func newOptions(opts []Option) *options {
	if len(opts) == 1 {
		if c, ok := opts[0].(*constant); ok {
			return &c.alone
		}
	}
	o := new(options)
	for _, opt := range opts {
		if opt == nil {
			panic("scope: an Option is nil")
		}
		opt.apply(o)
	}
	return o
}

// Continue lets a failing task leave its siblings alone: its error goes to the
// sink and [Scope.Wait] returns nil. It is the default, whatever the policy of
// the parent.
func Continue() Option { return goOn }

var goOn = newConstant(func(o *options) { o.failFast = false })

// FailFast makes the first failure of a task end the scope: it becomes the
// cause, and [Scope.Wait] and [Run] return it. Later failures go to the sink,
// marked secondary.
func FailFast() Option { return failFast }

var failFast = newConstant(func(o *options) { o.failFast = true })

// WithSink sends the errors nobody else reads to sink. The default is the sink
// of the parent; a root without one logs to [log/slog.Default]. It panics if
// sink is nil.
func WithSink(sink ErrorSink) Option {
	if sink == nil {
		panic("scope: WithSink: sink is nil")
	}
	return newConstant(func(o *options) { o.sink = sink })
}

// WithLimit caps the tasks of the scope that run at one time; the default is
// no cap. Tasks of scopes below do not count. [Scope.SetLimit] changes it, and
// a [Limiter] caps the tasks of several scopes. It panics if n < 1.
func WithLimit(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("scope: WithLimit: n is %d, want at least 1", n))
	}
	return optionFunc(func(o *options) { o.limit = newLimit(n) })
}

// WithoutLabels starts the tasks of the scope, and of the scopes below it,
// without pprof labels of their own. Goroutines then cannot be told apart by
// scope in a profile.
func WithoutLabels() Option { return withoutLabels }

var withoutLabels = newConstant(func(o *options) { o.quiet = true })

// A TaskOption configures one task.
type TaskOption interface{ applyTask(o *taskOptions) }

type taskOptionFunc func(o *taskOptions)

func (f taskOptionFunc) applyTask(o *taskOptions) { f(o) }

type taskOptions struct {
	name      string
	discard   any // func(T)
	onDrain   callback
	interrupt callback
	service   bool
	endsScope bool
	tellsExit bool

	attempt int   // 0 stands for 1
	weight  int64 // 0 stands for 1
	call    site  // that started it, if the scope notes that
	site    any   // the function a failure names; nil: the task's own
	attempts
}

func newTaskOptions(opts []TaskOption) *taskOptions {
	switch len(opts) {
	case 0:
		return nil
	case 1:
		if _, ok := opts[0].(tellsExit); ok {
			return onlyTellsExit
		}
	}
	o := new(taskOptions)
	for _, opt := range opts {
		if opt == nil {
			panic("scope: a TaskOption is nil")
		}
		opt.applyTask(o)
	}
	return o
}

// newPlainOptions is newTaskOptions for the function op, whose tasks have no
// value.
func newPlainOptions(op string, opts []TaskOption) *taskOptions {
	o := newTaskOptions(opts)
	if o != nil && o.discard != nil {
		panic(fmt.Sprintf("scope: %s: Discard takes %T, the task has no value", op, o.discard))
	}
	return o
}

// newTypedOptions is newTaskOptions for the function op, whose tasks return
// values of type T.
func newTypedOptions[T any](op string, opts []TaskOption) *taskOptions {
	o := newTaskOptions(opts)
	if o != nil && o.discard != nil && discardOf[T](o) == nil {
		var v T
		panic(fmt.Sprintf("scope: %s: Discard takes %T, the task returns %T", op, o.discard, v))
	}
	return o
}

// discardOf returns what [Discard] was given, nil for none.
func discardOf[T any](o *taskOptions) func(T) {
	if o == nil {
		return nil
	}
	f, _ := o.discard.(func(T))
	return f
}

// Named gives a task a name, for errors and for the tree. It need not be
// unique. What does not print becomes underscores, and it is cut to 128 bytes.
// The default is none.
func Named(name string) TaskOption {
	name = printable(name)
	return taskOptionFunc(func(o *taskOptions) { o.name = name })
}

// Discard calls f with the value of a task started by [Go] that nobody read
// before the scope closed or the handle was collected. By default such a value
// is closed if it is an [io.Closer]. It panics if f is nil; starting a task of
// another type with it, or one without a value, panics too.
func Discard[T any](f func(T)) TaskOption {
	if f == nil {
		panic("scope: Discard: f is nil")
	}
	return taskOptionFunc(func(o *taskOptions) { o.discard = f })
}
