package scopehttp

import (
	"net"
	"net/http"
	"testing"
)

// A valueConn is a connection that cannot be the key of a map.
type valueConn struct {
	net.Conn
	_ []byte
}

func TestCensusIsEmptyOnceNoConnectionIsToCome(t *testing.T) {
	c := newCensus()
	a, b := &net.TCPConn{}, valueConn{}
	c.note(a, http.StateNew)
	c.note(a, http.StateClosed)
	if c.empty.Err() != nil {
		t.Error("empty while connections may come")
	}
	for _, conn := range []net.Conn{a, b} {
		c.note(conn, http.StateNew)
		c.note(conn, http.StateActive)
	}
	none := c.none()
	c.note(a, http.StateHijacked)
	if none.Err() != nil {
		t.Error("empty while a connection is open")
	}
	c.note(b, http.StateIdle)
	c.note(b, http.StateClosed)
	if none.Err() == nil {
		t.Error("not empty though no connection is open")
	}
}
