package timer_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

func TestStuckTimerIsNamedByTheCallThatMadeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithSites(), scope.WithTimeouts(scope.Timeouts{}))
		_, file, line, _ := runtime.Caller(0)
		_, err := timer.Every(t.Context(), s, time.Second, func(context.Context) error {
			time.Sleep(time.Hour)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		stuck, ok := errors.AsType[*scope.StuckError](s.Close())
		if want := fmt.Sprintf("%s:%d", file, line+1); !ok || len(stuck.Tasks) != 1 || stuck.Tasks[0].Caller != want {
			t.Errorf("Close() = %v, want a timer from %s to be stuck", stuck, want)
		}
		time.Sleep(time.Hour)
	})
}

func TestTickOfItsOwnIsNamedByTheTimerThatStartedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var callers []string
		s := scope.New(t.Context(), "s", scope.WithSites(), scope.WithHooks(&scope.Hooks{
			TaskStarted: func(_ context.Context, i *scope.TaskInfo) context.Context {
				file, _, _ := strings.Cut(filepath.Base(i.Caller), ":")
				callers = append(callers, file)
				return nil
			},
		}))
		_, err := timer.Every(t.Context(), s, time.Second, func(context.Context) error { return nil }, timer.Concurrent(2))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if want := []string{"sites_test.go", "tick.go"}; fmt.Sprint(callers) != fmt.Sprint(want) {
			t.Errorf("the tasks were started in %q, want %q", callers, want)
		}
	})
}
