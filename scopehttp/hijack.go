package scopehttp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/rxscope/rxscope/scope"
)

// A takenOver is the list of connections that handlers have taken over, of
// which package net/http knows nothing more.
type takenOver struct {
	scope  *scope.Scope
	closed chan struct{} // closed when all have been closed

	mu    sync.Mutex // guards what follows
	conns map[*conn]struct{}
	tied  bool // to the end of the scope
	over  bool // that has come
}

func newTakenOver(s *scope.Scope) *takenOver {
	return &takenOver{scope: s, closed: make(chan struct{}), conns: make(map[*conn]struct{})}
}

// watch returns w, so made that a connection which is taken over with it is
// entered in l.
func (l *takenOver) watch(w http.ResponseWriter) http.ResponseWriter {
	if !canHijack(w) {
		return w
	}
	return &writer{w, l}
}

// canHijack reports whether w, or one that it wraps, is an http.Hijacker.
func canHijack(w http.ResponseWriter) bool {
	for {
		if _, ok := w.(http.Hijacker); ok {
			return true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}

func (l *takenOver) add(nc net.Conn) *conn {
	c := &conn{nc, l}
	l.mu.Lock()
	over, tied := l.over, l.tied
	l.tied = true
	if !over {
		l.conns[c] = struct{}{}
	}
	l.mu.Unlock()
	if over {
		_ = nc.Close()
	}
	if !tied {
		context.AfterFunc(l.scope.Context(), l.closeAll)
		// The scope has not closed before they have.
		l.scope.Defer("hijacked connections", func(context.Context) error {
			l.closeAll()
			return nil
		})
	}
	return c
}

func (l *takenOver) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// closeAll closes the connections that are there, and waits for that; those
// that come later are closed as they come. It does so side by side, for to
// close one that speaks TLS may take seconds.
func (l *takenOver) closeAll() {
	l.mu.Lock()
	conns, over := l.conns, l.over
	l.conns, l.over = nil, true
	l.mu.Unlock()
	if over {
		<-l.closed
		return
	}
	var closing sync.WaitGroup
	for c := range conns {
		closing.Go(func() { _ = c.Conn.Close() })
	}
	closing.Wait()
	close(l.closed)
}

// A writer is an HTTP/1 ResponseWriter. It has the optional methods that
// handlers ask for by a type assertion; others are found through Unwrap.
type writer struct {
	http.ResponseWriter
	taken *takenOver
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) Flush() { _ = w.FlushError() }

func (w *writer) FlushError() error { return http.NewResponseController(w.ResponseWriter).Flush() }

func (w *writer) WriteString(s string) (int, error) { return io.WriteString(w.ResponseWriter, s) }

func (w *writer) ReadFrom(r io.Reader) (int64, error) { return io.Copy(w.ResponseWriter, r) }

func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return w.taken.add(nc), rw, nil
}

// A conn is a connection that was taken over.
type conn struct {
	net.Conn
	taken *takenOver
}

func (c *conn) Close() error {
	c.taken.remove(c)
	return c.Conn.Close()
}

// NetConn returns the connection below, as the method of tls.Conn does.
func (c *conn) NetConn() net.Conn { return c.Conn }

func (c *conn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

func (c *conn) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, c.Conn) }

func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
