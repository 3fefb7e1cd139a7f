package benchmarks_test

import (
	"regexp"
	"testing"

	"github.com/rxscope/rxscope/benchmarks"
	"github.com/rxscope/rxscope/benchmarks/internal/duel"
)

// sizes are small, and odd in both senses.
var sizes = []int{1, 2, 7, 100, 333}

func TestContestantsDoTheWorkOfTheirRow(t *testing.T) {
	for _, row := range benchmarks.Rows() {
		t.Run(row.Name, func(t *testing.T) {
			for _, c := range row.Contestants {
				for _, n := range sizes {
					if err := c.Do(row, n); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

func TestContestantsHaveOneWayToRun(t *testing.T) {
	for _, row := range benchmarks.Rows() {
		for _, c := range row.Contestants {
			if (c.Run == nil) == (c.Setup == nil) {
				t.Errorf("%s: %s has both Run and Setup, or neither", row.Name, c.Name)
			}
		}
	}
}

func TestHoldersHoldAll(t *testing.T) {
	for _, h := range benchmarks.Holdings() {
		t.Run(h.Name, func(t *testing.T) {
			for _, holder := range h.Holders {
				for _, n := range sizes {
					if got := holder.Hold(n)(); got != n {
						t.Errorf("%s: Hold(%d) released %d", holder.Name, n, got)
					}
				}
			}
		})
	}
}

// A name is part of a benchmark's name and is given to -bench and -rows.
var shellSafe = regexp.MustCompile(`^[a-zA-Z0-9+.,()=/-]+$`)

func TestNamesAreUniqueAndCanBeTyped(t *testing.T) {
	seen := make(map[string]bool)
	check := func(name string) {
		if !shellSafe.MatchString(name) {
			t.Errorf("name %q does not match %v", name, shellSafe)
		}
		if seen[name] {
			t.Errorf("there are two of %q", name)
		}
		seen[name] = true
	}
	for _, row := range benchmarks.Rows() {
		for _, c := range row.Contestants {
			check(row.Name + "/" + c.Name)
		}
	}
	for _, h := range benchmarks.Holdings() {
		for _, holder := range h.Holders {
			check(h.Name + "/" + holder.Name)
		}
	}
}

// BenchmarkRows has every contestant of every row, alone: to profile one, or to
// compare it with itself after a change. For ratios run the report.
func BenchmarkRows(b *testing.B) {
	for _, row := range benchmarks.Rows() {
		for _, c := range row.Contestants {
			b.Run(row.Name+"/"+c.Name, func(b *testing.B) { bench(b, row, c) })
		}
	}
}

func bench(b *testing.B, row duel.Row, c duel.Contestant) {
	b.ReportAllocs()
	for b.Loop() {
		if c.Run != nil {
			c.Run(row.N)
			continue
		}
		b.StopTimer()
		work := c.Setup(row.N)
		b.StartTimer()
		work()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(row.N), "ns/"+row.Unit)
}

// BenchmarkHoldings makes and releases every holder of every holding.
func BenchmarkHoldings(b *testing.B) {
	for _, h := range benchmarks.Holdings() {
		for _, holder := range h.Holders {
			b.Run(h.Name+"/"+holder.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					holder.Hold(h.N)()
				}
				b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(h.N), "ns/"+h.Unit)
			})
		}
	}
}
