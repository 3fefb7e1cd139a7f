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
	return func(ctx context.Context, yield func(T, error) bool) {
		stage := slog.String("stream", name)
		values, failures := 0, 0
		Tap(src, Observer[T]{
			OnStart: func() { logger.LogAttrs(ctx, slog.LevelDebug, "stream: start", stage) },
			OnValue: func(v T) {
				values++
				if logger.Enabled(ctx, slog.LevelDebug) {
					logger.LogAttrs(ctx, slog.LevelDebug, "stream: value", stage, slog.Any("value", v))
				}
			},
			OnError: func(err error) {
				failures++
				logger.LogAttrs(ctx, slog.LevelWarn, "stream: error", stage, slog.Any("error", err))
			},
			OnEnd: func(cause error) {
				attrs := []slog.Attr{stage, slog.Int("values", values), slog.Int("errors", failures)}
				if cause != nil {
					attrs = append(attrs, slog.Any("cause", cause))
				}
				logger.LogAttrs(ctx, slog.LevelDebug, "stream: end", attrs...)
			},
		})(ctx, yield)
	}
}
