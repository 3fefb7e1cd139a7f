package scopehttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
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

func TestNewConnectionsAreRefusedInTheDrain(t *testing.T) {
	g := newGate()
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, g), scopehttp.Linger(-1))
	late := w.goGet("/")
	<-g.entered
	done := w.shutdown()
	for {
		// The listener is closed a moment after the drain has begun.
		c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("Dial() = %v, want %v", err, syscall.ECONNREFUSED)
			}
			break
		}
		_ = c.Close()
	}
	close(g.leave)
	<-late
	w.client.CloseIdleConnections()
	mustBeNil(t, "Shutdown()", <-done)
}

// A rawConn speaks HTTP/1 by hand.
type rawConn struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (w *site) dial() *rawConn {
	w.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return &rawConn{c, w.t, bufio.NewReader(c)}
}

func (c *rawConn) send(lines string) {
	c.t.Helper()
	if _, err := io.WriteString(c, lines); err != nil {
		c.t.Errorf("Write() = %v, want nil", err)
	}
}

const getRoot = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func (c *rawConn) get() reply {
	c.t.Helper()
	c.send(getRoot)
	return c.reply()
}

func (c *rawConn) reply() reply {
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if resp.Close {
		resp.Header.Set("Connection", "close") // ReadResponse takes it out
	}
	return reply{resp.StatusCode, resp.Header, string(body), err}
}

// wantEnd waits until the server closes the connection.
func (c *rawConn) wantEnd() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Errorf("read %q, want the end of the connection", b)
	}
}

const unavailable = "503 Service Unavailable\n"

func wantRefusal(t *testing.T, r reply) {
	t.Helper()
	if r.String() != unavailable || r.header.Get("Connection") != "close" || r.header.Get("Retry-After") != "1" {
		t.Errorf("request in the drain = %q with %v, want %q, Connection: close and Retry-After: 1", r, r.header, unavailable)
	}
}

func TestRequestOnLiveConnectionIsRefusedAndClosesIt(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, echo("ok")), scopehttp.Linger(-1))
	used, silent := w.dial(), w.dial()
	if got := used.get().String(); got != "200 ok" {
		t.Errorf("GET / = %q, want %q", got, "200 ok")
	}
	w.want("/", "200 ok") // accepted after silent, which is open therefore
	w.client.CloseIdleConnections()
	done := w.shutdown()
	for _, c := range []*rawConn{used, silent} {
		wantRefusal(t, c.get())
		c.wantEnd()
	}
	mustBeNil(t, "Shutdown()", <-done)
}

// Clients that send as fast as they can, without a retry, learn of each request
// what became of it.
func TestNoRequestIsLostInADrainUnderLoad(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, echo("ok")), scopehttp.Linger(-1))
	var ready, clients sync.WaitGroup
	for range 16 {
		ready.Add(1)
		c := w.dial()
		clients.Go(func() {
			begun := sync.OnceFunc(ready.Done)
			for {
				got := c.get()
				begun()
				if got.String() != "200 ok" {
					wantRefusal(t, got)
					c.wantEnd()
					return
				}
			}
		})
	}
	ready.Wait()
	mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
	clients.Wait()
}

func TestRequestOnLiveHTTP2ConnectionIsRefused(t *testing.T) {
	for _, p := range protocols[2:] {
		t.Run(p.name, func(t *testing.T) {
			g := newGate()
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, g), scopehttp.Linger(-1))
			late := w.goGet("/")
			<-g.entered
			done := w.shutdown()
			w.want("/", unavailable)
			close(g.leave)
			if got := (<-late).String(); got != "200 late" {
				t.Errorf("GET / = %q, want %q", got, "200 late")
			}
			mustBeNil(t, "Shutdown()", <-done)
		})
	}
}

func TestIdleConnectionsAreClosedAfterTheLinger(t *testing.T) {
	for _, linger := range []time.Duration{0, time.Millisecond} {
		s := open(t)
		w := serve(t, protocols[0], s, scopehttp.Handler(s, echo("ok")), scopehttp.Linger(linger))
		used, silent := w.dial(), w.dial()
		used.get()
		began := time.Now()
		mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
		used.wantEnd()
		silent.wantEnd()
		// http.Server.Shutdown alone takes more than five for the silent one.
		if d := time.Since(began); d > 4*time.Second {
			t.Errorf("Shutdown() with Linger(%v) took %v, want no more than a moment", linger, d)
		}
	}
}

func TestLingerEndsWithTheLastConnection(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, echo("ok")), scopehttp.Linger(never))
			w.want("/", "200 ok")
			done := w.shutdown()
			w.client.CloseIdleConnections()
			mustBeNil(t, "Shutdown()", <-done)
		})
	}
}

func TestLingerEndsWithTheDrainTime(t *testing.T) {
	s := open(t, scope.WithTimeouts(scope.Timeouts{Drain: time.Millisecond, Cancel: never}))
	w := serve(t, protocols[0], s, scopehttp.Handler(s, echo("ok")), scopehttp.Linger(-1))
	c := w.dial()
	c.get()
	mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
	c.wantEnd()
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
