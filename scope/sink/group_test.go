package sink_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

func group10(top *scope.Scope, next scope.ErrorSink) scope.ErrorSink {
	return sink.Group(top, 10*time.Second, next)
}

func (s *told) grouped(t *testing.T, i int) *sink.Grouped {
	t.Helper()
	g, ok := errors.AsType[*sink.Grouped](s.all()[i])
	if !ok {
		t.Fatalf("next was told %v, want a *Grouped", s.all()[i])
	}
	return g
}

func TestGroupTellsOfEachKindOnceWhenTheWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, group10)
		start := time.Now()
		other := leaf.Child("other")
		time.Sleep(time.Second)
		report(leaf, 1, 2) // opens a window until 11s
		time.Sleep(time.Second)
		leaf.Report(t.Context(), &fs.PathError{Op: "open", Path: "x", Err: errBoom})
		report(other, 3, 3)
		time.Sleep(5 * time.Second)
		report(leaf, 4, 4)
		time.Sleep(23 * time.Second)
		report(leaf, 5, 5) // until 40s
		time.Sleep(time.Hour)
		mustClose(t, top)
		next.want(t, "next",
			"11s /top/leaf: 3 times in 6s, the last: e4",
			"11s /top/leaf: open x: boom",
			"11s /top/leaf/other: e3",
			"40s /top/leaf: e5",
		)
		g := next.grouped(t, 0)
		if g.Path != "/top/leaf" || g.Shape != "*errors.errorString" ||
			g.Count != 3 || g.First.Err.Error() != "e1" || g.Last.Err.Error() != "e4" ||
			g.Began != start.Add(time.Second) || g.Ended != start.Add(7*time.Second) {
			t.Errorf("Grouped = %+v", *g)
		}
		if g := next.grouped(t, 1); g.Shape != "*fs.PathError > *errors.errorString" || !errors.Is(g, errBoom) {
			t.Errorf("Grouped = %+v", *g)
		}
	})
}

func TestGroupTellsSitesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, group10)
		for range 3 {
			mustGo(t, leaf, func(context.Context) error { return errBoom })
			mustGo(t, leaf, func(context.Context) error { return errCrash })
		}
		time.Sleep(time.Minute)
		mustClose(t, top)
		if len(next.all()) != 2 {
			t.Fatalf("next was told %q, want two groups", next.texts())
		}
		a, b := next.grouped(t, 0), next.grouped(t, 1)
		if a.Count != 3 || b.Count != 3 || a.Site == b.Site || next.all()[0].Site != a.Site {
			t.Errorf("groups %+v and %+v, want 3 of each site", *a, *b)
		}
		if !errors.Is(a, a.First) || errors.Is(a, errBoom) == errors.Is(a, errCrash) {
			t.Errorf("%v holds both errors", a)
		}
	})
}

func TestGroupTellsAllWhenItsScopeHasClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, group10)
		report(leaf, 1, 2)
		mustGo(t, leaf, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(20 * time.Second) // no window ends while the scope closes
			return errBoom
		})
		synctest.Wait()
		mustClose(t, top)
		next.want(t, "next", "20s /top/leaf: 2 times in 0s, the last: e2", "20s /top/leaf: boom")
	})
}

func TestGroupTellsOfTheKindLongestSilentToMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, group10)
		say := func(i int) {
			leaf.Report(t.Context(), &scope.TaskError{Path: fmt.Sprintf("/p%d", i), Err: errBoom})
		}
		for i := range 256 {
			say(i)
		}
		say(0) // 1 is the one silent for longest now
		if n := len(next.all()); n != 0 {
			t.Fatalf("next was told of %d errors before the window ended", n)
		}
		say(256)
		say(1)
		next.want(t, "next", "0s /p1: boom", "0s /p2: boom")
		mustClose(t, top)
		if n, breaks := next.sum(); n != 259 || breaks != 0 {
			t.Errorf("next was told of %d errors, want 259", n)
		}
	})
}

// An odd error has itself for its cause.
type odd struct{}

func (odd) Error() string { return "odd" }
func (odd) Unwrap() error { return odd{} }

func TestGroupStandsErrorsThatMisbehave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := newTold()
		top, leaf := pair(t, next, group10)
		many := make([]error, 1000)
		for i := range many {
			many[i] = errBoom
		}
		leaf.Report(t.Context(), odd{})
		leaf.Report(t.Context(), errors.Join(many...))
		leaf.Report(t.Context(), (*fs.PathError)(nil))
		leaf.Report(t.Context(), errors.Join(errBoom, odd2{}))
		time.Sleep(time.Minute)
		mustClose(t, top)
		for i, want := range []string{
			strings.Repeat("sink_test.odd > ", 16) + "...",
			"*errors.joinError > (" + strings.Repeat("*errors.errorString, ", 15) + "...)",
			"*fs.PathError",
			"*errors.joinError > (*errors.errorString, sink_test.odd2)",
		} {
			if got := next.grouped(t, i).Shape; got != want {
				t.Errorf("shape %q, want %q", got, want)
			}
		}
	})
}

type odd2 struct{}

func (odd2) Error() string   { return "odd2" }
func (odd2) Unwrap() []error { return nil }
