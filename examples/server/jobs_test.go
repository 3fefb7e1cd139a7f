package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestImportGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed []*scope.TaskError
		s := scope.New(t.Context(), "test", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			failed = append(failed, e)
		})))
		st := newStore(t, s)
		if err := startJobs(t.Context(), s.Child("background"), st); err != nil {
			t.Fatal(err)
		}
		// Three notes take 1.2 s, and the back-off is 150 ms at most.
		time.Sleep(2*1350*time.Millisecond + 10*time.Millisecond)
		want := []string{"news 1", "news 2", "news 3", "news 5", "news 6", "news 7", "news 9"}
		if got := texts(t, st.db, `SELECT text FROM notes WHERE source = 'import' ORDER BY id`); !slices.Equal(got, want) {
			t.Errorf("imported %q, want %q", got, want)
		}
		start := time.Now()
		if err := s.Shutdown(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("Shutdown() = %v after %v, want nil at once", err, time.Since(start))
		}
		if len(failed) != 2 {
			t.Fatalf("%d failures told, want 2", len(failed))
		}
		for i, e := range failed {
			if e.Path != "/test/background" || e.Task != "import" || e.Attempt != i+1 || !errors.Is(e, errFeedDown) {
				t.Errorf("failure %d = %v, attempt %d, want that of the feed", i, e, e.Attempt)
			}
		}
	})
}

func TestTimersBeginAtOnceAndEndWithTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "test")
		st := newStore(t, s)
		if _, err := st.add(t.Context(), "http", "hello"); err != nil {
			t.Fatal(err)
		}
		timers := s.Child("timers")
		if err := startTimers(t.Context(), timers, st); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4100 * time.Millisecond)
		start := time.Now()
		if err := timers.Shutdown(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("Shutdown() = %v after %v, want nil at once", err, time.Since(start))
		}
		// Heartbeats at 0, 0.5 s, ... 4 s; roll-ups at 2 s and 4 s.
		want := []string{"heartbeats 9", "rollups 2"}
		got := texts(t, st.db, `SELECT 'heartbeats ' || count(*) FROM heartbeats UNION SELECT 'rollups ' || count(*) FROM rollups ORDER BY 1`)
		if !slices.Equal(got, want) {
			t.Errorf("written down %q, want %q", got, want)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
}
