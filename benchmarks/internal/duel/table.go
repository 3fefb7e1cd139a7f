package duel

import (
	"fmt"
	"io"
	"strings"
)

// WriteHeader writes the headings of the tables that follow.
func WriteHeader(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%-24s %9s %7s %13s %9s %8s %8s  %s\n",
		"", "ns", "x", "quartiles", "cpu ns", "allocs", "bytes", "goal")
	return err
}

// Write writes the table of a row.
func (r Result) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (for one %s; %d rounds, %.2f cores)%s\n", r.Row.Name, r.Row.Unit, r.Rounds, r.Cores, r.doubt())
	for _, s := range r.Scores {
		fmt.Fprintf(&b, "  %-22s %9.4g %7.2f %6.2f-%-6.2f %9.4g %8.3g %8.4g  %s\n",
			s.Contestant.Name, s.NS.Median, s.Ratio.Median, s.Ratio.Low, s.Ratio.High,
			s.CPU, s.Allocs, s.Bytes, s.verdict(2*r.Rounds >= r.Wanted))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// doubt says why the figures may not be trusted.
func (r Result) doubt() string {
	switch {
	case r.Rounds == 0:
		return fmt.Sprintf(": %d on a busy machine, JUDGE NOTHING BY THEM", r.All)
	case r.All > r.Rounds:
		return fmt.Sprintf(": %d more, on a busy machine, do not count", r.All-r.Rounds)
	}
	return ""
}

// verdict compares with the goals, if what was measured is fit for that.
func (s Score) verdict(fit bool) string {
	var goals []string
	c := s.Contestant
	if c.Ratio > 0 {
		goals = append(goals, fmt.Sprintf("<= %gx", c.Ratio))
	}
	if c.Allocs > 0 {
		goals = append(goals, fmt.Sprintf("<= %g allocs", c.Allocs))
	}
	if len(goals) > 0 && !fit {
		return strings.Join(goals, ", ") + " not judged"
	}
	return judged(goals, s.Missed())
}

func judged(goals []string, missed bool) string {
	switch {
	case len(goals) == 0:
		return ""
	case missed:
		return strings.Join(goals, ", ") + " MISSED"
	}
	return strings.Join(goals, ", ") + " met"
}

// WriteWeights writes the table of a holding.
func WriteWeights(w io.Writer, h Holding, weights []Weight) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (bytes for one %s: heap, stack, above the floor)\n", h.Name, h.Unit)
	for _, weight := range weights {
		var goals []string
		if above := weight.Holder.Above; above > 0 {
			goals = append(goals, fmt.Sprintf("<= %g above", above))
		}
		fmt.Fprintf(&b, "  %-22s %9.0f %7.0f %13.0f  %s\n",
			weight.Holder.Name, weight.Heap, weight.Stack, weight.Above, judged(goals, weight.Missed()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
