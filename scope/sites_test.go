package scope_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// line returns the file and line of the call, n lines further down.
func line(n int) string {
	_, file, at, _ := runtime.Caller(1)
	return file + ":" + strconv.Itoa(at+n)
}

// wantCallers compares the callers of all failures that the sink was told.
func (s *told) wantCallers(t *testing.T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, e := range s.all() {
		got[e.Task] = e.Caller
	}
	for task, caller := range want {
		if got[task] != caller {
			t.Errorf("Caller = %s of task %s, want %s", got[task], task, caller)
		}
	}
	if len(got) != len(want) {
		t.Errorf("failures %q, want %d", got, len(want))
	}
}

func TestFailureNamesTheCallThatStartedTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		top := scope.New(t.Context(), "top", scope.WithSink(sink), scope.WithSites())
		s := top.Child("s")
		want := map[string]string{}
		want["Go"] = line(1)
		_ = s.Go(t.Context(), fail, scope.Named("Go"))
		want["TryGo"] = line(1)
		s.TryGo(t.Context(), fail, scope.Named("TryGo"))
		want["Spawn"] = line(1)
		_ = scope.Spawn(s.Context(), fail, scope.Named("Spawn"))
		want["service"] = line(1)
		_ = s.Go(t.Context(), fail, scope.Named("service"), scope.Service())
		want[""] = line(1)
		_ = s.Go(t.Context(), fail)
		want["typed"] = line(1)
		h := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errBoom }, scope.Named("typed"))
		mustWait(t, s)
		runtime.KeepAlive(h)
		mustClose(t, top)
		sink.wantCallers(t, want)
	})
}

func TestWithoutSitesNoCallerIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustGo(t, s, fail, scope.Named("a"))
		mustClose(t, s)
		sink.wantCallers(t, map[string]string{"a": ""})
	})
}

func TestStuckTasksAreToldApartByTheirCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithSites(), scope.WithTimeouts(scope.Timeouts{}))
		var here, there string
		for range 2 {
			here = line(1)
			_ = s.Go(t.Context(), failAfter(time.Second, nil))
		}
		there = line(1)
		_ = s.Go(t.Context(), failAfter(time.Second, nil))
		named := line(1)
		_ = s.Go(t.Context(), failAfter(time.Second, nil), scope.Named("last"))
		err := s.Close()
		stuck, ok := errors.AsType[*scope.StuckError](err)
		if !ok || len(stuck.Tasks) != 3 {
			t.Fatalf("Close() = %v, want three groups of stuck tasks", err)
		}
		if want := `scope /s: stuck: task "last" running for 0s from ` + named + ", 2 tasks, the oldest running for 0s from " + here +
			", a task running for 0s from " + there; err.Error() != want {
			t.Errorf("Close() = %s\nwant %s", err, want)
		}
		time.Sleep(time.Second)
	})
}

func TestCancelNamesTheNearestCallOutsideTheLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		var once sync.Once
		want := line(1)
		once.Do(func() { s.Cancel(nil) })
		c, ok := errors.AsType[*scope.Cancelled](context.Cause(s.Context()))
		if !ok || c.Caller != want {
			t.Errorf("cause %v, want one from %s", context.Cause(s.Context()), want)
		}
		mustClose(t, s)
	})
}
