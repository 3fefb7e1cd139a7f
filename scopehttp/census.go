package scopehttp

import (
	"context"
	"net"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
)

// A census counts the connections of a server, so that the end of the last one
// is known when it comes: http.Server.Shutdown looks for it twice a second.
type census struct {
	open   atomic.Int64 // not closed, and not taken over by a handler
	silent sync.Map     // net.Conn: those that have sent no request yet
	closed atomic.Bool  // none will be added
	empty  context.Context
	end    context.CancelFunc // ends empty
}

func newCensus() *census {
	c := new(census)
	c.empty, c.end = context.WithCancel(context.Background())
	return c
}

// note is the ConnState of the server.
func (c *census) note(conn net.Conn, state http.ConnState) {
	known := reflect.ValueOf(conn).Comparable() // else it cannot be a key
	switch {
	case state == http.StateNew:
		c.open.Add(1)
		if known {
			c.silent.Store(conn, nil)
		}
		return
	case known:
		c.silent.Delete(conn)
	}
	if state != http.StateHijacked && state != http.StateClosed {
		return
	}
	if c.open.Add(-1) == 0 && c.closed.Load() {
		c.end()
	}
}

// none returns a context that ends when no connection is open. No connection
// may be added any more.
func (c *census) none() context.Context {
	c.closed.Store(true)
	if c.open.Load() == 0 {
		c.end()
	}
	return c.empty
}

// closeSilent closes the connections that have sent no request yet. A server
// that shuts down would not answer one, but waits for it for five seconds.
func (c *census) closeSilent() {
	c.silent.Range(func(conn, _ any) bool {
		_ = conn.(net.Conn).Close()
		return true
	})
}
