package gallery_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

// A picture is one run to draw.
type picture struct {
	name  string        // of the operator, as in "operators.Map"
	label string        // what stands in the box
	lasts time.Duration // the run is cut then, if it would go on; zero: it ends by itself
	takes int           // the consumer leaves on this event; zero: it takes all
	build func(r *rig) stream.Stream[string]
}

// A line is what is drawn of one stream.
type line struct {
	name  string
	runs  []run
	marks []mark
}

// A run is one run of the stream of a line.
type run struct {
	from, to time.Duration
	end      ending
}

// An ending is how a run ended.
type ending int

const (
	ended   ending = iota // it had no more events
	stopped               // its consumer left
	cut                   // its context ended
)

// A mark is an event.
type mark struct {
	at   time.Duration
	text string
	err  error
}

// A rig makes the sources of a picture and notes what they and the output do.
type rig struct {
	t     *testing.T
	m     *streamtest.Marbles
	begun time.Time

	mu    sync.Mutex // guards what follows and all lines
	lines []*line
}

// cold returns a source that plays a diagram in each run. All its runs are
// drawn in one line.
func (r *rig) cold(name, diagram string) stream.Stream[string] {
	l := r.line(name)
	src := streamtest.Cold[string](r.m, diagram).Stream()
	return func(ctx context.Context, yield func(string, error) bool) { r.note(l, src)(ctx, yield) }
}

// inner returns a source of which each run is drawn in a line of its own.
func (r *rig) inner(name, diagram string) stream.Stream[string] {
	src := streamtest.Cold[string](r.m, diagram).Stream()
	return func(ctx context.Context, yield func(string, error) bool) { r.note(r.line(name), src)(ctx, yield) }
}

func (r *rig) line(name string) *line {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &line{name: name}
	r.lines = append(r.lines, l)
	return l
}

// note returns s with its runs noted in l.
func (r *rig) note(l *line, s stream.Stream[string]) stream.Stream[string] {
	return func(ctx context.Context, yield func(string, error) bool) {
		current := run{from: time.Since(r.begun)}
		defer func() {
			current.to = time.Since(r.begun)
			if current.end == ended && ctx.Err() != nil {
				current.end = cut
			}
			r.mu.Lock()
			l.runs = append(l.runs, current)
			r.mu.Unlock()
		}()
		s(ctx, func(v string, err error) bool {
			if err == nil || !stream.IsCut(ctx, err) {
				r.mu.Lock()
				l.marks = append(l.marks, mark{time.Since(r.begun), v, err})
				r.mu.Unlock()
			}
			more := yield(v, err)
			if !more {
				current.end = stopped
			}
			return more
		})
	}
}

// perform runs p on the virtual clock and returns what was noted, the output
// last.
func perform(t *testing.T, p picture) (lines []*line) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		root := scope.New(context.Background(), "gallery", scope.WithSink(quiet))
		r := &rig{t: t, m: m, begun: time.Now()}
		out := &line{}
		s := p.build(r)
		ctx := root.Context()
		if p.lasts > 0 {
			c, cancel := context.WithTimeout(ctx, p.lasts)
			defer cancel()
			ctx = c
		}
		n := 0
		r.note(out, s)(ctx, func(string, error) bool {
			n++
			return n != p.takes
		})
		if err := root.Close(); err != nil {
			t.Errorf("%s: Close() = %v", p.name, err)
		}
		lines = append(r.lines, out)
	})
	return lines
}

// quiet takes what operators tell the sink.
var quiet = scope.SinkFunc(func(context.Context, *scope.TaskError) {})
