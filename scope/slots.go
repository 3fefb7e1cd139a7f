package scope

import (
	"sync/atomic"
	"time"
)

// The states of a slot. Those above slotRunning are outcomes.
const (
	slotFree uint32 = iota
	slotRunning
	slotSucceeded
	slotFailed
	slotCancelled
	slotPanicked
	slotStates
)

// A slot is the record of one task. The task's end is one store of its outcome
// and takes no lock; the slot is used again later.
type slot struct {
	start time.Duration // since epoch
	state atomic.Uint32
}

var epoch = time.Now()

// A slotTable hands out slots from chunks that never move. A cursor goes round
// over all of them and takes what is free; if a round finds less than half of
// the slots free, the table doubles. So a slot costs amortised constant time,
// and memory follows the peak of live tasks.
type slotTable struct {
	more         [][]slot               // the chunks after the first
	chunk, index int                    // the cursor
	taken        int                    // in this round
	size         int                    // of all chunks
	grown        bool                   // the round goes over the newest chunk only
	ended        [slotStates]int        // outcomes of slots that were used again
	restarted    int                    // tasks with an attempt above 1
	notes        map[*slot]*taskOptions // of tasks that have some, also of ended ones
	first        [4]slot
}

// note keeps the options of the task in s until s is used again.
func (t *slotTable) note(s *slot, o *taskOptions) {
	if t.notes == nil {
		t.notes = make(map[*slot]*taskOptions)
	}
	t.notes[s] = o
	if o.attempt > 1 {
		t.restarted++
	}
}

// live returns how many tasks of s run. The caller holds s.mu.
func (s *Scope) live() (n int) {
	if s.slots == nil {
		return 0
	}
	for i := 0; s.slots.at(i) != nil; i++ {
		chunk := s.slots.at(i)
		for j := range chunk {
			if chunk[j].state.Load() == slotRunning {
				n++
			}
		}
	}
	return n
}

func newSlotTable() *slotTable {
	t := new(slotTable)
	t.size, t.grown = len(t.first), true
	return t
}

// at returns the chunk at i, nil behind the last.
func (t *slotTable) at(i int) []slot {
	switch {
	case i == 0:
		return t.first[:]
	case i <= len(t.more):
		return t.more[i-1]
	}
	return nil
}

func (t *slotTable) take() *slot {
	for {
		for c := t.at(t.chunk); c != nil; c = t.at(t.chunk) {
			for t.index < len(c) {
				s := &c[t.index]
				t.index++
				if state := s.state.Load(); state != slotRunning {
					t.ended[state]++
					t.taken++
					s.state.Store(slotRunning)
					if t.notes != nil {
						delete(t.notes, s)
					}
					return s
				}
			}
			t.chunk++
			t.index = 0
		}
		t.turn()
	}
}

// turn begins the next round: over all chunks, or, if the last such round has
// found few, over a new one.
func (t *slotTable) turn() {
	if !t.grown && t.taken*2 <= t.size {
		t.more = append(t.more, make([]slot, t.size))
		t.chunk, t.grown = len(t.more), true
		t.size *= 2
	} else {
		t.chunk, t.grown = 0, false
	}
	t.index, t.taken = 0, 0
}
