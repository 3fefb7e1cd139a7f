package scope_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestStateTellsWhatHasBecomeOfATask(t *testing.T) {
	tests := []struct {
		want scope.TaskState
		fn   func(context.Context) error
	}{
		{scope.TaskSucceeded, func(context.Context) error { return nil }},
		{scope.TaskFailed, func(context.Context) error { return errBoom }},
		{scope.TaskFailed, func(context.Context) error { return context.Canceled }},
		{scope.TaskCancelled, untilEnd},
		{scope.TaskPanicked, func(context.Context) error { panic("oh") }},
		{scope.TaskPanicked, goexit},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "s", scope.WithSink(new(told)))
			task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				return 0, tt.fn(ctx)
			})
			if got := task.State(); got != scope.TaskRunning {
				t.Errorf("State() = %v before the end, want %v", got, scope.TaskRunning)
			}
			time.AfterFunc(2*time.Second, func() { s.Cancel(nil) })
			<-task.Done()
			if got := task.State(); got != tt.want {
				t.Errorf("State() = %v, want %v", got, tt.want)
			}
			mustClose(t, s)
			if got := scope.Go(t.Context(), s, ends(0, 0, nil)).State(); got != scope.TaskRefused {
				t.Errorf("State() = %v on a closed scope, want %v", got, scope.TaskRefused)
			}
		})
	}
}

func TestStatesOfTasksAreTheirNamesInText(t *testing.T) {
	for s, want := range map[scope.TaskState]string{
		scope.TaskRunning:   "running",
		scope.TaskSucceeded: "succeeded",
		scope.TaskFailed:    "failed",
		scope.TaskCancelled: "cancelled",
		scope.TaskPanicked:  "panicked",
		scope.TaskRefused:   "refused",
	} {
		text, err := json.Marshal(s)
		if got := string(text); err != nil || got != `"`+want+`"` || s.String() != want {
			t.Errorf("Marshal(%d) = %s, %v, want %q", s, got, err, want)
		}
		back := scope.TaskState(100)
		if err := json.Unmarshal(text, &back); err != nil || back != s {
			t.Errorf("Unmarshal(%s) = %v, %v, want %v", text, back, err, s)
		}
	}
	s := scope.TaskFailed
	if err := s.UnmarshalText([]byte("Failed")); err == nil || s != scope.TaskFailed {
		t.Errorf("UnmarshalText(Failed) = %v and sets %v, want an error and no change", err, s)
	}
	if text, err := scope.TaskState(6).MarshalText(); err == nil {
		t.Errorf("MarshalText() = %s for no state, want an error", text)
	}
	if got := scope.TaskState(6).String(); got != "TaskState(6)" {
		t.Errorf("String() = %s, want TaskState(6)", got)
	}
}
