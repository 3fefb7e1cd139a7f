package streamtest

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"github.com/rxscope/rxscope/stream"
)

// An act is what a consumer does on an event, or a source in place of one.
type act uint8

const (
	goOn act = iota
	leaves
	panics
	exits
	cuts
	cutsLate // of a source: it yields the event although the run is cut
)

var acts = [...]string{"goes on", "leaves", "panics", "exits", "cuts", "cuts, too late to look,"}

func (a act) String() string { return acts[a] }

// errPanic is what acts panic with.
var errPanic = fmt.Errorf("streamtest: panic")

// do does what the act says, where cut ends the context, and reports whether
// the one who acts goes on.
func (a act) do(cut func()) bool {
	switch a {
	case leaves:
		return false
	case panics:
		panic(errPanic)
	case exits:
		runtime.Goexit()
	case cuts, cutsLate:
		cut()
	}
	return true
}

// An observer is a consumer that sees to it that rules 1 and 2 are kept.
type observer[T any] struct {
	each     func(k int, v T, err error) bool // called for each event
	identify bool                             // yield sees who calls it, which takes its time

	mu     sync.Mutex // guards what follows
	runner string     // the goroutine that runs the stream
	n      int        // events so far
	busy   bool       // yield has not returned
	over   string     // why yield must not be called any more
	broken []breach
}

// A breach is a rule that was broken.
type breach struct {
	rule string
	text string
}

// run runs s on a goroutine of its own and returns how that ended: by a
// return, with nil, or by an act.
func (o *observer[T]) run(ctx context.Context, s stream.Stream[T], last func()) (ended act, panicked any) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer last()
		ended = exits
		defer func() {
			o.end("the run has returned")
			if r := recover(); r != nil {
				ended, panicked = panics, r
			}
		}()
		o.runner = goroutine()
		s(ctx, o.yield)
		ended = goOn
	}()
	<-done
	return ended, panicked
}

func (o *observer[T]) end(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.busy = false
	if o.over == "" {
		o.over = why
	}
}

func (o *observer[T]) yield(v T, err error) (more bool) {
	k, ok := o.enter(v, err)
	if !ok {
		return false
	}
	defer func() {
		if more {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.busy = false
		} else {
			o.end("the consumer has left")
		}
	}()
	return o.each(k, v, err)
}

// enter notes an event and what is wrong with it. It reports false if there
// must not be any.
func (o *observer[T]) enter(v T, err error) (k int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil && !reflect.ValueOf(&v).Elem().IsZero() {
		o.breaks("rule 2", "value %v beside error %v", v, err)
	}
	switch {
	case o.over != "":
		o.breaks("rule 1", "yield is called although %s", o.over)
	case o.busy:
		o.breaks("rule 1", "yield is called while a call of it has not returned")
	case o.identify && goroutine() != o.runner:
		o.breaks("rule 1", "yield is not called by the goroutine that runs the stream")
	default:
		o.busy = true
		o.n++
		return o.n - 1, true
	}
	return 0, false
}

// breaks notes a breach. The caller holds o.mu.
func (o *observer[T]) breaks(rule, format string, args ...any) {
	o.broken = append(o.broken, breach{rule, fmt.Sprintf(format, args...)})
}

// breaches returns what was wrong up to now.
func (o *observer[T]) breaches() []breach {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.broken
}
