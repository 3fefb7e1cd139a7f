package operators

import (
	"context"
	"log/slog"

	"github.com/rxscope/rxscope/stream"
)

// Log passes every event on as it is and logs it first, with the context of the
// run: the beginning, values and the end at [slog.LevelDebug], errors at
// [slog.LevelWarn], for they go on to the consumer who may well deal with them.
// Each record has the attribute stream, which is name; that of a value has
// value, that of an error has error, and that of the end has the numbers of
// values and errors, and the cause as [Observer].OnEnd is told it, if any. A
// level that is not enabled costs no allocation. Log panics if src or logger is
// nil.
//
// ReactiveX: log of Reactor; elsewhere a tap.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Log.svg
func Log[T any](src stream.Stream[T], logger *slog.Logger, name string) stream.Stream[T] {
	mustBe("Log", "src", src != nil)
	mustBe("Log", "logger", logger != nil)
	handler := logger.Handler()
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		l := eventLog{ctx: ctx, logger: logger, stage: slog.String("stream", name)}
		logger.LogAttrs(ctx, slog.LevelDebug, "stream: start", l.stage)
		returned := false
		defer func() { l.end(out.cause(returned)) }()
		src(ctx, func(v T, err error) bool {
			if err != nil {
				out.note(err)
				l.failure(err)
				return out.fail(err)
			}
			l.values++
			if handler.Enabled(ctx, slog.LevelDebug) {
				l.value(v)
			}
			return out.value(v)
		})
		returned = true
	}
}

// An eventLog logs the events of a run, and counts them.
type eventLog struct {
	ctx              context.Context
	logger           *slog.Logger
	stage            slog.Attr
	values, failures int
}

func (l *eventLog) value(v any) {
	l.logger.LogAttrs(l.ctx, slog.LevelDebug, "stream: value", l.stage, slog.Any("value", v))
}

func (l *eventLog) failure(err error) {
	l.failures++
	l.logger.LogAttrs(l.ctx, slog.LevelWarn, "stream: error", l.stage, slog.Any("error", err))
}

func (l *eventLog) end(cause error) {
	attrs := []slog.Attr{l.stage, slog.Int("values", l.values), slog.Int("errors", l.failures)}
	if cause != nil {
		attrs = append(attrs, slog.Any("cause", cause))
	}
	l.logger.LogAttrs(l.ctx, slog.LevelDebug, "stream: end", attrs...)
}
