package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/stream"
)

// A modelSub is what a subscriber is to the model: a slice of what waits, and the
// batch that its run works through.
type modelSub struct {
	overflow stream.Overflow
	waits    []int // what waits, without limit
	batch    []int // taken, and not yet delivered
	busy     bool  // the loop body holds an event
	lost     int   // of DropNewest
	over     bool
	want     []string
}

// room reports whether the subscriber has room for another event for certain,
// and whether it may have: events keep their places up to the end of the batch
// they were taken in, which depends on how the ring lies.
func (m *modelSub) room() (certain, possible bool) {
	if m.over || m.overflow.Policy != stream.Block {
		return true, true
	}
	held := len(m.waits) + len(m.batch)
	if m.busy {
		held++
	}
	return held == 0, held < m.overflow.N
}

func (m *modelSub) publish(v int) {
	switch {
	case m.over:
	case m.overflow.Policy == stream.DropNewest && (m.lost > 0 || len(m.waits) >= m.overflow.N):
		m.lost++
	default:
		m.waits = append(m.waits, v)
	}
}

// step takes the run as far as it goes without the loop body, which takes one
// value when it lets it.
func (m *modelSub) step() {
	for !m.busy && !m.over {
		if len(m.batch) > 0 {
			v := m.batch[0]
			m.batch = m.batch[1:]
			if v < 0 {
				m.want = append(m.want, fmt.Sprint("lagged ", -v))
				continue
			}
			m.want = append(m.want, fmt.Sprint(v))
			m.busy = true
			return
		}
		if !m.take() {
			return
		}
	}
}

// take does what a run does that looks for events, and reports whether it found
// any.
func (m *modelSub) take() bool {
	excess := len(m.waits) - m.overflow.N
	switch {
	case m.lost > 0 && len(m.waits) == 0:
		m.want = append(m.want, fmt.Sprint("lagged ", m.lost))
		m.lost = 0
	case excess > 0 && m.overflow.Policy == stream.Fail:
		m.want = append(m.want, fmt.Sprint("lagged ", len(m.waits)))
		m.over = true
	case excess > 0 && m.overflow.Policy == stream.DropOldest:
		m.want = append(m.want, fmt.Sprint("lagged ", excess))
		m.waits = m.waits[excess:]
	case len(m.waits) == 0:
		return false
	case m.overflow.Policy == stream.DropNewest && m.lost > 0:
		// The count belongs behind these, and what comes meanwhile is a new one.
		m.batch, m.waits = append(m.waits, -m.lost), nil
		m.lost = 0
	default:
		m.batch, m.waits = m.waits, nil
	}
	return true
}

// A realSub is the subscriber that is compared. Its loop body waits for leave to
// go on.
type realSub struct {
	sub    *stream.Subscription[int]
	goOn   chan bool // false: break
	got    []string
	cancel context.CancelFunc
}

func (r *realSub) run(ctx context.Context) {
	for v, err := range r.sub.Stream().All(ctx) {
		if lag, ok := errors.AsType[*stream.Lagged](err); ok {
			r.got = append(r.got, fmt.Sprint("lagged ", lag.N))
			continue
		}
		if err != nil {
			r.got = append(r.got, err.Error())
			continue
		}
		r.got = append(r.got, fmt.Sprint(v))
		if !<-r.goOn {
			return
		}
	}
}

// TestSubjectDoesStepByStepWhatTheModelDoes takes random steps, and compares all
// that each subscriber got after each of them.
func TestSubjectDoesStepByStepWhatTheModelDoes(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			m := &modelRun{rnd: rand.New(rand.NewPCG(seed, 7)), s: stream.NewSubject[int]()}
			defer m.end(t)
			for i := 0; i < 120 && !t.Failed(); i++ {
				m.step(t, seed)
			}
		})
		if t.Failed() {
			return
		}
	}
}

type modelRun struct {
	rnd    *rand.Rand
	s      *stream.Subject[int]
	last   int
	models []*modelSub
	reals  []*realSub
	trace  []string
}

func (m *modelRun) note(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf(format, args...))
}

func (m *modelRun) step(t *testing.T, seed uint64) {
	t.Helper()
	switch n := m.rnd.IntN(20); {
	case n < 2 && len(m.models) < 5:
		m.subscribe(t)
	case n < 11:
		m.publish(t, seed)
	case len(m.models) > 0:
		m.letGo(t, m.rnd.IntN(len(m.models)), m.rnd.IntN(15) > 0)
	}
	synctest.Wait()
	for i, model := range m.models {
		model.step()
		if got := m.reals[i].got; !slices.Equal(got, model.want) {
			t.Fatalf("seed %d: subscriber %d, %+v: got %v, want %v, after %v", seed, i, model.overflow, got, model.want, m.trace)
		}
	}
}

func (m *modelRun) subscribe(t *testing.T) {
	o := stream.Overflow{Policy: stream.Policy(m.rnd.IntN(4)), N: 1 + m.rnd.IntN(6)}
	if m.rnd.IntN(4) == 0 {
		o.N = 60 + m.rnd.IntN(30) // makes the ring grow
	}
	m.note("subscribe %+v", o)
	ctx, cancel := context.WithCancel(t.Context())
	r := &realSub{sub: m.s.Subscribe(o), goOn: make(chan bool), cancel: cancel}
	m.models, m.reals = append(m.models, &modelSub{overflow: o}), append(m.reals, r)
	go r.run(ctx)
}

// publish publishes some values, up to the first for which there is no room: the
// context has ended, so that Publish does not wait.
func (m *modelRun) publish(t *testing.T, seed uint64) {
	t.Helper()
	for range 1 + m.rnd.IntN(12) {
		m.last++
		certain, possible := true, true
		for _, s := range m.models {
			c, p := s.room()
			certain, possible = certain && c, possible && p
		}
		err := m.s.Publish(ended(t), m.last)
		if err != nil && certain || err == nil && !possible {
			t.Fatalf("seed %d: Publish(%d) = %v, want room to be %v, after %v", seed, m.last, err, possible, m.trace)
		}
		if err != nil {
			return
		}
		m.note("publish %d", m.last)
		synctest.Wait()
		for _, s := range m.models {
			s.publish(m.last)
			s.step()
		}
	}
}

// letGo lets a loop body that has an event go on, or leave.
func (m *modelRun) letGo(t *testing.T, i int, goOn bool) {
	t.Helper()
	if !m.models[i].busy {
		return
	}
	m.note("let %d go %v", i, goOn)
	m.reals[i].goOn <- goOn
	s := m.models[i]
	s.busy, s.over = false, !goOn
}

func (m *modelRun) end(t *testing.T) {
	t.Helper()
	for i, r := range m.reals {
		r.cancel()
		if m.models[i].busy {
			r.goOn <- false
		}
	}
	synctest.Wait()
	if n := m.s.Subscribers(); n != 0 {
		t.Errorf("%d subscribers are left, want none", n)
	}
}
