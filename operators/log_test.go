package operators_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// logged returns the lines that a run of apply logs at level and above.
func logged(t *testing.T, level slog.Level, run func(logger *slog.Logger)) []string {
	t.Helper()
	var out bytes.Buffer
	run(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestLogTellsOfEverything(t *testing.T) {
	var ctxs []context.Context
	got := logged(t, slog.LevelDebug, func(logger *slog.Logger) {
		s := operators.Log(every(0, 1, errBoom, 2), slog.New(&seeing{logger.Handler(), &ctxs}), "jobs")
		collect(t, t.Context(), s)
		consume(t, t.Context(), s, 0, leavings[0])
	})
	want := `level=DEBUG msg="stream: start" stream=jobs
level=DEBUG msg="stream: value" stream=jobs value=1
level=WARN msg="stream: error" stream=jobs error=boom
level=DEBUG msg="stream: value" stream=jobs value=2
level=DEBUG msg="stream: end" stream=jobs values=2 errors=1
level=DEBUG msg="stream: start" stream=jobs
level=DEBUG msg="stream: value" stream=jobs value=1
level=DEBUG msg="stream: end" stream=jobs values=1 errors=0 cause="operators: consumer stopped"`
	if fmt.Sprint(got) != fmt.Sprint(strings.Split(want, "\n")) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	for _, ctx := range ctxs {
		if ctx != t.Context() {
			t.Error("a record came with a context other than the run's")
		}
	}
}

// seeing is a handler that notes the contexts it is given.
type seeing struct {
	slog.Handler
	ctxs *[]context.Context
}

func (h *seeing) Handle(ctx context.Context, r slog.Record) error {
	*h.ctxs = append(*h.ctxs, ctx)
	return h.Handler.Handle(ctx, r)
}

func TestLogAtWarningsShowsTheErrorsAlone(t *testing.T) {
	got := logged(t, slog.LevelInfo, func(logger *slog.Logger) {
		collect(t, t.Context(), operators.Log[int](every(0, 1, stream.Fatal(errBoom)), logger, "jobs"))
	})
	if want := `[level=WARN msg="stream: error" stream=jobs error=boom]`; fmt.Sprint(got) != want {
		t.Errorf("logged %v, want %v", got, want)
	}
}
