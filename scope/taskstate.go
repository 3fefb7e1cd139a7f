package scope

import "fmt"

// A TaskState is how far a task has come: it runs, or has one of the outcomes.
type TaskState uint8

// The states of a task.
const (
	TaskRunning   TaskState = iota
	TaskSucceeded           // returned nil
	TaskFailed              // returned an error of its own, or left by runtime.Goexit
	TaskCancelled           // returned no more than the news that its context had ended
	TaskPanicked            // panicked, which is a failure too
	TaskRefused             // never ran
)

var taskStates = [...]string{"running", "succeeded", "failed", "cancelled", "panicked", "refused"}

// String returns the state in one word.
func (t TaskState) String() string {
	if int(t) < len(taskStates) {
		return taskStates[t]
	}
	return fmt.Sprintf("TaskState(%d)", uint8(t))
}

// MarshalText returns the state in one word.
func (t TaskState) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText returned.
func (t *TaskState) UnmarshalText(text []byte) error {
	for i, name := range taskStates {
		if name == string(text) {
			*t = TaskState(i)
			return nil
		}
	}
	return fmt.Errorf("scope: %q is no state of a task", text)
}
