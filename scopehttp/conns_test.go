package scopehttp_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

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
