package scopehttp_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

// takeOver hijacks the connection of a request and greets the client.
func takeOver(t *testing.T, w http.ResponseWriter) (net.Conn, *bufio.ReadWriter) {
	t.Helper()
	c, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Errorf("Hijack() = %v, want nil", err)
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
	return c, rw
}

// connect makes a request that is answered with 101.
func (w *site) connect() *rawConn {
	w.t.Helper()
	c := w.dial()
	c.send(getRoot)
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		w.t.Fatalf("GET / = %v, %v, want 101", resp, err)
	}
	return c
}

func TestConnectionTakenOverIsClosedWithTheScope(t *testing.T) {
	tests := map[string]func(c net.Conn, r *bufio.ReadWriter){
		"handler reads":   func(_ net.Conn, r *bufio.ReadWriter) { _, _ = r.ReadByte() },
		"handler is gone": func(net.Conn, *bufio.ReadWriter) {},
	}
	ways := map[string]func(s *scope.Scope) error{
		"Close":    (*scope.Scope).Close,
		"Shutdown": func(s *scope.Scope) error { return s.Shutdown(context.Background()) },
	}
	for name, rest := range tests {
		for way, end := range ways {
			t.Run(name+", "+way, func(t *testing.T) {
				s := open(t, scope.WithTimeouts(scope.Timeouts{Drain: time.Millisecond, Cancel: never, Release: never}))
				w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					rest(takeOver(t, w))
				})))
				c := w.connect()
				mustBeNil(t, way+"()", end(s))
				c.wantEnd()
			})
		}
	}
}

func TestHandlerThatTookOverSaysGoodbyeInTheDrain(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := takeOver(t, w)
		defer func() { _ = c.Close() }()
		<-scope.Draining(r.Context())
		_, _ = io.WriteString(c, "bye")
	})))
	c := w.connect()
	done := w.shutdown()
	if got, err := io.ReadAll(c.r); string(got) != "bye" || err != nil {
		t.Errorf("rest = %q, %v, want %q", got, err, "bye")
	}
	mustBeNil(t, "Shutdown()", <-done)
}

func TestServerDoesNotWaitForAConnectionTakenOver(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		takeOver(t, w)
	})), scopehttp.Linger(never))
	c := w.connect()
	mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
	c.wantEnd()
}

func TestConnectionTakenOverAfterTheEndIsClosed(t *testing.T) {
	s := open(t)
	taken := make(chan net.Conn, 2)
	entered := make(chan struct{})
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		c, _, err := http.NewResponseController(w).Hijack()
		mustBeNil(t, "Hijack()", err)
		taken <- c
	})))
	w.goGet("/")
	<-entered
	mustBeNil(t, "Close()", s.Close())
	if _, err := io.WriteString(<-taken, "x"); err == nil {
		t.Error("Write() = nil, want an error")
	}
}

func TestConnectionTakenOverIsTheOneBelow(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _ := takeOver(t, w)
		defer func() { _ = c.Close() }()
		if _, ok := c.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn); !ok {
			t.Error("NetConn() is no *net.TCPConn")
		}
		if _, ok := c.(io.WriterTo); !ok {
			t.Error("no WriterTo, so that the kernel cannot copy what comes")
		}
		line := make([]byte, 4)
		_, err := io.ReadFull(c, line)
		mustBeNil(t, "ReadFull()", err)
		n, err := io.Copy(c, strings.NewReader(string(line)))
		if n != 4 || err != nil {
			t.Errorf("Copy() = %d, %v, want 4, nil", n, err)
		}
		mustBeNil(t, "CloseWrite()", c.(interface{ CloseWrite() error }).CloseWrite())
		var rest strings.Builder
		if _, err := io.Copy(&rest, c); err != nil || rest.String() != "pong" {
			t.Errorf("Copy() = %q, %v, want %q", rest.String(), err, "pong")
		}
	})))
	c := w.connect()
	c.send("ping")
	if got, err := io.ReadAll(c.r); string(got) != "ping" || err != nil {
		t.Errorf("echo = %q, %v, want %q", got, err, "ping")
	}
	c.send("pong")
	_ = c.Close()
	mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
}

func TestWriterDoesWhatThatOfNetHTTPDoes(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.txt")
			if err := os.WriteFile(path, []byte("file "), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rc := http.NewResponseController(w)
				mustBeNil(t, "SetReadDeadline()", rc.SetReadDeadline(time.Now().Add(never)))
				mustBeNil(t, "SetWriteDeadline()", rc.SetWriteDeadline(time.Now().Add(never)))
				f, err := os.Open(path)
				mustBeNil(t, "Open()", err)
				defer func() { _ = f.Close() }()
				if _, err := io.Copy(w, f); err != nil {
					t.Errorf("Copy() = %v, want nil", err)
				}
				mustBeNil(t, "Flush()", rc.Flush())
				w.(http.Flusher).Flush()
				_, err = io.WriteString(w, "text")
				mustBeNil(t, "WriteString()", err)
				if _, ok := w.(http.Hijacker); ok != (r.ProtoMajor == 1) {
					t.Errorf("a Hijacker over %s: %v", r.Proto, ok)
				}
				if _, ok := w.(http.Pusher); ok != (r.ProtoMajor == 2) {
					t.Errorf("a Pusher over %s: %v", r.Proto, ok)
				}
				if _, ok := w.(io.ReaderFrom); !ok && r.ProtoMajor == 1 {
					t.Error("no ReaderFrom, so that files cannot be sent by the kernel")
				}
			})))
			w.want("/", "200 file text")
		})
	}
}

// A wrapped writer shows by Unwrap alone what it can do.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestConnectionTakenOverThroughAWrapperIsClosed(t *testing.T) {
	s := open(t)
	h := scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { takeOver(t, w) }))
	w := serve(t, protocols[0], s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(wrapped{w}, r)
	}))
	c := w.connect()
	mustBeNil(t, "Close()", s.Close())
	c.wantEnd()
}
