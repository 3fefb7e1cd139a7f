package stream

import "fmt"

// Lagged is the error event of a hot stream whose consumer was too slow: N
// events were dropped, at this place, and the stream goes on. A stream that may
// drop says so, and never drops in silence.
type Lagged struct {
	N int // events that were dropped since the one before
}

// Error says what is known in one text.
func (e *Lagged) Error() string { return fmt.Sprintf("stream: %d events were dropped", e.N) }
