package scopehttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// never is a time limit that a test must not come to.
const never = time.Hour

// patient gives each phase as long as the test may run.
var patient = scope.WithTimeouts(scope.Timeouts{Drain: never, Cancel: never, Release: never})

// A told is a sink that keeps what it was told.
type told struct {
	mu   sync.Mutex
	errs []*scope.TaskError
}

func (s *told) HandleError(_ context.Context, e *scope.TaskError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, e)
}

func (s *told) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, e := range s.errs {
		got = append(got, e.Error())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the sink was told %q, want %q", got, want)
	}
}

// open makes a scope that is closed with the test, and whose sink must not be
// told anything unless the test gives another.
func open(t *testing.T, opts ...scope.Option) *scope.Scope {
	t.Helper()
	sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { t.Errorf("the sink was told %v, want nothing", e) })
	s := scope.New(context.Background(), "web", append([]scope.Option{patient, scope.WithSink(sink)}, opts...)...)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// A site is a server and a client of it.
type site struct {
	t      *testing.T
	scope  *scope.Scope
	server *http.Server
	url    string
	client *http.Client
}

// A protocol is a way for server and client to talk.
type protocol struct {
	name  string
	setUp func(t *testing.T, srv *http.Server, tr *http.Transport) []scopehttp.Option
}

var protocols = []protocol{
	{"HTTP/1", func(*testing.T, *http.Server, *http.Transport) []scopehttp.Option { return nil }},
	{"HTTP/1 TLS", overTLS(false)},
	{"HTTP/2 TLS", overTLS(true)},
	{"HTTP/2 clear", func(_ *testing.T, srv *http.Server, tr *http.Transport) []scopehttp.Option {
		srv.Protocols, tr.Protocols = new(http.Protocols), new(http.Protocols)
		srv.Protocols.SetUnencryptedHTTP2(true)
		tr.Protocols.SetUnencryptedHTTP2(true)
		return nil
	}},
}

// serve starts a server of s with handler h, in the way of p.
func serve(t *testing.T, p protocol, s *scope.Scope, h http.Handler, opts ...scopehttp.Option) *site {
	t.Helper()
	return serveWith(t, p, s, &http.Server{Handler: h}, opts...)
}

func serveWith(t *testing.T, p protocol, s *scope.Scope, srv *http.Server, opts ...scopehttp.Option) *site {
	t.Helper()
	tr := &http.Transport{}
	ln := listen(t)
	url := "http://" + ln.Addr().String()
	more := p.setUp(t, srv, tr)
	if tr.TLSClientConfig != nil {
		url = "https://" + ln.Addr().String()
	}
	if err := scopehttp.Serve(t.Context(), s, srv, ln, append(more, opts...)...); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	// First of the test's own, then of the server: a client with an idle
	// connection holds up nobody.
	t.Cleanup(tr.CloseIdleConnections)
	return &site{t, s, srv, url, &http.Client{Transport: tr}}
}

// A reply is what became of a request.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (r reply) String() string {
	if r.err != nil {
		return "error: " + r.err.Error()
	}
	return fmt.Sprint(r.status, " ", r.body)
}

func (w *site) get(ctx context.Context, path string) reply {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Error(err)
		return reply{err: err}
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body), err}
}

// goGet is get on a goroutine of its own.
func (w *site) goGet(path string) <-chan reply {
	replies := make(chan reply, 1)
	go func() { replies <- w.get(context.Background(), path) }()
	return replies
}

func (w *site) want(path, want string) {
	w.t.Helper()
	if got := w.get(w.t.Context(), path).String(); got != want {
		w.t.Errorf("GET %s = %q, want %q", path, got, want)
	}
}

// shutdown begins a Shutdown of the scope and returns its result.
func (w *site) shutdown() <-chan error {
	done := make(chan error, 1)
	go func() { done <- w.scope.Shutdown(context.Background()) }()
	<-scope.Draining(w.scope.Context())
	return done
}

func mustBeNil(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s = %v, want nil", what, err)
	}
}

// gate lets a handler stop until the test goes on.
type gate struct {
	entered chan context.Context
	leave   chan struct{}
}

func newGate() *gate { return &gate{make(chan context.Context, 8), make(chan struct{})} }

// wait stops a handler, whatever becomes of its context.
func (g *gate) wait(ctx context.Context) {
	g.entered <- ctx
	<-g.leave
}

// ServeHTTP answers when the gate is open.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.wait(r.Context())
	_, _ = io.WriteString(w, "late")
}

func echo(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// waitForStack waits until a goroutine has the function called marker on its
// stack.
func waitForStack(t *testing.T, marker string) {
	t.Helper()
	for {
		var b strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), marker+"+") {
			return
		}
		runtime.Gosched()
	}
}

func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
