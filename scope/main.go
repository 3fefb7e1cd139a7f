package scope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// Exit statuses of [Main].
const (
	exitOK     = 0
	exitFailed = 1
	exitStuck  = 3 // something had to be abandoned
	exitSignal = 128
)

// mainOptions is what only Main looks at.
type mainOptions struct {
	signals <-chan os.Signal
	within  *time.Duration
	out     io.Writer
}

// WithSignals makes [Main] listen to ch instead of SIGINT and SIGTERM. It panics
// if ch is nil; a channel that is never sent to means no signals.
func WithSignals(ch <-chan os.Signal) Option {
	if ch == nil {
		panic("scope: WithSignals: ch is nil")
	}
	return optionFunc(func(o *options) { o.main.signals = ch })
}

// WithShutdownTime sets how long the whole tree of [Main] may take to shut down
// after a signal. Without it that is 25 s; zero is no time at all, a negative
// value no limit.
func WithShutdownTime(d time.Duration) Option {
	return optionFunc(func(o *options) { o.main.within = &d })
}

// WithReport makes [Main] write its report to w instead of standard error. It
// panics if w is nil: see [io.Discard].
func WithReport(w io.Writer) Option {
	if w == nil {
		panic("scope: WithReport: w is nil")
	}
	return optionFunc(func(o *options) { o.main.out = w })
}

// A SignalError is the reason for a shutdown that a signal asked for.
type SignalError struct{ Signal os.Signal }

// Error says what is known in one text.
func (e *SignalError) Error() string { return "signal: " + e.Signal.String() }

// Main runs body in a root scope called name, as [Run] does, and shuts the tree
// down when the process is told to: the first SIGINT or SIGTERM begins a
// [Scope.Shutdown] of 25 s in all, with a [*SignalError] as the reason, and the
// second ends the time for the tree at once. The shutdown is reported on
// standard error while it goes on, a line for each scope that takes its time,
// and at the end what is wrong, with the stacks of what is stuck.
//
// Main returns without a signal too, as Run does: when body has returned and no
// task of the root itself runs. The body of a server whose tasks are all in
// scopes below the root, or supervised, ends with <-ctx.Done().
//
// It returns the exit status of the process, for [os.Exit]: 0 if all went well,
// also after a signal; 1 if body failed, or a task of a [FailFast] scope, or a
// release; 3 if something had to be abandoned; 128 and the number of the signal
// if a second signal came before the tree had shut down in order. The failure
// of a task of a scope that goes on, the default, is a matter of the error sink
// and not of the status. Body runs on a goroutine of its own: a panic of it
// ends the process, as any panic does that nobody recovers from.
//
//	func main() { os.Exit(scope.Main("server", run)) }
func Main(name string, body func(ctx context.Context, s *Scope) error, opts ...Option) int {
	if body == nil {
		panic("scope: Main: body is nil")
	}
	p := newProcess(name, opts)
	if p.signals == nil {
		ch := make(chan os.Signal, 2)
		signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(ch)
		p.signals = ch
	}
	opened := make(chan *Scope, 1)
	ended := make(chan error, 1)
	go func() {
		err := ErrGoexit // unless Run returns
		defer func() { ended <- err }()
		err = Run(context.Background(), name, func(ctx context.Context, s *Scope) error {
			opened <- s
			return body(ctx, s)
		}, opts...)
	}()
	select {
	case p.scope = <-opened:
	case err := <-ended: // a hook has left by runtime.Goexit
		return p.status(err)
	}
	for {
		select {
		case err := <-ended:
			return p.status(err)
		case sig, ok := <-p.signals:
			if ok {
				return p.status(p.shutdown(sig, ended))
			}
			p.signals = nil
		}
	}
}

// A process is one call of Main.
type process struct {
	mainOptions
	name  string
	scope *Scope
	first os.Signal
	last  os.Signal // the second one

	mu sync.Mutex // is held while a line is written
}

func newProcess(name string, opts []Option) *process {
	p := &process{mainOptions: newOptions(opts).main, name: name}
	if p.out == nil {
		p.out = os.Stderr
	}
	if p.within == nil {
		p.within = new(25 * time.Second)
	}
	return p
}

// shutdown shuts the tree down and returns what went wrong.
func (p *process) shutdown(sig os.Signal, ended <-chan error) error {
	p.first = sig
	p.printf("%v: shutting down", sig)
	line := newTimeline(p.printf)
	defer p.scope.Hook(line.hooks())()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if *p.within >= 0 {
		ctx, cancel = context.WithTimeout(ctx, *p.within)
		defer cancel()
	}
	done := make(chan error, 1)
	go func() { done <- p.scope.shutdown(ctx, &SignalError{sig}) }()
	var errs []error
	for waiting := true; waiting; {
		select {
		case err := <-done:
			errs = append(errs, err)
			waiting = false
		case sig, ok := <-p.signals:
			if !ok {
				p.signals = nil
				continue
			}
			p.last = sig
			p.printf("%v: not waiting any longer", sig)
			cancel()
		}
	}
	took := short(time.Since(line.start))
	if n := line.rest(); n > 0 {
		p.printf("shut down in %s; %s closed without waiting", took, count(n, "more scope"))
	} else {
		p.printf("shut down in %s", took)
	}
	// The scope has closed. A body that is stuck has been named.
	select {
	case err := <-ended:
		errs = append(errs, err)
	case <-time.After(lastMoment):
	}
	return errors.Join(errs...)
}

// status reports err and returns the exit status.
func (p *process) status(err error) int {
	switch {
	case p.first != nil && (err == nil || stream.IsCut((*taskCtx)(p.scope), err)):
		err = nil
	case err != nil:
		p.report(err)
	}
	if s, ok := p.last.(syscall.Signal); ok {
		return exitSignal + int(s)
	}
	if err == nil {
		return exitOK
	}
	if _, stuck := as[*StuckError](err); stuck {
		return exitStuck
	}
	return exitFailed
}

// report prints err, one line for each error that was joined on the way here,
// with the stacks of what is stuck.
func (p *process) report(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && isJoin(err) {
		for _, err := range joined.Unwrap() {
			p.report(err)
		}
		return
	}
	if p.first != nil && stream.IsCut((*taskCtx)(p.scope), err) {
		return
	}
	p.printf("%v", err)
	stuck, ok := as[*StuckError](err)
	if !ok {
		return
	}
	for _, s := range stuck.Stacks {
		p.printf("  %s here:", count(s.Count, "goroutine"))
		for line := range strings.Lines(s.Text) {
			_, _ = fmt.Fprintf(p.out, "      %s", line)
		}
	}
}

// isJoin reports whether err is no more than a list of errors, without a text
// of its own.
func isJoin(err error) bool {
	return reflect.TypeOf(err) == reflect.TypeOf(errors.Join(err))
}

func (p *process) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintf(p.out, p.name+": "+format+"\n", args...)
}
