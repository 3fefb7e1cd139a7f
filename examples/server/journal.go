package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A journal is the database of the server itself: it keeps the summaries.
type journal struct{ db *sql.DB }

func openJournal(ctx context.Context, s *scope.Scope, file string) (*journal, error) {
	db, err := openDB(ctx, s, file, `
		CREATE TABLE IF NOT EXISTS summaries (at INTEGER NOT NULL, path TEXT NOT NULL, task TEXT NOT NULL, failures INTEGER NOT NULL)`)
	if err != nil {
		return nil, err
	}
	return &journal{db}, nil
}

// add keeps a summary, one row a kind.
func (j *journal) add(ctx context.Context, sum summary) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("keeping a summary: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	at := time.Now().UnixMilli()
	for k, t := range sum.kinds {
		if _, err := tx.ExecContext(ctx, `INSERT INTO summaries VALUES (?, ?, ?, ?)`, at, k.path, k.task, t.n); err != nil {
			return fmt.Errorf("keeping a summary: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keeping a summary: %w", err)
	}
	return nil
}
