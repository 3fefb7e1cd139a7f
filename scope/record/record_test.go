package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/record"
	"github.com/rxscope/rxscope/scope/supervise"
	"github.com/rxscope/rxscope/scope/timer"
)

var (
	errBoom = errors.New("boom")
	ignored = scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {}))
)

// after returns a task that returns err after d.
func after(d time.Duration, err error) func(context.Context) error {
	return func(context.Context) error {
		time.Sleep(d)
		return err
	}
}

func mustGo(t *testing.T, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) {
	t.Helper()
	if err := s.Go(context.Background(), fn, opts...); err != nil {
		t.Errorf("Go() = %v, want nil", err)
	}
}

// told returns the failures in short.
func told(r *record.Recorder) []string {
	lines := []string{}
	for _, f := range r.Failures() {
		line := f.Path + ": " + f.Error
		if f.Task == nil {
			line += " of no task"
		}
		if !f.Reported {
			line += " to a reader"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTasksAreKeptNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(3)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		below := s.Child("below")
		start := time.Now()
		mustGo(t, s, after(1*time.Second, nil), scope.Named("forgotten"))
		mustGo(t, s, after(3*time.Second, errBoom), scope.Named("failed"))
		mustGo(t, below, after(2*time.Second, nil), scope.Named("below"))
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		time.Sleep(4 * time.Second)
		_ = s.Close()
		got := r.Tasks()
		if len(got) != 3 {
			t.Fatalf("Tasks() = %+v, want 3", got)
		}
		want := []record.Task{
			{Path: "/s", Attempt: 1, State: scope.TaskCancelled, Started: start, Elapsed: 4 * time.Second, Error: "scope /s cancelled by Close"},
			{Path: "/s", Name: "failed", Attempt: 1, State: scope.TaskFailed, Started: start, Elapsed: 3 * time.Second, Error: "boom"},
			{Path: "/s/below", Name: "below", Attempt: 1, State: scope.TaskSucceeded, Started: start, Elapsed: 2 * time.Second},
		}
		for i := range want {
			if got[i].Site == "" || !got[i].Started.Equal(start) {
				t.Errorf("Tasks()[%d] = %+v, want a site and the start %v", i, got[i], start)
			}
			got[i].Site, got[i].Started = "", start
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Tasks() = %+v\nwant %+v", got, want)
		}
	})
}

func TestFailuresAreKeptOnceWhereverTheyGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(10)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		mustGo(t, s, after(1, errors.New("sunk")))
		h := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errors.New("read") })
		_, _ = h.Wait(t.Context())
		unread := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errors.New("unread") })
		_ = s.Wait(t.Context())
		s.Report(t.Context(), errors.New("reported"))
		mustGo(t, s, func(context.Context) error { panic("oh") })
		_ = s.Wait(t.Context())
		stack := r.Failures()[0].Stack
		if !strings.Contains(stack, "record_test.go") {
			t.Errorf("the stack of the panic is %q", stack)
		}
		_ = s.Close()
		<-unread.Done()
		got := told(r)
		slices.Sort(got)
		want := []string{"/s: panic: oh", "/s: read to a reader", "/s: reported of no task", "/s: sunk", "/s: unread"}
		if !slices.Equal(got, want) {
			t.Errorf("Failures() = %q, want %q", got, want)
		}
	})
}

func TestFailuresOfTimersAndSupervisedTasksAreKeptOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(10)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		if _, err := timer.Every(t.Context(), s, time.Second, after(0, errors.New("tick"))); err != nil {
			t.Fatal(err)
		}
		n := 0
		if _, err := supervise.Go(t.Context(), s, "job", func(ctx context.Context) error {
			if n++; n == 1 {
				return errors.New("attempt")
			}
			<-ctx.Done()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		_ = s.Close()
		var errs []string
		for _, f := range r.Failures() {
			errs = append(errs, fmt.Sprint(f.Error, " ", f.Reported))
		}
		slices.Sort(errs)
		if want := []string{"attempt true", "tick true"}; !slices.Equal(errs, want) {
			t.Errorf("failures %q, want %q", errs, want)
		}
	})
}

func TestSuccessesPushOutNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(2)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		for i := range 3 {
			mustGo(t, s, after(0, fmt.Errorf("%w %d", errBoom, i)))
			_ = s.Wait(t.Context())
		}
		for range 5 {
			mustGo(t, s, after(0, nil))
		}
		_ = s.Close()
		if got, want := told(r), []string{"/s: boom 2", "/s: boom 1"}; !slices.Equal(got, want) {
			t.Errorf("Failures() = %q, want %q", got, want)
		}
		for _, task := range r.Tasks() {
			if task.State != scope.TaskSucceeded {
				t.Errorf("Tasks() holds %+v, want the successes", task)
			}
		}
	})
}

// A broken error panics when it is printed.
type broken struct{ text *string }

func (e *broken) Error() string { return *e.text }

func TestErrorThatPanicsWhenPrintedIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(2)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		mustGo(t, s, after(0, &broken{}))
		_ = s.Close()
		if got := r.Failures(); len(got) != 1 || !strings.Contains(got[0].Error, "PANIC") {
			t.Errorf("Failures() = %+v, want one that says that its text panics", got)
		}
	})
}

func TestRecordIsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(2)
		s := scope.New(t.Context(), "s", scope.WithHooks(r.Hooks()), ignored)
		mustGo(t, s, after(time.Second, errBoom), scope.Named("n"))
		_ = s.Wait(t.Context())
		_ = s.Close()
		f := r.Failures()[0]
		f.Task.Site, f.At, f.Task.Started = "", f.At.UTC(), f.Task.Started.UTC()
		data, err := json.Marshal(f)
		want := `{"path":"/s","at":"2000-01-01T00:00:01Z","error":"boom","reported":true,"task":{"path":"/s","name":"n","attempt":1,` +
			`"state":"failed","started":"2000-01-01T00:00:00Z","elapsed_ns":1000000000,"error":"boom"}}`
		if err != nil || string(data) != want {
			t.Errorf("Marshal() = %s, %v\nwant %s", data, err, want)
		}
		var back record.Failure
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, f) {
			t.Errorf("Unmarshal() = %+v, %v, want %+v", back, err, f)
		}
	})
}

func TestRecorderOfTheProcessIsReadWhileTasksEnd(t *testing.T) {
	r := record.New(10)
	defer scope.Observe(r.Hooks())()
	var spawners sync.WaitGroup
	for range 4 {
		spawners.Go(func() {
			s := scope.New(t.Context(), "s", ignored)
			for i := range 500 {
				mustGo(t, s, after(0, map[bool]error{true: errBoom}[i%2 == 0]))
				if n := len(r.Tasks()); n > 10 {
					t.Errorf("%d tasks are kept, want at most 10", n)
				}
				if n := len(r.Failures()); n > 10 {
					t.Errorf("%d failures are kept, want at most 10", n)
				}
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close() = %v, want nil", err)
			}
		})
	}
	spawners.Wait()
	if n, m := len(r.Tasks()), len(r.Failures()); n != 10 || m != 10 {
		t.Errorf("%d tasks and %d failures are kept, want 10 of each", n, m)
	}
}

func TestNewRefusesToKeepNothing(t *testing.T) {
	defer func() {
		if got, want := recover(), "record: New: n is 0, want at least 1"; got != want {
			t.Errorf("New(0) panics with %v, want %s", got, want)
		}
	}()
	record.New(0)
}
