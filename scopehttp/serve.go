package scopehttp

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// Serve starts srv as a task of s that accepts connections from ln, and
// returns. When s closes the server stops in the order that the package
// comment describes; the task ends when no connection is open or all have been
// closed, without an error. Clients may connect before Serve is called: ln
// queues them.
//
// The contexts of requests have the values of ctx and end with s. They are in s,
// but not from inside: a request that no [Handler] has made a task may not
// start work in s while s drains. ctx bounds the call itself. The errors are
// those of [scope.Scope.Go]; then ln has been closed, and srv is as before.
//
// The task fails if ln cannot accept any more, or the certificate of [TLS]
// cannot be loaded. It closes the connections then. It does not fail if srv is
// shut down or closed by other means.
//
// The task sets fields of srv: ConnState, to count the connections, and
// BaseContext, each so that a function which was there is called too. The
// context of such a BaseContext adds its values, which come before those of
// ctx, and its end. If there is no ErrorLog, one is set that writes to the
// standard logger what net/http would, but for panics that a Handler has told
// to a sink. A server must not be given to Serve twice.
//
// Serve panics if ctx, s, srv, ln or an option is nil.
func Serve(ctx context.Context, s *scope.Scope, srv *http.Server, ln net.Listener, opts ...Option) error {
	switch {
	case ctx == nil:
		panic("scopehttp: Serve: ctx is nil")
	case s == nil:
		panic("scopehttp: Serve: s is nil")
	case srv == nil:
		panic("scopehttp: Serve: srv is nil")
	case ln == nil:
		panic("scopehttp: Serve: ln is nil")
	}
	v := &server{
		options: newOptions(opts),
		scope:   s,
		http:    srv,
		ln:      ln,
		conns:   newCensus(),
		served:  make(chan struct{}),
		drained: make(chan struct{}),
	}
	err := s.Go(ctx, v.run, append(v.task, scope.OnDrain(v.drain))...)
	if err != nil {
		_ = ln.Close() // the refusal says more
	}
	return err
}

// A server is one call of Serve.
type server struct {
	options
	scope    *scope.Scope
	http     *http.Server
	ln       net.Listener
	conns    *census
	draining atomic.Bool
	served   chan struct{} // closed when ln is not accepted from any more
	drained  chan struct{} // closed when drain has done its work
}

// run is the task.
func (v *server) run(ctx context.Context) error {
	v.configure(ctx)
	err := v.accept()
	switch {
	case v.draining.Load():
		<-v.drained
		return nil
	case errors.Is(err, http.ErrServerClosed):
		return nil
	}
	_ = v.http.Close() // its error is that of ln, which has one already
	return fmt.Errorf("scopehttp: serving %v: %w", v.ln.Addr(), err)
}

func (v *server) configure(ctx context.Context) {
	srv := v.http
	theirs := srv.ConnState
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		v.conns.note(c, state)
		if theirs != nil {
			theirs(c, state)
		}
	}
	srv.BaseContext = baseContext(ctx, v.scope, srv.BaseContext)
	if srv.ErrorLog == nil {
		srv.ErrorLog = log.New(untold{}, "", 0)
	}
}

func (v *server) accept() error {
	defer close(v.served)
	defer func() { _ = v.ln.Close() }() // not closed by ServeTLS without a certificate
	if v.tls {
		return v.http.ServeTLS(v.ln, v.certFile, v.keyFile)
	}
	return v.http.Serve(v.ln)
}

// drain is called when the scope begins to drain. The context it is given never
// ends; that of the scope ends when the time to drain is over.
func (v *server) drain(context.Context) error {
	defer close(v.drained)
	v.draining.Store(true)
	err := v.ln.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	<-v.served
	live, cancel := context.WithCancel(v.scope.Context())
	defer cancel()
	none := v.conns.none()
	defer context.AfterFunc(none, cancel)()
	v.waitLinger(live)
	v.conns.closeSilent()
	_ = v.http.Shutdown(live) // whether it ran out of time or not, the rest is the same
	pause(none, v.answer)
	return errors.Join(err, v.http.Close())
}

func (v *server) waitLinger(ctx context.Context) {
	if v.linger < 0 {
		<-ctx.Done()
		return
	}
	pause(ctx, v.linger)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
