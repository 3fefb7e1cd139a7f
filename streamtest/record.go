package streamtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A Recording is what a run gave, with the instants. They are exact on a
// virtual clock.
type Recording[T any] struct {
	Events []Occurrence[T]
	Took   time.Duration // from the beginning of the run to its return
}

// An Occurrence is an event of a run and its instant.
type Occurrence[T any] struct {
	At    time.Duration // since the run began
	Value T
	Err   error
}

// String returns instant and event, as in "2s 7" or "2s boom".
func (o Occurrence[T]) String() string {
	if o.Err != nil {
		return fmt.Sprintf("%v %v", o.At, o.Err)
	}
	return fmt.Sprintf("%v %v", o.At, o.Value)
}

// Record runs s to its end and returns all that came, errors and the cause of a
// cut included.
func Record[T any](ctx context.Context, s stream.Stream[T]) *Recording[T] {
	r := new(Recording[T])
	begun := time.Now()
	for v, err := range s.All(ctx) {
		r.Events = append(r.Events, Occurrence[T]{time.Since(begun), v, err})
	}
	r.Took = time.Since(begun)
	return r
}

// Strings returns the events as [Occurrence.String] has them.
func (r *Recording[T]) Strings() []string {
	texts := make([]string, len(r.Events))
	for i, o := range r.Events {
		texts[i] = o.String()
	}
	return texts
}

// String returns the events and the end on one line, as in "1s 7, 2s boom, 2s |".
func (r *Recording[T]) String() string {
	return strings.Join(append(r.Strings(), fmt.Sprintf("%v |", r.Took)), ", ")
}
