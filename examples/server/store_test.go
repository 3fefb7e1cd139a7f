package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// newStore opens a store that s owns.
func newStore(t *testing.T, s *scope.Scope) *store {
	t.Helper()
	st, err := openStore(t.Context(), s, filepath.Join(t.TempDir(), "odd ?%#.db"))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// shut closes s at the end of the test.
func shut(t *testing.T, s *scope.Scope) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
}

// texts returns the one column that a query gives.
func texts(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLatestNotesComeFirst(t *testing.T) {
	s := scope.New(t.Context(), "test")
	shut(t, s)
	st := newStore(t, s)
	for _, text := range []string{"one", "two", "three"} {
		if _, err := st.add(t.Context(), "test", text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := st.latest(t.Context(), 2)
	if err != nil || len(got) != 2 || got[0].Text != "three" || got[1].Text != "two" || got[1].ID != 2 || got[0].Source != "test" {
		t.Errorf("latest(2) = %v, %v, want three and two", got, err)
	}
}

func TestHeartbeatAndRollUpAreWrittenDown(t *testing.T) {
	s := scope.New(t.Context(), "test")
	shut(t, s)
	st := newStore(t, s)
	for _, source := range []string{"http", "import", "http"} {
		if _, err := st.add(t.Context(), source, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.rollUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"heartbeats 1", "http 2", "import 1"}
	got := texts(t, st.db, `SELECT source || ' ' || notes FROM rollups UNION SELECT 'heartbeats ' || count(*) FROM heartbeats ORDER BY 1`)
	if !slices.Equal(got, want) {
		t.Errorf("written down %q, want %q", got, want)
	}
}

func TestStoreOutlivesItsUsers(t *testing.T) {
	s := scope.New(t.Context(), "test")
	st := newStore(t, s)
	user := s.Child("user")
	var added error
	err := user.Go(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		_, added = st.add(context.WithoutCancel(ctx), "user", "the last word")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if added != nil {
		t.Errorf("add() of the last user = %v, want nil", added)
	}
	if _, err := st.add(t.Context(), "test", "too late"); err == nil {
		t.Error("add() after the close of the scope = nil, want an error")
	}
}

func TestOpenSaysWhichFileFails(t *testing.T) {
	s := scope.New(t.Context(), "test")
	shut(t, s)
	if st, err := openStore(t.Context(), s, filepath.Join(t.TempDir(), "none", "a.db")); err == nil {
		t.Errorf("openStore() = %v, nil, want an error", st)
	}
}
