package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
)

func TestReportPrintsTheRowsAskedFor(t *testing.T) {
	var b strings.Builder
	if err := run(&b, []string{"-rows", "^open$", "-rounds", "1", "-slice", "1ms", "-patience", "0s"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nopen (for one scope; ", "  Child "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "spawn") {
		t.Errorf("the report has rows nobody asked for:\n%s", b.String())
	}
}

func TestReportPrintsTheHoldingsAskedFor(t *testing.T) {
	hold := func(n int) func() int { return func() int { return n } }
	nothing := duel.Holding{Name: "nothing", Unit: "thing", N: 1, Holders: []duel.Holder{{Name: "nobody", Hold: hold}}}
	var b strings.Builder
	err := report(&b, regexp.MustCompile("nothing"), duel.Plan{Rounds: 1}, nil, []duel.Holding{nothing})
	if err != nil {
		t.Fatal(err)
	}
	if want := "nothing (bytes for one thing"; !strings.Contains(b.String(), want) {
		t.Errorf("the report lacks %q:\n%s", want, b.String())
	}
}

func TestReportRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-rows", "("}, {"-rounds", "0"}, {"-slice", "0"}, {"-rows", "nosuchrow"}} {
		if err := run(new(strings.Builder), args); err == nil {
			t.Errorf("run(%q) = nil, want an error", args)
		}
	}
}
