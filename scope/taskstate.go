package scope

import "fmt"

// A TaskState is what has become of a task. It changes once, from
// [TaskRunning] to one of the others. Its text form is its name in lower case.
type TaskState uint8

const (
	// TaskRunning is the state of a task that has not ended.
	TaskRunning TaskState = iota
	// TaskSucceeded is the state of a task that returned no error.
	TaskSucceeded
	// TaskFailed is the state of a task that returned an error which says more
	// than that its context had ended.
	TaskFailed
	// TaskCancelled is the state of a task that returned an error which says
	// no more than that its context had ended.
	TaskCancelled
	// TaskPanicked is the state of a task that left by a panic or by
	// [runtime.Goexit].
	TaskPanicked
	// TaskRefused is the state of a task that has not run and never will.
	TaskRefused
)

var taskStates = [...]string{"running", "succeeded", "failed", "cancelled", "panicked", "refused"}

// String returns the name of the state, as in "running".
func (s TaskState) String() string {
	if int(s) < len(taskStates) {
		return taskStates[s]
	}
	return fmt.Sprintf("TaskState(%d)", uint8(s))
}

// MarshalText returns the name of the state. It fails for a value that is none
// of the constants.
func (s TaskState) MarshalText() ([]byte, error) {
	if int(s) >= len(taskStates) {
		return nil, fmt.Errorf("scope: marshalling %v: no such state", s)
	}
	return []byte(taskStates[s]), nil
}

// UnmarshalText sets s to the state with the name text. It fails, and leaves s
// as it was, if there is none.
func (s *TaskState) UnmarshalText(text []byte) error {
	for i, name := range taskStates {
		if name == string(text) {
			*s = TaskState(i)
			return nil
		}
	}
	return fmt.Errorf("scope: unmarshalling %q: no such state of a task", text)
}
