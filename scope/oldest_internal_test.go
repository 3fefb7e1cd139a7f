package scope

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestOldestAreThoseThatStartedFirst(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		slots := make([]slot, 1+rnd.IntN(500))
		notes := map[*slot]*taskOptions{}
		var want []liveTask
		o := oldest{n: rnd.IntN(20)}
		for i := range slots {
			s := &slots[i]
			s.start = time.Duration(rnd.IntN(300))
			notes[s] = &taskOptions{attempt: i}
			want = append(want, liveTask{s.start, notes[s]})
			o.add(s, notes)
		}
		slices.SortStableFunc(want, func(a, b liveTask) int { return cmp.Compare(a.start, b.start) })
		want = want[:min(o.n, len(want))]
		if got := o.all(); !slices.Equal(got, want) {
			t.Errorf("seed %d: the oldest %d are %v, want %v", seed, o.n, got, want)
		}
		if len(o.list) > 2*o.n {
			t.Errorf("seed %d: %d are kept for %d", seed, len(o.list), o.n)
		}
	}
}
