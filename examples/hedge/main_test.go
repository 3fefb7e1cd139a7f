package main

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHedgedRequestsDoNotFailWherePlainOnesDo(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var out bytes.Buffer
	if err := run(t.Context(), &out, 200, 1); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(\d+) failed, (\d+) requests sent`).FindAllStringSubmatch(out.String(), -1)
	if len(found) != 2 {
		t.Fatalf("printed %q, want two lines", out.String())
	}
	number := func(i, j int) int { n, _ := strconv.Atoi(found[i][j]); return n }
	if number(0, 1) == 0 || number(1, 1) != 0 {
		t.Errorf("%d plain requests failed and %d hedged ones, want some and none", number(0, 1), number(1, 1))
	}
	if number(0, 2) != 200 || number(1, 2) <= 200 {
		t.Errorf("%d and %d requests were sent, want 200 and more", number(0, 2), number(1, 2))
	}
}

func TestQuantileOfTheLastDurations(t *testing.T) {
	r := recent{size: 10}
	if got, want := r.quantile(0.9), time.Second; got != want {
		t.Errorf("quantile of nothing %v, want %v", got, want)
	}
	for i := range time.Duration(25) {
		r.note(i)
	}
	for q, want := range map[float64]time.Duration{0: 15, 0.5: 20, 0.9: 24, 1: 24} {
		if got := r.quantile(q); got != want {
			t.Errorf("quantile(%v) = %v, want %v", q, got, want)
		}
	}
}
