package scopehttp_test

import (
	"testing"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func TestRunningRequestEndsInTheDrain(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			g := newGate()
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, g))
			late := w.goGet("/")
			ctx := <-g.entered
			done := w.shutdown()
			<-scope.Draining(ctx)
			if err := ctx.Err(); err != nil {
				t.Errorf("Err() of the request's context in the drain = %v, want nil", err)
			}
			close(g.leave)
			if got := (<-late).String(); got != "200 late" {
				t.Errorf("GET / = %q, want %q", got, "200 late")
			}
			mustBeNil(t, "Shutdown()", <-done)
		})
	}
}
