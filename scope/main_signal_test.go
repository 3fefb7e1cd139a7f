package scope_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestMainReturnsTheStatusOfItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		quiet := []scope.Option{scope.WithReport(&out), scope.WithSignals(make(chan os.Signal))}
		if got := scope.Main("job", func(context.Context, *scope.Scope) error { return nil }, quiet...); got != 0 || out.String() != "" {
			t.Errorf("Main() = %d, %q, want 0 and no report", got, &out)
		}
		if got := scope.Main("job", func(context.Context, *scope.Scope) error { return errBoom }, quiet...); got != 1 || out.String() != "job: boom\n" {
			t.Errorf("Main() = %d, %q, want 1 and the error", got, &out)
		}
	})
}

// sendAt sends signals at the given times, counted from now.
func sendAt(ch chan<- os.Signal, at ...time.Duration) {
	for _, d := range at {
		time.AfterFunc(d, func() { ch <- syscall.SIGTERM })
	}
}

func TestMainShutsDownInOrderOnTheFirstSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		var out strings.Builder
		ch := make(chan os.Signal)
		sendAt(ch, time.Second)
		got := scope.Main("server", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s.Child("app"), finishing(d, "worker", 1900*time.Millisecond))
			mustGo(t, s, finishing(d, "pool", time.Second))
			<-ctx.Done()
			var sig *scope.SignalError
			if !errors.As(context.Cause(ctx), &sig) || sig.Signal != syscall.SIGTERM {
				t.Errorf("cause = %v, want the signal", context.Cause(ctx))
			}
			return ctx.Err()
		}, scope.WithSignals(ch), scope.WithReport(&out))
		if got != 0 {
			t.Errorf("Main() = %d, want 0", got)
		}
		d.wantSorted(t, "1s pool drains", "1s worker drains", "2s pool has finished", "2.9s worker has finished")
		want := `server: terminated: shutting down
server: +1.9s /server/app closed: 1.9s to drain
server: +1.9s /server closed: 1.9s for its scopes
server: shut down in 1.9s
`
		if out.String() != want {
			t.Errorf("report %s, want %s", &out, want)
		}
	})
}

func TestMainForcesOnTheSecondSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ch := make(chan os.Signal)
		stop := make(chan struct{})
		sendAt(ch, time.Second, 4*time.Second)
		start := time.Now()
		got := scope.Main("server", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, deaf(stop), scope.Named("deaf"))
			<-ctx.Done()
			return nil
		}, scope.WithSignals(ch), scope.WithReport(&out))
		if got != 128+15 {
			t.Errorf("Main() = %d, want 143", got)
		}
		if passed := time.Since(start); passed != 4100*time.Millisecond {
			t.Errorf("took %v, want 4.1s", passed)
		}
		for _, want := range []string{`stuck: task "deaf" running for 4.1s`, ".deaf."} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("report lacks %q:\n%s", want, &out)
			}
		}
		close(stop)
	})
}

func TestMainIsBoundInTimeAlsoWithAStuckBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ch := make(chan os.Signal)
		stop := make(chan struct{})
		sendAt(ch, time.Second)
		start := time.Now()
		got := scope.Main("server", func(context.Context, *scope.Scope) error { <-stop; return nil },
			scope.WithSignals(ch), scope.WithReport(&out), scope.WithShutdownTime(3*time.Second))
		if got != 3 {
			t.Errorf("Main() = %d, want 3", got)
		}
		if passed := time.Since(start); passed != 4200*time.Millisecond {
			t.Errorf("took %v, want 4.2s", passed)
		}
		if want := "stuck: the body of Run"; !strings.Contains(out.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, &out)
		}
		close(stop)
	})
}

func TestMainReportsErrorsWithTheirOwnText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		err := fmt.Errorf("loading %q: %w (after %w)", "cfg", errBoom, errCrash)
		got := scope.Main("job", func(context.Context, *scope.Scope) error { return err },
			scope.WithReport(&out), scope.WithSignals(make(chan os.Signal)))
		if want := "job: loading \"cfg\": boom (after crash)\n"; got != 1 || out.String() != want {
			t.Errorf("Main() = %d, %q, want 1, %q", got, &out, want)
		}
	})
}

func TestMainIgnoresAClosedSourceOfSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ch := make(chan os.Signal)
		close(ch)
		got := scope.Main("job", func(context.Context, *scope.Scope) error { time.Sleep(time.Second); return nil },
			scope.WithReport(&out), scope.WithSignals(ch))
		if got != 0 || out.String() != "" {
			t.Errorf("Main() = %d, %q, want 0 and no report", got, &out)
		}
	})
}

func TestMainReportsAnErrorWhoseMethodsPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		body := func(ctx context.Context, _ *scope.Scope) error { return broken(ctx) }
		got := scope.Main("job", body, scope.WithSignals(make(chan os.Signal)), scope.WithReport(&out))
		if got != 1 || out.String() != "job: <nil>\n" {
			t.Errorf("Main() = %d, %q, want 1 and what fmt prints", got, &out)
		}
	})
}

func TestMainNamesANilBody(t *testing.T) {
	if got := panicOf(func() { scope.Main("job", nil) }); got != "scope: Main: body is nil" {
		t.Errorf("panic %v, want the name of the argument", got)
	}
}
