package fan_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// A ledger accounts for the values and errors of a test: each of them meets
// its fate exactly once. It also counts the functions of the user that run.
type ledger struct {
	t       *testing.T
	running atomic.Int32 // sources and functions of the user
	mu      sync.Mutex   // guards what follows
	entries []*entry
	exits   int // functions that left by Goexit
	told    int // of those
}

// An entry is one value or one error and what became of it.
type entry struct {
	ledger *ledger
	name   string
	fates  []string
}

func newLedger(t *testing.T) *ledger { return &ledger{t: t} }

func (l *ledger) enter(name string) *entry {
	e := &entry{ledger: l, name: name}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	return e
}

func (e *entry) meets(fate string) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	e.fates = append(e.fates, fate)
}

// An item is a value in a ledger. It is a closer, the default of Discard.
type item struct {
	*entry
	n int
}

func (l *ledger) value(n int, name string) *item {
	return &item{l.enter(fmt.Sprintf("value %d of %s", n, name)), n}
}

func (v *item) Close() error {
	v.meets("closed")
	return nil
}

// A failure is an error in a ledger.
type failure struct{ *entry }

func (l *ledger) failure(n int, name string) error {
	return failure{l.enter(fmt.Sprintf("error %d of %s", n, name))}
}

func (f failure) Error() string { return f.name }

// exit notes that a function leaves by Goexit.
func (l *ledger) exit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exits++
}

// tell notes the fate of an error, whatever it is wrapped in.
func (l *ledger) tell(err error, fate string) {
	if f, ok := errors.AsType[failure](err); ok {
		f.meets(fate)
		return
	}
	if errors.Is(err, scope.ErrGoexit) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told++
		return
	}
	if fate == "sunk" {
		l.t.Errorf("the sink was told of %v, which is no failure of this test", err)
	}
}

// HandleError makes the ledger a sink.
func (l *ledger) HandleError(_ context.Context, e *scope.TaskError) { l.tell(e, "sunk") }

// fates counts the entries by what became of them, and complains of those that
// met no fate or more than one.
func (l *ledger) fates() map[string]int {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	count := make(map[string]int)
	for _, e := range l.entries {
		if len(e.fates) != 1 {
			l.t.Errorf("%s: %q, want one fate", e.name, e.fates)
			continue
		}
		count[e.fates[0]]++
	}
	if l.exits != l.told {
		l.t.Errorf("%d functions left by Goexit, told %d times", l.exits, l.told)
	}
	return count
}

// logged makes the ledger the sink of scopes without a sink. It is for the time
// of the test.
func (l *ledger) logged() (restore func()) {
	before := slog.Default()
	slog.SetDefault(slog.New(logHandler{l}))
	return func() { slog.SetDefault(before) }
}

type logHandler struct{ ledger *ledger }

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h logHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h logHandler) WithGroup(string) slog.Handler            { return h }
func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			h.ledger.tell(err, "sunk")
		}
		return true
	})
	return nil
}

// names returns the names of all entries, sorted.
func (l *ledger) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, e := range l.entries {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}
