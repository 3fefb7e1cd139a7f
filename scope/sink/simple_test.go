package sink_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

// texts returns what the sink was told, without the times.
func (s *told) texts() string {
	var all []string
	for _, e := range s.all() {
		all = append(all, e.Error())
	}
	return strings.Join(all, "; ")
}

func TestTeeTellsTheOthersWhenSomeBreak(t *testing.T) {
	const (
		boom  = "/up/s: boom"
		crash = "/up/s: sink: in an error sink: panic: crash"
		gone  = "/up/s: sink: in an error sink: scope: left by runtime.Goexit"
		exit  = "/up/s: scope: in the error sink: scope: left by runtime.Goexit"
	)
	p, x := scope.SinkFunc(panics), scope.SinkFunc(exits)
	for name, tt := range map[string]struct {
		broken [2]scope.ErrorSink
		want   string
	}{
		"one panics":        {[2]scope.ErrorSink{p, sink.Discard()}, boom + "; " + crash},
		"two panic":         {[2]scope.ErrorSink{p, p}, boom + "; " + crash + "; " + crash},
		"one exits":         {[2]scope.ErrorSink{x, sink.Discard()}, boom + "; " + exit},
		"two exit":          {[2]scope.ErrorSink{x, x}, gone + "; " + boom + "; " + exit},
		"panic, then exit":  {[2]scope.ErrorSink{p, x}, crash + "; " + boom + "; " + exit},
		"exit, then panics": {[2]scope.ErrorSink{x, p}, crash + "; " + boom + "; " + exit},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up, a, b, c := newTold(), newTold(), newTold(), newTold()
				top := scope.New(t.Context(), "up", scope.WithSink(up))
				s := top.Child("s", scope.WithSink(sink.Tee(a, tt.broken[0], b, tt.broken[1], c)))
				mustGo(t, s, fail(errBoom))
				mustClose(t, top)
				for i, told := range []*told{a, b, c} {
					if got := told.texts(); got != boom {
						t.Errorf("sink %d was told %q, want %q", i, got, boom)
					}
				}
				if got := up.texts(); got != tt.want {
					t.Errorf("up was told\n\t%s\nwant\n\t%s", got, tt.want)
				}
			})
		})
	}
}

func TestPanicOfATeedSinkKeepsItsStack(t *testing.T) {
	up := sink.Collect(10)
	top := scope.New(t.Context(), "top", scope.WithSink(up))
	s := top.Child("s", scope.WithSink(sink.Tee(scope.SinkFunc(panics), sink.Discard())))
	s.Report(t.Context(), errBoom)
	mustClose(t, top)
	p, ok := errors.AsType[*scope.PanicError](up.Err())
	if !ok || !strings.Contains(string(p.Stack), "sink_test.panics") {
		t.Errorf("Err() = %v, want the panic with the stack of where it happened", up.Err())
	}
	if !errors.Is(up.Err(), errCrash) || !errors.Is(up.Err(), errBoom) {
		t.Errorf("Err() = %v, want both errors", up.Err())
	}
}

func TestTeeOfNothingAndFilterWithoutElseHandUp(t *testing.T) {
	up := sink.Collect(10)
	top := scope.New(t.Context(), "top", scope.WithSink(up))
	boom := func(e *scope.TaskError) bool { return errors.Is(e, errBoom) }
	d := sink.Discard()
	for _, s := range []scope.ErrorSink{sink.Tee(), sink.Filter(boom, d, nil), sink.Escalate()} {
		c := top.Child("c", scope.WithSink(s))
		c.Report(t.Context(), errCrash)
		c.Report(t.Context(), errBoom)
		mustClose(t, c)
	}
	mustClose(t, top)
	if n := len(up.Errors()); n != 5 || d.Discarded() != 1 {
		t.Errorf("%d went up and %d were dropped, want 5 and 1", n, d.Discarded())
	}
}

func TestCollectKeepsTheFirstAndHandsUpTheRest(t *testing.T) {
	up, c := newTold(), sink.Collect(2)
	if c.Err() != nil || len(c.Errors()) != 0 {
		t.Errorf("Err() = %v before the first error", c.Err())
	}
	top := scope.New(t.Context(), "top", scope.WithSink(up))
	s := top.Child("s", scope.WithSink(c))
	report(s, 1, 1)
	if err := c.Err(); err == nil || err != error(c.Errors()[0]) { //nolint:errorlint // the error itself
		t.Errorf("Err() = %v, want the one error itself", err)
	}
	report(s, 2, 4)
	mustClose(t, top)
	c.Errors()[0] = nil // the caller's own
	if got := c.Err().Error(); got != "/top/s: e1\n/top/s: e2" {
		t.Errorf("Err() = %q", got)
	}
	if got := up.texts(); got != "/top/s: e3; /top/s: e4" {
		t.Errorf("up was told %q, want e3 and e4", got)
	}
}

// A deafHandler fails on every record.
type deafHandler struct{ slog.Handler }

func (deafHandler) Handle(context.Context, slog.Record) error { return errCrash }

func TestSlogHandsUpWhatIsNotLogged(t *testing.T) {
	var b bytes.Buffer
	h := slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelWarn})
	up := newTold()
	top := scope.New(t.Context(), "top", scope.WithSink(up))
	for _, s := range []scope.ErrorSink{
		sink.Slog(slog.New(h), slog.LevelError),
		sink.Slog(slog.New(h), slog.LevelInfo),
		sink.Slog(slog.New(deafHandler{h}), slog.LevelError),
	} {
		c := top.Child("c", scope.WithSink(s))
		c.Report(t.Context(), errBoom)
		mustClose(t, c)
	}
	mustClose(t, top)
	if _, got, _ := strings.Cut(b.String(), " "); got != "level=ERROR msg=\"scope: task failed\" path=/top/c error=boom\n" {
		t.Errorf("log: %q", got)
	}
	if got := up.texts(); got != "/top/c: boom; /top/c: boom; /top/c: sink: in an error sink: crash" {
		t.Errorf("up was told %q", got)
	}
}
