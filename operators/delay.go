package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// Delay emits each event, errors included, d after it came, so that all keep
// their order and distances. The end is not delayed: it comes when src has ended
// and all events are out. When the run is cut, or the consumer stops, what is
// held is given back: values to [Discard], errors to the error sink of the scope.
//
// The run opens a scope named delay, with a task for the source, which starts
// at once. At most 192 events are on their way; while that many are, src is held
// back. Delay panics if src is nil or d <= 0.
//
// ReactiveX: delay; in RxJS an error overtakes what is delayed.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Delay.svg
func Delay[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("Delay", "src", src != nil)
	longer("Delay", "d", d)
	give := discardOf[T]("Delay", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		y := shifting[T]{d: d}
		defer y.leave(ctx, give)
		give := func(ctx context.Context, m shifted[T]) { give(ctx, m.v) }
		fan.DoLoop(ctx, "delay", give, yield, func(l *fan.Loop[shifted[T], T]) {
			y.Loop, l.On, l.Due = l, y.on, y.due
			fan.Listen(l, src, func(v T) shifted[T] { return shifted[T]{v: v, due: time.Now().Add(d)} })
		})
	}
}

// A shifted is an event and when it is to be emitted.
type shifted[T any] struct {
	v   T
	err error
	due time.Time
}

// A shifting is one run of Delay.
type shifting[T any] struct {
	*fan.Loop[shifted[T], T]
	d    time.Duration
	held []shifted[T]
}

func (y *shifting[T]) on(m shifted[T], err error) bool {
	if fan.IsEnd(err) {
		return true
	}
	m.err = err
	y.held = append(y.held, m)
	y.wait()
	return true
}

// wait sets the alarm for the first event that is held.
func (y *shifting[T]) wait() {
	y.Full = len(y.held) >= queue.Size
	if len(y.held) > 0 {
		y.SetAlarm(y.held[0].due)
	}
}

func (y *shifting[T]) due() bool {
	for len(y.held) > 0 && !y.held[0].due.After(y.Now) {
		m, _ := discard.Shift(&y.held)
		if !y.Emit(m.v, m.err) {
			return false
		}
		if y.IsCut() {
			break
		}
	}
	y.wait()
	return true
}

// leave gives back what is held.
func (y *shifting[T]) leave(ctx context.Context, give func(context.Context, T)) {
	discard.All(ctx, func() (shifted[T], bool) { return discard.Shift(&y.held) }, func(ctx context.Context, m shifted[T]) {
		if m.err != nil {
			scope.Report(ctx, m.err)
		} else {
			give(ctx, m.v)
		}
	})
}
