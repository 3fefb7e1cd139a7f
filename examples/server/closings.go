package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rxscope/rxscope/scope"
)

// closings logs the end of each scope in a shutdown, in order. What took its
// time, or was waited for, is in the report of Main.
var closings = &scope.Hooks{
	ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
		// Scopes within a task, such as an attempt to import, come and go; those
		// have other causes.
		c, ok := errors.AsType[*scope.Cancelled](step.Cause)
		if ok && c.By == "Shutdown" && step.State == scope.StateClosed {
			slog.Info("closed", "scope", s.Path())
		}
	},
}
