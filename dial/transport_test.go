package dial_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rxscope/rxscope/dial"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// serve starts a server, which is plain or speaks TLS with HTTP/2, and returns its
// URL under the name example.com, for which the certificate of httptest is.
func serve(t *testing.T, secure bool, h http.HandlerFunc) (link string, s *httptest.Server) {
	t.Helper()
	s = httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = secure
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = net.JoinHostPort("example.com", u.Port())
	return u.String(), s
}

// clientConfig trusts the server.
func clientConfig(s *httptest.Server) *tls.Config {
	if s.Certificate() == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool}
}

// clients are an HTTP client for each transport.
func clients(t *testing.T, s *httptest.Server) map[string]*http.Client {
	t.Helper()
	d := dial.Dialer{Resolver: book{"example.com": {addr("127.9.9.9"), loopback}}} // the first refuses
	plain := d.Transport()
	plain.TLSClientConfig = clientConfig(s)
	all := map[string]*http.Client{
		"Transport":    {Transport: plain},
		"TLSTransport": {Transport: d.TLSTransport(clientConfig(s))},
	}
	for _, c := range all {
		t.Cleanup(c.CloseIdleConnections)
	}
	return all
}

func get(c *http.Client, ctx context.Context, link string) (body, proto string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return "", "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	b, err := io.ReadAll(resp.Body)
	return string(b), resp.Proto, err
}

func TestTransportSpeaksHTTP(t *testing.T) {
	for secure, want := range map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"} {
		link, s := serve(t, secure, func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "hello ", r.Host) })
		for name, c := range clients(t, s) {
			body, proto, err := get(c, t.Context(), link)
			if err != nil || proto != want || !strings.HasPrefix(body, "hello example.com:") {
				t.Errorf("%s: %q by %s, %v, want a greeting by %s", name, body, proto, err, want)
			}
		}
	}
}

func TestTransportKeepsConnectionsAlive(t *testing.T) {
	for _, secure := range []bool{false, true} {
		var opened atomic.Int32
		link, s := serve(t, secure, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") })
		for name, c := range clients(t, s) {
			opened.Store(0)
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GotConn: func(i httptrace.GotConnInfo) {
					if !i.Reused {
						opened.Add(1)
					}
				},
			})
			for range 5 {
				if _, _, err := get(c, ctx, link); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n := opened.Load(); n != 1 {
				t.Errorf("%s: %d connections for five requests, want 1", name, n)
			}
		}
	}
}

func TestTransportTellsHTTPTraceOfEachAttempt(t *testing.T) {
	link, s := serve(t, false, func(http.ResponseWriter, *http.Request) {})
	var told atomic.Pointer[[]string]
	told.Store(new([]string))
	note := func(text string) {
		next := append(append([]string(nil), *told.Load()...), text)
		told.Store(&next)
	}
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		DNSStart:     func(i httptrace.DNSStartInfo) { note("lookup " + i.Host) },
		DNSDone:      func(i httptrace.DNSDoneInfo) { note(fmt.Sprint("found ", len(i.Addrs))) },
		ConnectStart: func(network, addr string) { note("connect " + network + " " + hostOf(addr)) },
		ConnectDone:  func(_, addr string, err error) { note(fmt.Sprint("done ", hostOf(addr), " ", err == nil)) },
	})
	if _, _, err := get(clients(t, s)["Transport"], ctx, link); err != nil {
		t.Fatal(err)
	}
	const want = "lookup example.com, found 2, connect tcp 127.9.9.9, done 127.9.9.9 false, connect tcp 127.0.0.1, done 127.0.0.1 true"
	if got := strings.Join(*told.Load(), ", "); got != want {
		t.Errorf("told %s\n\twant %s", got, want)
	}
}

func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(address)
	return host
}

func TestTransportUsesTheProxyOfTheEnvironment(t *testing.T) {
	// The environment is read once a process, so the test sets what it would say.
	var asked atomic.Int32
	_, proxy := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = fmt.Fprint(w, "by proxy: ", r.URL)
	})
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	if dial.Transport().Proxy == nil {
		t.Error("Transport() has no Proxy, want that of the environment")
	}
	for name, c := range clients(t, proxy) {
		c.Transport.(*http.Transport).Proxy = http.ProxyURL(at)
		body, _, err := get(c, t.Context(), "http://elsewhere.test/x")
		if want := "by proxy: http://elsewhere.test/x"; err != nil || body != want {
			t.Errorf("%s: %q, %v, want %q", name, body, err, want)
		}
		if _, _, err := get(c, t.Context(), "https://elsewhere.test/x"); err == nil || !strings.Contains(err.Error(), "teapot") {
			t.Errorf("%s: %v, want what the proxy says to CONNECT", name, err)
		}
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("the proxy was asked %d times, want 4", n)
	}
}

func TestTransportTellsTheTruthAboutTimeouts(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	dead := dial.Dialer{
		Resolver: book{"example.com": {loopback}},
		Attempt: func(ctx context.Context, _, _ string) (net.Conn, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-hang: // a transport goes on dialing for a request that was cancelled
				return nil, errCut
			}
		},
	}
	for _, c := range []struct {
		name   string
		client *http.Client
		cancel bool
		want   bool
	}{
		{"client timeout while dialing", &http.Client{Transport: dead.Transport(), Timeout: 20 * time.Millisecond}, false, true},
		{"cancelled while dialing", &http.Client{Transport: dead.Transport()}, true, false},
		{"nobody there", &http.Client{Transport: (&dial.Dialer{Resolver: book{}}).Transport()}, false, false},
		{"dialer timeout", &http.Client{Transport: (&dial.Dialer{Resolver: dead.Resolver, Attempt: dead.Attempt, Net: net.Dialer{Timeout: 20 * time.Millisecond}}).Transport()}, false, true},
		{"refused", &http.Client{Transport: (&dial.Dialer{Resolver: book{"example.com": {addr("127.9.9.9")}}}).Transport()}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if c.cancel {
				time.AfterFunc(20*time.Millisecond, func() { cancel(errCut) })
			}
			_, _, err := get(c.client, ctx, "http://example.com:1/")
			e, ok := errors.AsType[*url.Error](err)
			if !ok || e.Timeout() != c.want {
				t.Errorf("error %v, want Timeout() to be %v", err, c.want)
			}
			if c.cancel && !errors.Is(err, context.Canceled) && !errors.Is(err, errCut) {
				t.Errorf("error %v, want the cancellation", err)
			}
			cancel(nil)
		})
	}
}

func TestTLSTransportGoesOnWhenAnAddressDoesNotSpeakTLS(t *testing.T) {
	link, s := serve(t, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") })
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	mute, err := net.Listen("tcp", net.JoinHostPort("127.0.0.2", u.Port())) // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close() //nolint:errcheck // the test is over
	d := dial.Dialer{Resolver: book{"example.com": {addr("127.0.0.2"), loopback}}, AttemptDelay: 20 * time.Millisecond}
	c := http.Client{Transport: d.TLSTransport(clientConfig(s))}
	defer c.CloseIdleConnections()
	body, proto, err := get(&c, t.Context(), link)
	if err != nil || body != "hello" || proto != "HTTP/2.0" {
		t.Errorf("%q by %s, %v, want the address that speaks TLS", body, proto, err)
	}
}

func TestDialTLS(t *testing.T) {
	link, s := serve(t, true, func(http.ResponseWriter, *http.Request) {})
	address := strings.TrimPrefix(link, "https://")
	shaken := 0
	d := dial.Dialer{Resolver: book{"example.com": {loopback}, "other.test": {loopback}}}
	d.Handshake = func(_ context.Context, c net.Conn) (net.Conn, error) { shaken++; return c, nil }
	conn, err := d.DialTLS(t.Context(), "tcp", address, clientConfig(s))
	if err != nil {
		t.Fatal(err)
	}
	if state := conn.(*tls.Conn).ConnectionState(); !state.HandshakeComplete || shaken != 1 {
		t.Errorf("state %+v after %d handshakes before, want a complete one after one", state, shaken)
	}
	_ = conn.Close()

	other := strings.Replace(address, "example.com", "other.test", 1)
	_, err = d.DialTLS(t.Context(), "tcp", other, clientConfig(s))
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("error %v (%v), want one about the certificate", err, e)
	}
	for address, network := range map[string]string{"/tmp/x:1": "unix", "x": "tcp"} {
		if _, err := d.DialTLS(t.Context(), network, address, nil); err == nil {
			t.Errorf("DialTLS(%s, %s) = nil error", network, address)
		}
	}
}
