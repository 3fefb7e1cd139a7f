package sink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// maxGroups is how many groups a Group holds.
const maxGroups = 256

// Grouped tells of errors that are alike: from one scope and one function, and
// of the same types.
type Grouped struct {
	Path  string // of the scope
	Site  string // of the task's function, or ""
	Shape string // the types of the error and of what it wraps
	Count int
	First *scope.TaskError
	Last  *scope.TaskError // is First if Count is 1
	Began time.Time        // when First came
	Ended time.Time        // when Last came
}

// Error says what is known in one text.
func (e *Grouped) Error() string {
	if e.Count == 1 {
		return e.First.Err.Error()
	}
	return fmt.Sprintf("%d times in %v, the last: %v", e.Count, e.Ended.Sub(e.Began), e.Last.Err)
}

// Unwrap returns the first and the last of them.
func (e *Grouped) Unwrap() []error {
	if e.First == e.Last {
		return []error{e.First}
	}
	return []error{e.First, e.Last}
}

// Group returns a sink that holds errors back for a window and then tells next
// of each kind once. Errors are of one kind if they come from one path and one
// site and have the same types along their Unwrap chains. What next gets are
// [*scope.TaskError] values that wrap [*Grouped], one for each kind, in the
// order in which the kinds first came; path, task and site are those of the
// last of the kind.
//
// A window is opened by the first error after the end of the one before. Next
// is told at the instant it ends, in a task below s. While s closes, next is
// told when everything in s has ended, before s has closed. From then on every
// error goes on to next at once and as it is.
//
// Group holds 256 kinds. For one more, it tells next at once of the kind that
// was silent for longest, on the goroutine that failed. It panics if s or next
// is nil or window <= 0.
func Group(s *scope.Scope, window time.Duration, next scope.ErrorSink) scope.ErrorSink {
	needScope("Group", s)
	need("Group", next)
	if window <= 0 {
		panic(fmt.Sprintf("sink: Group: window is %v, want more than 0", window))
	}
	g := &grouper{window: window, next: next, kinds: make(map[kind]*group)}
	g.keeper = keep(s, "group", func() { g.flush(true) })
	return g
}

type kind struct{ path, site, shape string }

type group struct {
	Grouped
	ctx   context.Context // of the last
	first int64           // when it came, in errors
	last  int64
}

func (g *group) held() held {
	about := g.Grouped
	return held{g.ctx, &scope.TaskError{Path: g.Path, Task: g.Last.Task, Site: g.Site, Err: &about}}
}

type grouper struct {
	keeper
	window time.Duration
	next   scope.ErrorSink

	mu     sync.Mutex // guards what follows
	kinds  map[kind]*group
	came   int64       // errors
	timer  *time.Timer // runs if there is a window
	closed bool
}

func (g *grouper) HandleError(ctx context.Context, e *scope.TaskError) {
	evicted, pass := g.count(held{ctx, e}, kind{e.Path, e.Site, shapeOf(e.Err)})
	tellAll(g.next, evicted)
	if pass {
		g.next.HandleError(ctx, e)
	}
}

func (g *grouper) count(h held, k kind) (evicted []held, pass bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, true
	}
	if g.timer == nil {
		g.timer = g.after(g.window, func() { g.flush(false) })
	}
	now := time.Now()
	g.came++
	of := g.kinds[k]
	if of == nil {
		if len(g.kinds) == maxGroups {
			evicted = g.evict()
		}
		of = &group{
			Grouped: Grouped{Path: k.path, Site: k.site, Shape: k.shape, First: h.err, Began: now},
			first:   g.came,
		}
		g.kinds[k] = of
	}
	of.Count++
	of.Last, of.Ended = h.err, now
	of.ctx, of.last = h.ctx, g.came
	return evicted, false
}

// evict takes out the group that was silent for longest. The caller holds
// g.mu.
func (g *grouper) evict() []held {
	var key kind
	var oldest *group
	for k, of := range g.kinds {
		if oldest == nil || of.last < oldest.last {
			key, oldest = k, of
		}
	}
	delete(g.kinds, key)
	return []held{oldest.held()}
}

// flush ends the window.
func (g *grouper) flush(closed bool) { tellAll(g.next, g.take(closed)) }

func (g *grouper) take(closed bool) []held {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = g.closed || closed
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	groups := make([]*group, 0, len(g.kinds))
	for _, of := range g.kinds {
		groups = append(groups, of)
	}
	clear(g.kinds)
	slices.SortFunc(groups, func(a, b *group) int { return cmp.Compare(a.first, b.first) })
	all := make([]held, len(groups))
	for i, of := range groups {
		all[i] = of.held()
	}
	return all
}
