package queue_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/internal/queue"
)

const programs = 300

// TestQueueDoesAsItsModel runs random programs against a slice. A call that
// would wait runs on a goroutine of its own, and is seen to wait until the
// model says that it may go on.
func TestQueueDoesAsItsModel(t *testing.T) {
	for seed := range uint64(programs) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			m := &model{t: t, size: 1 + r.IntN(5), takes: seed%2 == 0, producers: 1}
			m.q = queue.New[int](m.size, 1)
			for range 60 {
				m.step(r)
			}
			m.close()
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

type model struct {
	t         *testing.T
	q         *queue.Queue[int]
	takes     bool // by Take, else by Drain
	size      int
	producers int
	next      int
	items     []int
	pushing   []*call // waiting, in no order
	consumers int     // waiting
	results   []int   // what waiting consumers were given
	spare     []int
}

// A call is a call of Push that waits.
type call struct {
	v    int
	done bool
	ok   bool
}

func (m *model) step(r *rand.Rand) {
	switch r.IntN(5) {
	case 0, 1:
		m.push()
	case 2, 3:
		m.consume()
	case 4:
		if m.producers == 1 || r.IntN(2) == 0 {
			m.q.Enter()
			m.producers++
		} else {
			m.q.Leave()
			m.producers--
		}
	}
}

func (m *model) push() {
	c := &call{v: m.next}
	m.next++
	go func() {
		c.ok = m.q.Push(c.v)
		c.done = true
	}()
	synctest.Wait()
	switch {
	case m.consumers > 0:
		m.consumers--
		if !c.done || len(m.results) == 0 || m.results[len(m.results)-1] != c.v {
			m.t.Errorf("a waiting consumer was given %v, want %d", m.results, c.v)
		}
	case len(m.items) < m.size:
		if !c.done || !c.ok {
			m.t.Errorf("Push waits at %d of %d items", len(m.items), m.size)
		}
		m.items = append(m.items, c.v)
	default:
		if c.done {
			m.t.Errorf("Push does not wait at %d of %d items", len(m.items), m.size)
		}
		m.pushing = append(m.pushing, c)
	}
}

func (m *model) consume() {
	if len(m.items) == 0 {
		if !m.takes && m.consumers > 0 {
			return // Drain is for one consumer
		}
		m.consumers++
		go func() {
			if m.takes {
				if v, ok := m.q.Take(); ok {
					m.results = append(m.results, v)
				}
			} else if batch, ok := m.q.Drain(nil); ok {
				m.results = append(m.results, batch...)
			}
		}()
		synctest.Wait()
		return
	}
	n := 1
	if m.takes {
		v, ok := m.q.Take()
		if !ok || v != m.items[0] {
			m.t.Errorf("Take() = %d, %v, want %d", v, ok, m.items[0])
		}
	} else {
		n = len(m.items)
		batch, ok := m.q.Drain(m.spare)
		if !ok || !slices.Equal(batch, m.items) {
			m.t.Errorf("Drain() = %v, %v, want %v", batch, ok, m.items)
		}
		m.spare = batch
	}
	m.items = m.items[n:]
	m.refill()
}

// refill wants as many waiting calls of Push to have come through as there is
// room, whichever they are, and learns their order when it takes them. Those who
// take one item each make room for none before half of the items are gone.
func (m *model) refill() {
	synctest.Wait()
	room := !m.takes || len(m.items) <= m.size/2
	var in []int
	m.pushing = slices.DeleteFunc(m.pushing, func(c *call) bool {
		if c.done {
			in = append(in, c.v)
		}
		return c.done
	})
	if len(m.items)+len(in) > m.size || room && len(m.pushing) > 0 && len(m.items)+len(in) < m.size {
		m.t.Errorf("%d items, %d calls of Push came through and %d wait, size %d", len(m.items), len(in), len(m.pushing), m.size)
	}
	// Waiting calls are served in the order in which they came.
	m.items = append(m.items, in...)
}

func (m *model) close() {
	rest := m.q.Close()
	if !slices.Equal(rest, m.items) {
		m.t.Errorf("Close() = %v, want %v", rest, m.items)
	}
	synctest.Wait()
	for _, c := range m.pushing {
		if !c.done || c.ok {
			m.t.Errorf("Push(%d) done %v, ok %v after Close", c.v, c.done, c.ok)
		}
	}
}

// TestLineDoesAsItsModel runs random programs, in which nothing has to wait,
// against a slice of places.
func TestLineDoesAsItsModel(t *testing.T) {
	for seed := range uint64(programs) {
		r := rand.New(rand.NewPCG(seed, 2))
		size := []int{1, 2, 5, 16, 24, 40}[r.IntN(6)]
		l := queue.NewLine[int](size, 1)
		type reserved struct{ at, v int }
		var open []reserved      // places that are not filled
		var line []int           // v of each place that is not drained
		filled := map[int]bool{} // by v
		var spare []int
		next := 0
		for range 200 {
			switch r.IntN(4) {
			case 0, 3:
				if len(line) == size {
					continue
				}
				at, ok := l.Reserve()
				if !ok {
					t.Fatalf("seed %d: Reserve() = false", seed)
				}
				open = append(open, reserved{at, next})
				line = append(line, next)
				next++
			case 1:
				if len(open) == 0 {
					continue
				}
				i := r.IntN(len(open))
				l.Fill(open[i].at, open[i].v)
				filled[open[i].v] = true
				open = slices.Delete(open, i, i+1)
			case 2:
				n := 0
				for n < len(line) && filled[line[n]] {
					n++
				}
				if n == 0 {
					continue
				}
				got, ok := l.Drain(spare)
				if !ok || !slices.Equal(got, line[:n]) {
					t.Fatalf("seed %d: Drain() = %v, %v, want %v", seed, got, ok, line[:n])
				}
				spare, line = got, line[n:]
			}
		}
		want := slices.DeleteFunc(line, func(v int) bool { return !filled[v] })
		if rest := l.Close(); !slices.Equal(rest, want) {
			t.Fatalf("seed %d: Close() = %v, want %v", seed, rest, want)
		}
	}
}
