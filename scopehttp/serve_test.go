package scopehttp_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func TestServePanicsOnMisuse(t *testing.T) {
	s, srv, ln, ctx := open(t), &http.Server{}, listen(t), t.Context()
	defer func() { _ = ln.Close() }()
	var none context.Context
	tests := map[string]func(){
		"scopehttp: Serve: ctx is nil": func() { _ = scopehttp.Serve(none, s, srv, ln) },
		"scopehttp: Serve: s is nil":   func() { _ = scopehttp.Serve(ctx, nil, srv, ln) },
		"scopehttp: Serve: srv is nil": func() { _ = scopehttp.Serve(ctx, s, nil, ln) },
		"scopehttp: Serve: ln is nil":  func() { _ = scopehttp.Serve(ctx, s, srv, nil) },
		"scopehttp: an Option is nil":  func() { _ = scopehttp.Serve(ctx, s, srv, ln, nil) },
		"scopehttp: Handler: s is nil": func() { scopehttp.Handler(nil, http.NewServeMux()) },
		"scopehttp: Handler: h is nil": func() { scopehttp.Handler(s, nil) },
	}
	for want, f := range tests {
		if got := panicOf(f); got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}
}

func TestServeOnClosedScopeClosesTheListener(t *testing.T) {
	s := open(t)
	mustBeNil(t, "Close()", s.Close())
	srv, ln := &http.Server{}, listen(t)
	if err := scopehttp.Serve(t.Context(), s, srv, ln); !errors.Is(err, scope.ErrClosed) {
		t.Errorf("Serve() = %v, want %v", err, scope.ErrClosed)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() = %v, want %v", err, net.ErrClosed)
	}
	if srv.BaseContext != nil || srv.ConnState != nil || srv.ErrorLog != nil {
		t.Error("Serve() changed a server that it did not start")
	}
}

// As under a scope that closes while Serve is called.
func TestServerThatStartsInADrainEnds(t *testing.T) {
	for range 50 {
		s := open(t)
		ln := listen(t)
		go s.Cancel(nil)
		if err := scopehttp.Serve(t.Context(), s, &http.Server{}, ln); err != nil && !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Serve() = %v, want nil or %v", err, scope.ErrClosed)
		}
		mustBeNil(t, "Close()", s.Close())
		if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept() = %v, want %v", err, net.ErrClosed)
		}
	}
}

func TestListenerThatFailsIsAFailureOfTheTask(t *testing.T) {
	sink := new(told)
	s := open(t, scope.WithSink(sink))
	ln := listen(t)
	g := newGate()
	srv := &http.Server{Handler: scopehttp.Handler(s, g)}
	if err := scopehttp.Serve(t.Context(), s, srv, ln, scopehttp.Named("front")); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	w := &site{t, s, srv, "http://" + ln.Addr().String(), http.DefaultClient}
	lost := w.goGet("/")
	ctx := <-g.entered
	_ = ln.Close()
	if got := <-lost; got.err == nil {
		t.Errorf("GET / = %q, want an error", got)
	}
	<-ctx.Done()
	close(g.leave)
	mustBeNil(t, "Wait()", s.Wait(t.Context()))
	sink.want(t, `/web task "front": scopehttp: serving `+ln.Addr().String()+
		": accept tcp "+ln.Addr().String()+": use of closed network connection")
}

func TestListenerThatFailsEndsTheScopeOnDemand(t *testing.T) {
	sink := new(told)
	s := open(t, scope.WithSink(sink))
	ln := listen(t)
	if err := scopehttp.Serve(t.Context(), s, &http.Server{}, ln, scopehttp.EndsScope()); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	_ = ln.Close()
	<-s.Context().Done()
	if err := context.Cause(s.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Cause() = %v, want %v", err, net.ErrClosed)
	}
	if err := s.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close() = %v, want %v", err, net.ErrClosed)
	}
	sink.want(t)
}

func TestMissingCertificateIsAFailureOfTheTask(t *testing.T) {
	sink := new(told)
	s := open(t, scope.WithSink(sink))
	ln := listen(t)
	if err := scopehttp.Serve(t.Context(), s, &http.Server{}, ln, scopehttp.TLS("no/cert.pem", "no/key.pem")); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	mustBeNil(t, "Wait()", s.Wait(t.Context()))
	if len(sink.errs) != 1 || !errors.Is(sink.errs[0], fs.ErrNotExist) || sink.errs[0].Task != "http" {
		t.Errorf("the sink was told %v, want %v of task http", sink.errs, fs.ErrNotExist)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() = %v, want %v", err, net.ErrClosed)
	}
}

func TestServerThatIsShutDownByHandHasNotFailed(t *testing.T) {
	s := open(t)
	w := serve(t, protocols[0], s, echo("ok"))
	w.want("/", "200 ok")
	mustBeNil(t, "Shutdown()", w.server.Shutdown(t.Context()))
	mustBeNil(t, "Wait()", s.Wait(t.Context()))
}

func TestServersShareAScope(t *testing.T) {
	s := open(t)
	a := serve(t, protocols[0], s, scopehttp.Handler(s, echo("a")))
	b := serve(t, protocols[2], s, scopehttp.Handler(s, echo("b")))
	a.want("/", "200 a")
	b.want("/", "200 b")
	mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
}

func TestConnectionsQueueBeforeServe(t *testing.T) {
	s := open(t)
	ln := listen(t)
	w := &site{t: t, scope: s, url: "http://" + ln.Addr().String()}
	c := w.dial()
	c.send(getRoot)
	if err := scopehttp.Serve(t.Context(), s, &http.Server{Handler: echo("ok")}, ln); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	if got := c.reply().String(); got != "200 ok" {
		t.Errorf("GET / = %q, want %q", got, "200 ok")
	}
}

type key string

func TestRequestHasTheValuesOfServe(t *testing.T) {
	root := context.WithValue(context.WithValue(context.Background(), key("a"), "root"), key("d"), "root")
	s := scope.New(root, "web", patient)
	defer func() { _ = s.Close() }()
	var states atomic.Int32
	srv := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, k := range []key{"a", "b", "c", "d", "e"} {
				v, _ := r.Context().Value(k).(string)
				_, _ = w.Write([]byte(string(k) + "=" + v + " "))
			}
			_, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
			if !ok || r.Context().Value(http.ServerContextKey) == nil || scope.Current(r.Context()) != s {
				t.Error("the request's context lacks what net/http or the scope puts there")
			}
		}),
		// From the scope itself, as in the body of a Run.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithValue(s.Context(), key("b"), "base"), key("c"), "base")
		},
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, key("c"), "conn")
		},
		ConnState: func(net.Conn, http.ConnState) { states.Add(1) },
	}
	ln := listen(t)
	ctx := context.WithValue(context.WithValue(t.Context(), key("e"), "serve"), key("b"), "serve")
	if err := scopehttp.Serve(ctx, s, srv, ln); err != nil {
		t.Fatalf("Serve() = %v, want nil", err)
	}
	w := &site{t, s, srv, "http://" + ln.Addr().String(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	if got, want := w.get(t.Context(), "/").String(), "200 a=root b=base c=conn d=root e=serve "; got != want {
		t.Errorf("values = %q, want %q", got, want)
	}
	if states.Load() == 0 {
		t.Error("ConnState of the server was not called")
	}
}

func TestRequestEndsWithTheContextOfBaseContext(t *testing.T) {
	s := open(t)
	base, cancel := context.WithCancelCause(context.Background())
	srv := &http.Server{
		BaseContext: func(net.Listener) context.Context { return base },
		Handler: scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel(errBoom)
			<-r.Context().Done()
			if err := context.Cause(r.Context()); !errors.Is(err, errBoom) {
				t.Errorf("Cause() = %v, want %v", err, errBoom)
			}
		})),
	}
	serveWith(t, protocols[0], s, srv).want("/", "200 ")
}

// A request comes from outside, though the server is a task: it does not hold
// the server's place under the limit.
func TestRequestWaitsForItsTurnAtTheLimit(t *testing.T) {
	g := newGate()
	s := open(t, scope.WithLimit(2))
	w := serve(t, protocols[0], s, scopehttp.Handler(s, g))
	first := w.goGet("/")
	<-g.entered
	second := w.goGet("/")
	waitForStack(t, "scope.(*Scope).acquire")
	g.leave <- struct{}{}
	<-g.entered
	g.leave <- struct{}{}
	for _, replies := range []<-chan reply{first, second} {
		if got := (<-replies).String(); got != "200 late" {
			t.Errorf("GET / = %q, want %q", got, "200 late")
		}
	}
}

func TestRequestOfNoHandlerStartsNoWorkInTheDrain(t *testing.T) {
	s := open(t)
	entered, refused := make(chan struct{}), make(chan error, 1)
	w := serve(t, protocols[0], s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-scope.Draining(r.Context())
		refused <- s.Go(r.Context(), func(context.Context) error { return nil })
	}))
	replies := w.goGet("/")
	<-entered
	done := w.shutdown()
	if err := <-refused; !errors.Is(err, scope.ErrClosed) || !strings.Contains(err.Error(), "/web") {
		t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
	}
	<-replies
	mustBeNil(t, "Shutdown()", <-done)
}
