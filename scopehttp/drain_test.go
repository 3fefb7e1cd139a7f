package scopehttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func TestRunningRequestEndsInTheDrain(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			g := newGate()
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, g), scopehttp.Linger(0), scopehttp.AnswerTime(0))
			late := w.goGet("/")
			ctx := <-g.entered
			waits := make(chan scope.Waiting)
			defer s.Hook(&scope.Hooks{WaitsAfter: time.Millisecond, ScopeWaits: func(_ context.Context, _ *scope.Scope, w scope.Waiting) {
				select {
				case waits <- w:
				default:
				}
			}})()
			done := w.shutdown()
			<-scope.Draining(ctx)
			waitForStack(t, "http.(*Server).Shutdown")
			if got := (<-waits).Names; !slices.Contains(got, "http") || !slices.Contains(got, "GET") {
				t.Errorf("the scope waits for %q, want the server and the request", got)
			}
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

// A server that no Handler is part of drains all the same.
func TestRequestOfNoHandlerEndsInTheDrain(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			g := newGate()
			w := serve(t, p, open(t), g, scopehttp.Linger(0))
			late := w.goGet("/")
			ctx := <-g.entered
			done := w.shutdown()
			<-scope.Draining(ctx)
			close(g.leave)
			if got := (<-late).String(); got != "200 late" {
				t.Errorf("GET / = %q, want %q", got, "200 late")
			}
			mustBeNil(t, "Shutdown()", <-done)
		})
	}
}

func TestRequestMayAnswerAfterTheEndOfItsContext(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t, scope.WithTimeouts(scope.Timeouts{Drain: time.Millisecond, Cancel: never}))
			entered := make(chan struct{})
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(entered)
				<-r.Context().Done()
				var c *scope.Cancelled
				if err := context.Cause(r.Context()); !errors.As(err, &c) || c.By != "Shutdown" {
					t.Errorf("Cause() = %v, want a *Cancelled by Shutdown", err)
				}
				_, _ = io.WriteString(w, "cut")
			})), scopehttp.AnswerTime(never))
			cut := w.goGet("/")
			<-entered
			mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
			if got := (<-cut).String(); got != "200 cut" {
				t.Errorf("GET / = %q, want %q", got, "200 cut")
			}
		})
	}
}

// The contexts of requests end with the scope, also of requests that are no
// tasks.
func TestContextOfARequestOfNoHandlerEndsWithTheScope(t *testing.T) {
	s := open(t)
	entered, left := make(chan struct{}), make(chan error, 1)
	w := serve(t, protocols[0], s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := scope.Current(r.Context()); got != s {
			t.Errorf("Current() = %v, want the scope of the server", got)
		}
		close(entered)
		<-r.Context().Done()
		left <- context.Cause(r.Context())
	}))
	w.goGet("/")
	<-entered
	s.Cancel(errBoom)
	if err := <-left; !errors.Is(err, errBoom) {
		t.Errorf("Cause() = %v, want %v", err, errBoom)
	}
}

func TestBlockedReadEndsWithTheConnections(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t)
			entered, read := make(chan struct{}), make(chan error, 1)
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(entered)
				_, err := io.ReadAll(r.Body)
				read <- err
			})))
			body, feed := io.Pipe()
			defer func() { _ = feed.Close() }()
			go func() {
				if resp, err := w.client.Post(w.url, "text/plain", body); err == nil {
					_ = resp.Body.Close()
				}
			}()
			<-entered
			mustBeNil(t, "Close()", s.Close())
			if err := <-read; err == nil {
				t.Error("read of the body = nil, want an error")
			}
		})
	}
}

func TestDeafHandlerIsNamedAndShutdownEnds(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			g := newGate()
			s := open(t, scope.WithTimeouts(scope.Timeouts{Drain: time.Millisecond, Cancel: 500 * time.Millisecond}))
			mux := http.NewServeMux()
			mux.Handle("GET /deaf/{id}", g)
			w := serve(t, p, s, scopehttp.Handler(s, mux), scopehttp.AnswerTime(0))
			lost := w.goGet("/deaf/7")
			<-g.entered
			err := s.Shutdown(t.Context())
			stuck, ok := errors.AsType[*scope.StuckError](err)
			if !ok || stuck.Path != "/web" || len(stuck.Tasks) != 1 || stuck.Tasks[0].Name != "GET /deaf/{id}" {
				t.Fatalf("Shutdown() = %v, want task %q of %q stuck alone", err, "GET /deaf/{id}", "/web")
			}
			if len(stuck.Stacks) == 0 || !strings.Contains(stuck.Stacks[0].Text, "(*gate).wait") {
				t.Errorf("stacks = %v, want that of the handler", stuck.Stacks)
			}
			if got := <-lost; got.err == nil {
				t.Errorf("GET /deaf/7 = %q, want an error", got)
			}
			close(g.leave)
		})
	}
}

func TestServerOutlivesTheScopesOfItsHandlers(t *testing.T) {
	g := newGate()
	root := open(t)
	app := root.Child("app")
	base := make(chan context.Context, 1)
	mux := http.NewServeMux()
	mux.Handle("/app/", scopehttp.Handler(app, g))
	w := serve(t, protocols[0], root, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base <- r.Context()
		mux.ServeHTTP(w, r)
	}))
	app.Defer("check", func(context.Context) error { return root.Context().Err() })
	late := w.goGet("/app/x")
	ctx := <-g.entered
	if got := scope.Current(ctx); got != app {
		t.Errorf("Current() = %v, want the scope of the handler", got)
	}
	done := w.shutdown()
	<-scope.Draining(ctx)
	mustBeNil(t, "Err() of the connection's context", (<-base).Err())
	close(g.leave)
	if got := (<-late).String(); got != "200 late" {
		t.Errorf("GET /app/x = %q, want %q", got, "200 late")
	}
	mustBeNil(t, "Shutdown()", <-done)
}

func TestOneApplicationEndsWhileTheServerGoesOn(t *testing.T) {
	root := open(t)
	a, b := root.Child("a"), root.Child("b")
	mux := http.NewServeMux()
	mux.Handle("/a/", scopehttp.Handler(a, echo("a")))
	mux.Handle("/b/", scopehttp.Handler(b, echo("b")))
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			w := serve(t, p, root, mux)
			mustBeNil(t, "Close()", a.Close())
			w.want("/a/", unavailable)
			w.want("/b/", "200 b")
		})
	}
}
