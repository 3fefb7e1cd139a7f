package scopehttp

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A slowConn takes a second to close, as one does that speaks TLS with a peer
// which does not read.
type slowConn struct{ net.Conn }

func (c slowConn) Close() error {
	time.Sleep(time.Second)
	return nil
}

func TestScopeClosesAfterTheConnectionsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "web")
		l := newTakenOver(s)
		for range 3 {
			l.add(slowConn{})
		}
		began := time.Now()
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("Close() took %v, want 1s", d)
		}
	})
}

func TestClosedConnectionIsForgotten(t *testing.T) {
	s := scope.New(context.Background(), "web")
	l := newTakenOver(s)
	for range 10 {
		here, there := net.Pipe()
		if err := l.add(here).Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		_ = there.Close()
	}
	known := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.conns)
	}
	if n := known(); n != 0 {
		t.Errorf("%d connections are remembered after they were closed, want 0", n)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	here, there := net.Pipe()
	defer func() { _ = there.Close() }()
	if _, err := l.add(here).Write(nil); err == nil {
		t.Error("Write() on a connection that came late = nil, want an error")
	}
	if n := known(); n != 0 {
		t.Errorf("%d connections are remembered that came late, want 0", n)
	}
}
