package sink

import (
	"context"
	"log/slog"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// Slog returns a sink that logs each error at level. The message is always the
// same, "scope: task failed", and what is known of the failure stands beside
// it as attributes, as [scope.TaskError.LogValue] lists them.
//
// An error goes up if the logger is not enabled for level, for it would not be
// logged. If the handler fails, both the error and the failure go up. Slog
// panics if logger is nil.
func Slog(logger *slog.Logger, level slog.Level) scope.ErrorSink {
	if logger == nil {
		panic("sink: Slog: logger is nil")
	}
	return scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
		if !logger.Enabled(ctx, level) {
			scope.Escalate(ctx, e)
			return
		}
		r := slog.NewRecord(time.Now(), level, "scope: task failed", 0)
		r.AddAttrs(e.LogValue().Group()...)
		// Logger itself would keep the error of its handler to itself.
		if err := logger.Handler().Handle(ctx, r); err != nil {
			defer escalateBreak(held{ctx, e}, err)
			scope.Escalate(ctx, e)
		}
	})
}
