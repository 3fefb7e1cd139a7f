package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// A diary records what happened and when, as lines like "3s task ends". It is
// a sink as well.
type diary struct {
	start time.Time
	mu    sync.Mutex
	lines []string
}

func newDiary() *diary { return &diary{start: time.Now()} }

func (d *diary) note(format string, args ...any) {
	line := time.Since(d.start).String() + " " + fmt.Sprintf(format, args...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) HandleError(_ context.Context, e *scope.TaskError) {
	d.note("told %s, attempt %d", e, e.Attempt)
}

func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Errorf("what happened:\n\t%s\nwant:\n\t%s", strings.Join(d.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// runs returns a task that notes its beginning, runs for the next of the
// durations and returns the next of the errors; beyond the lists it runs until
// its context ends and notes the cause.
func (d *diary) runs(name string, lives []time.Duration, errs ...error) func(context.Context) error {
	n := 0
	return func(ctx context.Context) error {
		d.note("%s runs", name)
		supervise.Ready(ctx)
		n++
		if n > len(errs) {
			<-ctx.Done()
			d.note("%s: %v", name, context.Cause(ctx))
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			d.note("%s: %v", name, context.Cause(ctx))
			return ctx.Err()
		case <-time.After(lives[min(n, len(lives))-1]):
		}
		return errs[n-1]
	}
}

// every returns the option for a back-off of d.
func every(d time.Duration) supervise.Option {
	return supervise.BackOff(func() backoff.BackOff { return backoff.NewConstantBackOff(d) })
}

// doubling is a back-off that doubles, without jitter.
func doubling() backoff.BackOff {
	return &backoff.ExponentialBackOff{InitialInterval: time.Second, Multiplier: 2, MaxInterval: 5 * time.Second}
}

func must(t *testing.T) func(*supervise.Supervisor, error) *supervise.Supervisor {
	return func(sv *supervise.Supervisor, err error) *supervise.Supervisor {
		t.Helper()
		if err != nil {
			t.Fatalf("the supervision was refused: %v", err)
		}
		return sv
	}
}

// mustWait checks how a supervision ends.
func mustWait(t *testing.T, sv *supervise.Supervisor, want error) {
	t.Helper()
	err := sv.Wait(context.Background())
	if (want == nil) != (err == nil) || !errors.Is(err, want) {
		t.Errorf("Wait() = %v, want %v", err, want)
	}
}

// mustClose closes s, and checks that nothing of the supervision is left.
func mustClose(t *testing.T, s *scope.Scope) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	for _, c := range s.Children() {
		t.Errorf("scope %s is left", c.Path())
	}
}

func sec(n ...int) []time.Duration {
	var ds []time.Duration
	for _, n := range n {
		ds = append(ds, time.Duration(n)*time.Second)
	}
	return ds
}

func nilBackOff() backoff.BackOff { return nil }

// exit is a sink that leaves its goroutine.
func exit(context.Context, *scope.TaskError) { runtime.Goexit() }

// leaves yields the errors joined in err.
func leaves(err error) iter.Seq[error] {
	return func(yield func(error) bool) {
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			yield(err)
			return
		}
		for _, e := range joined.Unwrap() {
			if !yield(e) {
				return
			}
		}
	}
}
