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

// A labelling is the labels of a scope, in a context, and the path they name.
type labelling struct {
	ctx  context.Context
	path string
}

// label returns a context with the labels of s, made when the first task
// starts, or nil if the scope goes without.
func (s *Scope) label() context.Context {
	if l := s.labels.Load(); l != nil {
		return l.ctx
	}
	if s.quiet {
		return nil
	}
	return s.makeLabels().ctx
}

//go:noinline
func (s *Scope) makeLabels() *labelling {
	var short [64]byte
	path := s.appendPath(short[:0])
	text := string(strconv.AppendUint(path, lastID.Add(1), 10)) // one string for both
	l := &labelling{path: text[:len(path)]}
	// In the order of the keys, or they would have to be sorted.
	l.ctx = pprof.WithLabels((*valuesCtx)(s), pprof.Labels(LabelID, text[len(path):], LabelPath, l.path))
	if !s.labels.CompareAndSwap(nil, l) {
		l = s.labels.Load()
	}
	return l
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
