package queue_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/internal/queue"
)

// reserve reserves n places.
func reserve(t *testing.T, l *queue.Line[int], n int) []int {
	t.Helper()
	var places []int
	for range n {
		at, ok := l.Reserve()
		if !ok {
			t.Error("Reserve() = false, want true")
		}
		places = append(places, at)
	}
	return places
}

func TestLineKeepsTheOrderOfReservation(t *testing.T) {
	l := queue.NewLine[int](4, 1)
	p := reserve(t, l, 4)
	for _, i := range []int{2, 1, 3, 0} {
		if !l.Fill(p[i], i) {
			t.Errorf("Fill(%d) = false, want true", i)
		}
	}
	got, ok := l.Drain(nil)
	wantBatch(t, got, ok, 0, 1, 2, 3)
}

func TestLineDrainsUpToTheFirstGap(t *testing.T) {
	l := queue.NewLine[int](4, 1)
	p := reserve(t, l, 4)
	l.Fill(p[0], 0)
	l.Fill(p[1], 1)
	l.Fill(p[3], 3)
	got, ok := l.Drain([]int{9, 9, 9})
	wantBatch(t, got, ok, 0, 1)
	l.Fill(p[2], 2)
	got, ok = l.Drain(got)
	wantBatch(t, got, ok, 2, 3)
}

func TestLineDrainWaitsForTheFirstPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := queue.NewLine[int](4, 1)
		p := reserve(t, l, 2)
		start := time.Now()
		go func() {
			time.Sleep(time.Second)
			l.Fill(p[1], 1)
			time.Sleep(time.Second)
			l.Fill(p[0], 0)
		}()
		got, ok := l.Drain(nil)
		wantBatch(t, got, ok, 0, 1)
		if at := time.Since(start); at != 2*time.Second {
			t.Errorf("Drain returned at %v, want 2s", at)
		}
	})
}

func TestReserveWaitsUntilHalfOfThePlacesAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := queue.NewLine[int](4, 1)
		p := reserve(t, l, 4)
		l.Fill(p[1], 1) // done, but behind the head: it makes no room
		at := make(chan time.Duration, 3)
		start := time.Now()
		go func() {
			for range cap(at) {
				l.Reserve()
				at <- time.Since(start)
			}
		}()
		drain := func(want ...int) {
			time.Sleep(time.Second)
			l.Fill(p[want[0]], want[0])
			got, ok := l.Drain(nil)
			wantBatch(t, got, ok, want...)
			synctest.Wait()
		}
		drain(0, 1)
		if len(at) != 2 || <-at != time.Second || <-at != time.Second {
			t.Error("two places came free at 1s, and were not reserved then")
		}
		drain(2)
		if len(at) != 0 {
			t.Error("a place was reserved when one of four was free")
		}
		drain(3)
		if len(at) != 1 || <-at != 3*time.Second {
			t.Error("two places were free at 3s, and none was reserved then")
		}
		l.Close()
	})
}

func TestLineEndsAtTheFirstPlaceThatIsNotFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := queue.NewLine[int](4, 2)
		p := reserve(t, l, 3)
		l.Fill(p[0], 0)
		l.Fill(p[2], 2)
		l.Leave()
		l.Enter()
		l.Leave()
		got, ok := l.Drain(nil)
		wantBatch(t, got, ok, 0)
		start := time.Now()
		time.AfterFunc(time.Second, l.Leave)
		got, ok = l.Drain(got)
		wantBatch(t, got, ok)
		if at := time.Since(start); at != time.Second {
			t.Errorf("the line ended at %v, want 1s", at)
		}
		if rest := l.Close(); !slices.Equal(rest, []int{2}) {
			t.Errorf("Close() = %v, want [2]", rest)
		}
	})
}

func TestLineCloseTurnsProducersAwayAndReturnsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := queue.NewLine[int](3, 1)
		p := reserve(t, l, 3)
		l.Fill(p[1], 1)
		l.Fill(p[2], 2)
		refused := make(chan bool, 1)
		go func() {
			_, ok := l.Reserve()
			refused <- !ok
		}()
		drained := make(chan bool)
		go func() {
			_, ok := l.Drain(nil)
			drained <- ok
		}()
		synctest.Wait()
		if rest := l.Close(); !slices.Equal(rest, []int{1, 2}) {
			t.Errorf("Close() = %v, want [1 2]", rest)
		}
		if <-drained {
			t.Error("Drain() = true after Close")
		}
		if !<-refused {
			t.Error("Reserve() = true after Close")
		}
		if l.Fill(p[0], 0) {
			t.Error("Fill() = true after Close")
		}
		if rest := l.Close(); len(rest) != 0 {
			t.Errorf("second Close() = %v, want nothing", rest)
		}
	})
}

func TestLineGoesRoundWithoutAllocation(t *testing.T) {
	l := queue.NewLine[int](4, 1)
	var spare []int
	n := 0
	cycle := func() {
		for range 3 {
			at, _ := l.Reserve()
			l.Fill(at, at)
		}
		spare, _ = l.Drain(spare)
		for _, v := range spare {
			if v != n {
				t.Fatalf("drained %d, want %d", v, n)
			}
			n++
		}
	}
	cycle()
	if n := testing.AllocsPerRun(100, cycle); n != 0 {
		t.Errorf("%v allocations for 3 items, want 0", n)
	}
}
