package scope_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestMainReportsTheShutdownWhileItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ch := make(chan os.Signal)
		stop := make(chan struct{})
		sendAt(ch, time.Second)
		status := scope.Main("server", func(ctx context.Context, s *scope.Scope) error {
			app := s.Child("app", scope.WithTimeouts(scope.Timeouts{Drain: 5 * time.Second, Cancel: 3 * time.Second, Release: time.Minute}))
			mustGo(t, app, deaf(stop), scope.Named("import"))
			mustGo(t, app, untilEnd)
			app.Defer("db", func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil })
			for i := range 3 {
				s.Child(fmt.Sprint("idle", i))
			}
			return untilEnd(ctx)
		}, scope.WithSignals(ch), scope.WithReport(&out))
		close(stop)
		if status != 3 {
			t.Errorf("Main() = %d, want 3", status)
		}
		report, _, _ := strings.Cut(out.String(), "  1 goroutine here")
		want := `server: terminated: shutting down
server: +2s /server/app is still draining: waiting for 2 tasks (import), for 2s
server: +4s /server/app is still draining: waiting for 2 tasks (import), for 4s
server: +7s /server/app is still cancelling: waiting for 1 task (import), for 2s
server: +9.5s /server/app closed: 5s to drain, 2 tasks cancelled, 3s to end, 1 abandoned, 1.5s to release
server: +9.5s /server closed: 9.5s for its scopes
server: shut down in 9.5s; 3 more scopes closed without waiting
server: scope /server/app: stuck: task "import" running for 9s
`
		if report, ok := strings.CutPrefix(report, want); !ok || report != "server: " {
			t.Errorf("report:\n%s\nwant:\n%s", &out, want)
		}
	})
}

func TestWaitingSaysForWhom(t *testing.T) {
	for want, w := range map[string]scope.Waiting{
		"waiting for nothing, for 0s": {},
		"waiting for 1 scope (/a), 2 tasks (b), the body of Run, for 1s": {
			For: time.Second, Scopes: 1, Tasks: 2, Body: true, Paths: []string{"/a"}, Names: []string{"b"},
		},
		"waiting for the release \"db\", for 1.235s": {For: 1234567890, Release: "db"},
	} {
		if got := w.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}
