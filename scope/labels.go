package scope

import (
	"context"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
)

// The keys of the pprof labels that goroutines of a scope carry.
const (
	// LabelPath is the label that holds the scope's path.
	LabelPath = "rxscope.path"
	// LabelID is the label that holds a number no other scope of the process
	// has, for a path can be used again.
	LabelID = "rxscope.id"
)

var lastID atomic.Uint64

// label returns a context with the labels of s, made when the first task
// starts, or nil if the scope goes without.
func (s *Scope) label() context.Context {
	if l := s.labels.Load(); l != nil {
		return l.ctx
	}
	if s.quiet {
		return nil
	}
	id := strconv.FormatUint(lastID.Add(1), 10)
	ctx := pprof.WithLabels((*valuesCtx)(s), pprof.Labels(LabelPath, s.Path(), LabelID, id))
	s.labels.CompareAndSwap(nil, &holder{ctx})
	return s.labels.Load().ctx
}

// setLabels gives the calling goroutine the labels of s.
func (s *Scope) setLabels() {
	if l := s.label(); l != nil {
		pprof.SetGoroutineLabels(l)
	}
}

// unlabel gives the calling goroutine back the labels of ctx.
func (s *Scope) unlabel(ctx context.Context) {
	if !s.quiet {
		pprof.SetGoroutineLabels(ctx)
	}
}
