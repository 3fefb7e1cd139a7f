package duel

import "slices"

// Quartiles are the middle of a sample and the bounds of its middle half.
type Quartiles struct{ Low, Median, High float64 }

// QuartilesOf returns the quartiles of a sample that is not empty, between two
// of its values where they fall there.
func QuartilesOf(values []float64) Quartiles {
	sorted := slices.Sorted(slices.Values(values))
	at := func(q float64) float64 {
		pos := q * float64(len(sorted)-1)
		i := int(pos)
		next := min(i+1, len(sorted)-1)
		return sorted[i] + (pos-float64(i))*(sorted[next]-sorted[i])
	}
	return Quartiles{at(0.25), at(0.5), at(0.75)}
}

// over returns the quartiles of one figure of each round.
func over(rounds []round, figure func(r round) float64) Quartiles {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = figure(r)
	}
	return QuartilesOf(values)
}
