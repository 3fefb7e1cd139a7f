package duel_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
)

// A script is a machine whose cores are given in advance; the last figure
// stands for all that follow.
type script struct {
	cores []float64
	asked int
}

func (s *script) Quiet() float64 { return 1.8 }

func (s *script) Cores() float64 {
	c := s.cores[min(s.asked, len(s.cores)-1)]
	s.asked++
	return c
}

func quiet() *script { return &script{cores: []float64{2}} }

// sleeper takes d for each unit.
func sleeper(name string, d time.Duration) duel.Contestant {
	return duel.Contestant{Name: name, Run: func(n int) int {
		time.Sleep(time.Duration(n) * d)
		return n
	}}
}

func sleepers(ds ...time.Duration) duel.Row {
	row := duel.Row{Name: "sleep", Unit: "nap", N: 10, Want: func(n int) int { return n }}
	for _, d := range ds {
		row.Contestants = append(row.Contestants, sleeper(d.String(), d))
	}
	return row
}

func plan(rounds int, m duel.Machine) duel.Plan {
	return duel.Plan{Rounds: rounds, Slice: time.Millisecond, Patience: time.Second, Machine: m}
}

func TestMeasureDividesByTheFloorOfTheRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res, err := duel.Measure(sleepers(time.Microsecond, 3*time.Microsecond), plan(4, quiet()))
		if err != nil {
			t.Fatal(err)
		}
		if res.Rounds != 4 || res.All != 4 || res.Cores != 2 {
			t.Errorf("rounds %d of %d with %v cores, want 4 of 4 with 2", res.Rounds, res.All, res.Cores)
		}
		for i, want := range []float64{1, 3} {
			got := res.Scores[i]
			if q := (duel.Quartiles{Low: want, Median: want, High: want}); got.Ratio != q {
				t.Errorf("ratio of %s = %v, want %v", got.Contestant.Name, got.Ratio, q)
			}
			if got.NS.Median != want*1000 {
				t.Errorf("time of %s = %v ns, want %v", got.Contestant.Name, got.NS.Median, want*1000)
			}
		}
	})
}

func TestMeasureFillsTheSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		row := duel.Row{Name: "sleep", N: 10, Want: func(int) int { return 0 }, Contestants: []duel.Contestant{
			{Name: "counted", Run: func(n int) int { time.Sleep(time.Duration(n) * time.Microsecond); calls++; return 0 }},
		}}
		if _, err := duel.Measure(row, plan(1, quiet())); err != nil {
			t.Fatal(err)
		}
		// Once to warm up, once to calibrate, and 1 ms of calls of 10 us.
		if calls != 2+100 {
			t.Errorf("the contestant ran %d times, want %d", calls, 2+100)
		}
	})
}

func TestMeasureTimesOnlyWhatSetupReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := sleepers(time.Microsecond)
		row.Contestants = append(row.Contestants, duel.Contestant{Name: "prepared", Setup: func(n int) func() int {
			time.Sleep(time.Hour)
			return func() int { return sleeper("", 2*time.Microsecond).Run(n) }
		}})
		res, err := duel.Measure(row, plan(2, quiet()))
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Scores[1].Ratio.Median; got != 2 {
			t.Errorf("ratio = %v, want 2", got)
		}
	})
}

func TestMeasureMakesBusyRoundsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Busy at first, then a round that ends busy, then quiet.
		m := &script{cores: []float64{1, 1, 2, 1, 2}}
		start := time.Now()
		res, err := duel.Measure(sleepers(time.Microsecond), plan(2, m))
		if err != nil {
			t.Fatal(err)
		}
		if res.Rounds != 2 || res.All != 3 {
			t.Errorf("rounds %d of %d, want 2 of 3", res.Rounds, res.All)
		}
		if waited := time.Since(start); waited < 300*time.Millisecond {
			t.Errorf("measured for %v, want a pause of 100 ms for each of 3 times that the machine was busy", waited)
		}
	})
}

func TestMeasureEndsWhenItsPatienceDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := sleepers(time.Microsecond)
		row.Contestants[0].Ratio = 1
		res, err := duel.Measure(row, plan(3, &script{cores: []float64{1}}))
		if err != nil {
			t.Fatal(err)
		}
		if res.Rounds != 0 || res.All != 3 || res.Cores != 1 {
			t.Errorf("rounds %d of %d with %v cores, want 0 of 3 with 1", res.Rounds, res.All, res.Cores)
		}
		var b strings.Builder
		if err := res.Write(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"JUDGE NOTHING", "<= 1x not judged"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("the table does not warn with %q: %q", want, b.String())
			}
		}
	})
}

func TestGoalsAreNotJudgedByAFewRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := sleepers(time.Microsecond)
		row.Contestants[0].Ratio = 1
		for quiet, want := range map[int]string{1: "not judged", 2: "met"} {
			m := &script{cores: append(slices.Repeat([]float64{2}, quiet+1), 1)}
			res, err := duel.Measure(row, plan(4, m))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := res.Write(&b); err != nil {
				t.Fatal(err)
			}
			if res.Rounds != quiet || !strings.Contains(b.String(), "<= 1x "+want) {
				t.Errorf("with %d quiet rounds of 4: %d count, and the table says %q, want %q", quiet, res.Rounds, b.String(), want)
			}
		}
	})
}

func TestMeasureRefusesAWrongResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := sleepers(time.Microsecond)
		row.Contestants = append(row.Contestants, duel.Contestant{Name: "idler", Run: func(n int) int { return n - 1 }})
		_, err := duel.Measure(row, plan(1, quiet()))
		if want := "sleep: idler: result of 10 is 9, want 10"; err == nil || err.Error() != want {
			t.Errorf("Measure() = %v, want %v", err, want)
		}
	})
}

func TestMeasureCountsAllocations(t *testing.T) {
	row := duel.Row{Name: "allocate", N: 1000, Want: func(n int) int { return n }, Contestants: []duel.Contestant{
		{Name: "none", Run: func(n int) int { return n }},
		{Name: "two", Run: func(n int) int {
			for range n {
				sinks[0] = new([8]int)
				sinks[1] = new([4]int)
			}
			return n
		}},
	}}
	res, err := duel.Measure(row, plan(3, quiet()))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Scores[0].Allocs; got > 0.01 {
		t.Errorf("allocations of one that makes none = %v", got)
	}
	if got := res.Scores[1]; got.Allocs < 2 || got.Allocs > 2.1 || got.Bytes < 96 || got.Bytes > 105 {
		t.Errorf("allocations = %v of %v bytes, want 2 of 96", got.Allocs, got.Bytes)
	}
}

var sinks [2]any

func TestGoalsAreJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := sleepers(time.Microsecond, 2*time.Microsecond, 2*time.Microsecond)
		row.Contestants[1].Ratio = 2
		row.Contestants[2].Ratio = 1.9
		res, err := duel.Measure(row, plan(1, quiet()))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{false, false, true} {
			if got := res.Scores[i].Missed(); got != want {
				t.Errorf("Missed() of contestant %d = %v, want %v", i, got, want)
			}
		}
		var b strings.Builder
		if err := res.Write(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<= 2x met", "<= 1.9x MISSED"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("the table lacks %q: %q", want, b.String())
			}
		}
	})
}
