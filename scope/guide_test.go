package scope_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// guideTree is the tree of docs/shutdown.md.
func guideTree(importer, request, slowly func(ctx context.Context) error) func(ctx context.Context, s *scope.Scope) error {
	return func(ctx context.Context, s *scope.Scope) error {
		s.Defer("log", slowly)
		app := s.Child("app")
		app.Defer("db", slowly)
		handlers := app.Child("handlers")
		if err := app.Go(ctx, importer, scope.Named("import")); err != nil {
			return err
		}
		if err := handlers.Go(ctx, request, scope.Named("request")); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
}

// TestGuideShowsTheReportOfMain holds docs/shutdown.md to what Main prints, and
// its drawing to the times of it.
func TestGuideShowsTheReportOfMain(t *testing.T) {
	late := func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(time.Second)
		return context.Cause(ctx)
	}
	never := func(context.Context) error { time.Sleep(time.Hour); return nil }
	for _, test := range []struct {
		name     string
		importer func(ctx context.Context) error
		status   int
		want     string
	}{
		{"cancelled", late, 0, `
server: terminated: shutting down
server: +2s /server/app/handlers is still draining: waiting for 1 task (request), for 2s
server: +3s /server/app/handlers closed: 3s to drain
server: +4s /server/app is still draining: waiting for 1 task (import), for 4s
server: +6s /server/app is still draining: waiting for 1 task (import), for 6s
server: +8s /server/app is still draining: waiting for 1 task (import), for 8s
server: +10s /server/app is still draining: waiting for 1 task (import), for 10s
server: +12s /server/app is still draining: waiting for 1 task (import), for 12s
server: +15s /server/app closed: 3s for its scopes, 10s to drain, 1 task cancelled, 1s to end, 1s to release
server: +16s /server closed: 15s for its scopes, 1s to release
server: shut down in 16s
`},
		{"stuck", never, 3, `
server: +12s /server/app is still draining: waiting for 1 task (import), for 12s
server: +15s /server/app is still cancelling: waiting for 1 task (import), for 2s
server: +17s /server/app is still cancelling: waiting for 1 task (import), for 4s
server: +19s /server/app closed: 3s for its scopes, 10s to drain, 1 task cancelled, 5s to end, 1 abandoned, 1s to release
server: +20s /server closed: 19s for its scopes, 1s to release
server: shut down in 20s
server: scope /server/app: stuck: task "import" running for 1m18s
server:   1 goroutine here:
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				signals := make(chan os.Signal)
				sendAt(signals, time.Minute)
				request := func(context.Context) error { time.Sleep(time.Minute + 3*time.Second); return nil }
				slowly := func(context.Context) error { time.Sleep(time.Second); return nil }
				status := scope.Main("server", guideTree(test.importer, request, slowly),
					scope.WithSignals(signals), scope.WithReport(&out))
				if status != test.status || !strings.Contains("\n"+out.String(), test.want) {
					t.Errorf("Main() = %d, want %d, and reported:\n%s\nwant:\n%s", status, test.status, &out, test.want)
				}
				time.Sleep(time.Hour) // until nothing runs any more
			})
		})
	}
}
