package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/rxscope/rxscope/scope"
)

// openDB opens a SQLite file that s owns: it is closed when all that runs in s
// and below has ended, so nobody finds it closed.
func openDB(ctx context.Context, s *scope.Scope, file, schema string) (*sql.DB, error) {
	path := (&url.URL{Path: file}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	name := filepath.Base(file)
	s.Defer(name, func(context.Context) error {
		slog.Info("closing", "database", name)
		return db.Close()
	})
	db.SetMaxOpenConns(1) // SQLite has one writer; the wait for it ends with ctx
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	return db, nil
}

// A note is what an application keeps.
type note struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	Text   string    `json:"text"`
}

// A store is the database of one application.
type store struct{ db *sql.DB }

func openStore(ctx context.Context, s *scope.Scope, file string) (*store, error) {
	db, err := openDB(ctx, s, file, `
		CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL);
		CREATE TABLE IF NOT EXISTS heartbeats (at INTEGER NOT NULL);
		CREATE TABLE IF NOT EXISTS rollups (at INTEGER NOT NULL, source TEXT NOT NULL, notes INTEGER NOT NULL)`)
	if err != nil {
		return nil, err
	}
	return &store{db}, nil
}

// add keeps a note and returns its ID.
func (st *store) add(ctx context.Context, source, text string) (int64, error) {
	res, err := st.db.ExecContext(ctx, `INSERT INTO notes (at, source, text) VALUES (?, ?, ?)`,
		time.Now().UnixMilli(), source, text)
	if err != nil {
		return 0, fmt.Errorf("adding a note: %w", err)
	}
	return res.LastInsertId()
}

// latest returns up to n notes, the newest first.
func (st *store) latest(ctx context.Context, n int) ([]note, error) {
	rows, err := st.db.QueryContext(ctx, `SELECT id, at, source, text FROM notes ORDER BY id DESC LIMIT ?`, n)
	if err != nil {
		return nil, fmt.Errorf("reading notes: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	notes := []note{}
	for rows.Next() {
		var n note
		var at int64
		if err := rows.Scan(&n.ID, &at, &n.Source, &n.Text); err != nil {
			return nil, fmt.Errorf("reading notes: %w", err)
		}
		n.At = time.UnixMilli(at).UTC()
		notes = append(notes, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading notes: %w", err)
	}
	return notes, nil
}

// heartbeat writes down that the application is alive.
func (st *store) heartbeat(ctx context.Context) error {
	if _, err := st.db.ExecContext(ctx, `INSERT INTO heartbeats VALUES (?)`, time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("writing a heartbeat: %w", err)
	}
	return nil
}

// rollUp writes down how many notes there are of each source.
func (st *store) rollUp(ctx context.Context) error {
	_, err := st.db.ExecContext(ctx, `INSERT INTO rollups SELECT ?, source, count(*) FROM notes GROUP BY source`,
		time.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("rolling up: %w", err)
	}
	return nil
}
