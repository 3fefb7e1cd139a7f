package benchmarks

import (
	"sync/atomic"
	"testing"
)

// The tasks of the spawn rows do nothing, so that no result shows whether they
// ran. Here they count.
func TestSpawnRowsRunAndJoinEveryTask(t *testing.T) {
	var ran atomic.Int64
	for _, row := range spawnRows(func() { ran.Add(1) }) {
		for _, c := range row.Contestants {
			for _, n := range []int{1, 7, 1000} {
				ran.Store(0)
				if err := c.Do(row, n); err != nil {
					t.Error(err)
				}
				if got := ran.Load(); got != int64(n) {
					t.Errorf("%s: %s: %d of %d tasks had run when they were joined", row.Name, c.Name, got, n)
				}
			}
		}
	}
}
