package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
	"github.com/rxscope/rxscope/stream"
)

var errBoom = errors.New("boom")

func TestSummaryComesOncePerMinuteAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		errs := sink.NewErrorStream(10)
		tell := func(at time.Duration, path, task string) {
			time.AfterFunc(at, func() {
				errs.HandleError(t.Context(), &scope.TaskError{Path: path, Task: task, Err: errBoom})
			})
		}
		tell(1*time.Second, "/b", "import")
		tell(2*time.Second, "/a", "import")
		tell(59*time.Second, "/b", "import")
		tell(61*time.Second, "/b", "import")
		// Nothing fails in the third and the fourth minute.
		tell(241*time.Second, "/a", "rollup")
		time.AfterFunc(250*time.Second, errs.Close)

		type told struct {
			at   time.Duration
			text string
		}
		var got []told
		ticker := time.NewTicker(time.Minute)
		defer ticker.Stop()
		for sum, err := range summaries(errs.Stream(), stream.FromChan(ticker.C)).All(t.Context()) {
			if err != nil {
				t.Errorf("event %v, want summaries only", err)
			}
			got = append(got, told{time.Since(start), sum.String()})
			if sum.last {
				break
			}
		}
		want := []told{
			{60 * time.Second, "/a import: 1 (boom); /b import: 2 (boom)"},
			{120 * time.Second, "/b import: 1 (boom)"},
			{250 * time.Second, "/a rollup: 1 (boom)"},
		}
		if len(got) != len(want) {
			t.Fatalf("summaries = %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("summary %d = %v, want %v", i, got[i], want[i])
			}
		}
	})
}

func TestLastSummaryTellsOfNothingTwice(t *testing.T) {
	e := &scope.TaskError{Path: "/a", Err: errBoom}
	ended := summary{}.count(e).end()
	if got := ended.endLast(); got.String() != "none" || !got.last {
		t.Errorf("endLast() = %v, %v, want none and the last", got, got.last)
	}
	if got := ended.count(e).endLast().String(); got != "/a : 1 (boom)" {
		t.Errorf("endLast() = %q, want the failure since the end", got)
	}
}

func TestSummariesAreKeptInTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "test")
		shut(t, s)
		j, err := openJournal(t.Context(), s, t.TempDir()+"/journal.db")
		if err != nil {
			t.Fatal(err)
		}
		errs := sink.NewErrorStream(10)
		reader := scope.Go(t.Context(), s, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, summarise(ctx, errs.Stream(), j)
		})
		for range 3 {
			errs.HandleError(t.Context(), &scope.TaskError{Path: "/a", Task: "import", Err: errBoom})
		}
		time.Sleep(90 * time.Second)
		errs.HandleError(t.Context(), &scope.TaskError{Path: "/b", Task: "rollup", Err: errBoom})
		synctest.Wait() // it reads
		errs.Close()
		if _, err := reader.Wait(t.Context()); err != nil {
			t.Errorf("summarise() = %v, want nil", err)
		}
		want := []string{"/a import 3", "/b rollup 1"}
		if got := texts(t, j.db, `SELECT path || ' ' || task || ' ' || failures FROM summaries ORDER BY rowid`); !slices.Equal(got, want) {
			t.Errorf("summaries = %q, want %q", got, want)
		}
	})
}
