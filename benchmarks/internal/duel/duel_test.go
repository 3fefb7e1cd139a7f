package duel_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
)

func TestQuartilesOf(t *testing.T) {
	tests := []struct {
		values []float64
		want   duel.Quartiles
	}{
		{[]float64{3}, duel.Quartiles{Low: 3, Median: 3, High: 3}},
		{[]float64{5, 1, 4, 2, 3}, duel.Quartiles{Low: 2, Median: 3, High: 4}},
		{[]float64{1, 2}, duel.Quartiles{Low: 1.25, Median: 1.5, High: 1.75}},
	}
	for _, tt := range tests {
		if got := duel.QuartilesOf(tt.values); got != tt.want {
			t.Errorf("QuartilesOf(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestProbeSeesNoMoreCoresThanThereAre(t *testing.T) {
	p := duel.NewProbe()
	procs := float64(runtime.GOMAXPROCS(0))
	if got := p.Cores(); got <= 0 || got > procs {
		t.Errorf("Cores() = %v, want more than 0 and at most %v", got, procs)
	}
	if got := p.Quiet(); got != 0.9*procs {
		t.Errorf("Quiet() = %v, want %v", got, 0.9*procs)
	}
}

func TestWeighSeesWhatIsHeld(t *testing.T) {
	hold := func(size int) func(n int) func() int {
		return func(n int) func() int {
			kept := make([]byte, n*size)
			return func() int { return len(kept) / size }
		}
	}
	h := duel.Holding{Name: "bytes", Unit: "block", N: 100_000, Holders: []duel.Holder{
		{Name: "100", Hold: hold(100)},
		{Name: "164", Hold: hold(164), Above: 60},
	}}
	weights, err := duel.Weigh(h, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := weights[0]; got.Heap < 99 || got.Heap > 102 || got.Above != 0 || got.Missed() {
		t.Errorf("floor = %+v, want a heap of 100", got)
	}
	if got := weights[1]; got.Above < 62 || got.Above > 66 || !got.Missed() {
		t.Errorf("the larger = %+v, want 64 above the floor, and missed", got)
	}
	var b strings.Builder
	if err := duel.WriteWeights(&b, h, weights); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "<= 60 above MISSED") {
		t.Errorf("the table does not tell the missed goal: %q", b.String())
	}
}

func TestWeighRefusesWhoHoldsTooLittle(t *testing.T) {
	h := duel.Holding{Name: "none", N: 10, Holders: []duel.Holder{
		{Name: "idler", Hold: func(int) func() int { return func() int { return 9 } }},
	}}
	_, err := duel.Weigh(h, 1)
	if want := "none: idler: held 9, want 10"; err == nil || err.Error() != want {
		t.Errorf("Weigh() = %v, want %v", err, want)
	}
}
