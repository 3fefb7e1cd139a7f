package streamtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A Sink is an error sink that keeps what it is told and when. The zero Sink is
// ready for use, by many goroutines at once.
type Sink struct {
	mu   sync.Mutex // guards told
	told []sunk
}

type sunk struct {
	at  time.Time
	err *scope.TaskError
}

// HandleError keeps e.
func (s *Sink) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, sunk{time.Now(), e})
}

// Errors returns what the sink was told, in that order. The slice is the
// caller's.
func (s *Sink) Errors() []*scope.TaskError {
	var errs []*scope.TaskError
	for _, e := range s.all() {
		errs = append(errs, e.err)
	}
	return errs
}

func (s *Sink) all() []sunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}
