package scope

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// free gives a slot back as a task does that has succeeded.
func free(s *slot) { s.state.Store(slotSucceeded) }

// slotsOf returns all slots of a table, and checks that it counts them right.
func slotsOf(t *testing.T, table *slotTable) (all []*slot) {
	t.Helper()
	for i := 0; table.at(i) != nil; i++ {
		c := table.at(i)
		for j := range c {
			all = append(all, &c[j])
		}
	}
	if len(all) != table.size {
		t.Fatalf("the table has %d slots and counts %d", len(all), table.size)
	}
	return all
}

func TestSequentialTasksShareAFewSlots(t *testing.T) {
	s := New(t.Context(), "s")
	for range 100_000 {
		if err := s.Do(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.slots.size; n > 4 {
		t.Errorf("100,000 tasks one after the other took %d slots, want at most 4", n)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestTasksAtOneTimeTakeSlotsInProportion(t *testing.T) {
	const peak, rounds = 100, 50
	s := New(t.Context(), "s")
	for range rounds {
		gate := make(chan struct{})
		for range peak {
			if err := s.Go(t.Context(), func(context.Context) error { <-gate; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		close(gate)
		if err := s.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.slots.size; n < peak || n > 4*peak {
		t.Errorf("%d tasks at one time took %d slots, want at most %d", peak, n, 4*peak)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestNoSlotIsTakenTwiceAndMemoryFollowsThePeak(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			table := newSlotTable()
			live := map[*slot]bool{}
			var order []*slot // those that live, in any order
			peak, wave := 0, 1
			for i := range 20_000 {
				if i%500 == 0 {
					wave = 1 << rnd.IntN(9) // about so many live at one time
				}
				if len(order) < wave {
					s := table.take()
					if live[s] {
						t.Fatalf("step %d: a running slot was handed out", i)
					}
					if got := s.state.Load(); got != slotRunning {
						t.Fatalf("step %d: a slot was handed out in state %d", i, got)
					}
					live[s] = true
					order = append(order, s)
					peak = max(peak, len(order))
				} else {
					// Those that live long and those that live shortly.
					k := len(order) - 1
					if rnd.IntN(2) == 0 {
						k = rnd.IntN(len(order))
					}
					free(order[k])
					delete(live, order[k])
					order[k] = order[len(order)-1]
					order = order[:len(order)-1]
				}
				if table.size > max(4, 4*peak) {
					t.Fatalf("step %d: %d slots for a peak of %d", i, table.size, peak)
				}
			}
			running := 0
			for _, s := range slotsOf(t, table) {
				if s.state.Load() == slotRunning {
					running++
				}
			}
			if running != len(order) {
				t.Errorf("%d slots are running, want %d", running, len(order))
			}
		})
	}
}

func TestTakingASlotCostsAmortisedConstantTime(t *testing.T) {
	table := newSlotTable()
	const stay = 1000
	for range stay {
		table.take() // runs for ever
	}
	const n = 100_000
	looked := 0
	for range n {
		chunk, index := table.chunk, table.index
		free(table.take())
		if table.chunk == chunk && table.index > index {
			looked += table.index - index
		} else {
			looked += table.size // a turn looks at no more than all
		}
	}
	if perTask := looked / n; perTask > 8 {
		t.Errorf("a task looks at %d slots, want a few", perTask)
	}
}

func TestOutcomesAreCounted(t *testing.T) {
	s := New(t.Context(), "s", WithSink(SinkFunc(func(context.Context, *TaskError) {})))
	const rounds = 100
	for range rounds {
		for _, fn := range []func(context.Context) error{
			func(context.Context) error { return nil },
			func(context.Context) error { return ErrGoexit },
			func(context.Context) error { panic("oh") },
		} {
			if err := s.Go(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
			if err := s.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := s.OwnStatistics()
	if got.Succeeded != rounds || got.Failed != 2*rounds || got.Panicked != rounds || got.Cancelled != 0 {
		t.Errorf("OwnStatistics() = %+v, want %d succeeded, failed and panicked", got, rounds)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestEndedTasksKeepNothingButTheirNames(t *testing.T) {
	s := New(t.Context(), "s")
	nothing := func(context.Context) error { return nil }
	for _, opts := range [][]TaskOption{
		{Named("held"), OnDrain(nothing)},
		{Interrupt(nothing)},
		{Named("discards"), Discard(func(int) {})},
		{Discard(func(int) {})},
		{Named("site"), SiteOf(nothing)},
		{Named("name")},
	} {
		task := Go(t.Context(), s, func(context.Context) (int, error) { return 0, nil }, opts...)
		if _, err := task.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Wait(t.Context())
	for _, o := range s.slots.notes {
		if o.holds() || o.name != "name" {
			t.Errorf("the options of task %q are kept after its end", o.name)
		}
	}
	for range s.slots.size {
		if err := s.Do(t.Context(), nothing); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.slots.notes); n != 0 {
		t.Errorf("%d names are kept when all slots were used again, want none", n)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestRestartedTasksAreCounted(t *testing.T) {
	s := New(t.Context(), "s")
	for n := range 4 {
		if err := s.Do(t.Context(), func(context.Context) error { return nil }, Attempt(n+1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Statistics(); got.Restarted != 3 || got.Started != 4 {
		t.Errorf("Statistics() = %+v, want 3 restarted of 4", got)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}
