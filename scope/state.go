package scope

import "fmt"

// A State is how far a scope has come on its way from open to closed. It only
// grows.
type State uint8

// The states of a scope.
const (
	StateOpen       State = iota
	StateDraining         // waits for attached children, in a Shutdown then for tasks; refuses work from outside
	StateCancelling       // the context has ended; waits for tasks; refuses all work
	StateReleasing        // unread errors are told, releases run
	StateClosed
)

var states = [...]string{"open", "draining", "cancelling", "releasing", "closed"}

// String returns the state in one word.
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// MarshalText returns the state in one word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText returned.
func (s *State) UnmarshalText(text []byte) error {
	for i, name := range states {
		if name == string(text) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("scope: %q is no state of a scope", text)
}

// State returns how far s has come.
func (s *Scope) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}
