package main

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

// An app is one application of the server: a database, and three scopes of
// tasks that use it.
type app struct {
	scope    *scope.Scope
	handlers *scope.Scope // each request is a task of it
	store    *store
	prefix   string       // of the paths it serves
	handler  http.Handler // serves them
}

// openApp opens an application below root. If that fails, what has been opened
// is closed with root.
func openApp(ctx context.Context, root *scope.Scope, name, dir string) (*app, error) {
	s := root.Child(name)
	st, err := openStore(ctx, s, filepath.Join(dir, name+".db"))
	if err != nil {
		return nil, err
	}
	// These three close first, side by side, and then the database.
	handlers, timers, background := s.Child("handlers"), s.Child("timers"), s.Child("background")

	a := &app{scope: s, handlers: handlers, store: st, prefix: "/my" + name}
	a.handler = scopehttp.Handler(handlers, a.routes())
	s.Defer("count", func(context.Context) error {
		slog.Info("served", "app", name, "requests", a.accepted())
		return nil
	})
	if err := startTimers(ctx, timers, st); err != nil {
		return nil, err
	}
	return a, startJobs(ctx, background, st)
}

// accepted returns how many requests were not refused.
func (a *app) accepted() int64 { return a.handlers.Statistics().Started }
