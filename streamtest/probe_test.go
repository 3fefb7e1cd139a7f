package streamtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/streamtest"
)

// A witness takes the failures that a probe reports.
type witness struct {
	testing.TB
	failures []string
}

func (w *witness) Helper()                           {}
func (w *witness) Error(args ...any)                 { w.failures = append(w.failures, fmt.Sprint(args...)) }
func (w *witness) Errorf(format string, args ...any) { w.Error(fmt.Sprintf(format, args...)) }

func TestProbeNotesALifeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := streamtest.NewProbe()
		s := scope.New(t.Context(), "app", scope.WithHooks(p.Hooks()), scope.WithSink(new(streamtest.Sink)))
		err := s.Child("db").Go(t.Context(), func(context.Context) error {
			time.Sleep(time.Second)
			return errBoom
		}, scope.Named("query"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		p.InOrder(t, "open /app", "open /app/db", "start /app/db query", "end /app/db query", "error /app/db boom", "closed /app/db",
			"cancelling /app", "closed /app")
		p.InOrder(t, "error /app/db boom", "draining /app/db", "cancelling /app/db", "closed /app/db")
		if got := p.Notes(); len(got) != 11 {
			t.Errorf("Notes() = %q, want 11", got)
		}
		p.Check(t)

		w := new(witness)
		p.InOrder(w, "closed /app", "closed /app/db")
		if len(w.failures) != 1 || !strings.Contains(w.failures[0], `"closed /app/db" is missing in its place`) {
			t.Errorf("InOrder of another order: failures %q", w.failures)
		}
	})
}

func TestProbeReportsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := streamtest.NewProbe()
		s := scope.New(t.Context(), "app", scope.WithHooks(p.Hooks()))
		if err := s.Go(t.Context(), func(ctx context.Context) error { <-ctx.Done(); return nil }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w := new(witness)
		p.Check(w)
		if want := []string{"scope /app has not closed, 1 tasks run"}; !slices.Equal(w.failures, want) {
			t.Errorf("Check: failures %q, want %q", w.failures, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		p.Check(t)
	})
}

// No tree does what the probe looks for, so its hooks are told of one that did.
func TestProbeReportsAWrongOrder(t *testing.T) {
	p := streamtest.NewProbe()
	h := p.Hooks()
	s := scope.New(t.Context(), "app")
	kid := s.Child("db")
	h.ScopeOpened(t.Context(), s)
	h.ScopeOpened(t.Context(), kid)
	h.TaskStarted(t.Context(), &scope.TaskInfo{Scope: s, Name: "late"})
	h.ScopeMoved(t.Context(), s, scope.Step{State: scope.StateClosed})
	h.ScopeMoved(t.Context(), kid, scope.Step{State: scope.StateClosed})
	w := new(witness)
	p.Check(w)
	if want := []string{"scope /app closed while 1 tasks ran", "scope /app closed before /app/db"}; !slices.Equal(w.failures, want) {
		t.Errorf("Check: failures %q, want %q", w.failures, want)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
