package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
	"github.com/rxscope/rxscope/scopehttp"
)

// A server is the two applications and what they share.
type server struct {
	opts      options
	errs      *sink.ErrorStream
	apps      []*app
	listening func(url string) // called once it serves
}

func newServer(opts options) *server {
	return &server{opts: opts, errs: sink.NewErrorStream(1024), listening: func(string) {}}
}

// run is the body of the root scope: it starts everything and returns. Main
// waits for what it has started.
func (srv *server) run(ctx context.Context, root *scope.Scope) error {
	dir, err := openDir(root, srv.opts.dir)
	if err != nil {
		return err
	}
	if err := srv.startSummary(ctx, root, filepath.Join(dir, "journal.db")); err != nil {
		return err
	}
	mux := http.NewServeMux()
	for _, name := range []string{"app-a", "app-b"} {
		a, err := openApp(ctx, root, name, dir)
		if err != nil {
			return err
		}
		srv.apps = append(srv.apps, a)
		mux.Handle(a.prefix+"/", a.handler)
	}
	return srv.serve(ctx, root, mux)
}

// startSummary starts the reader of all failures. As a service it outlives
// whatever may fail: it drains when all else has closed, and then the stream
// may end, and with it the summary.
func (srv *server) startSummary(ctx context.Context, root *scope.Scope, file string) error {
	j, err := openJournal(ctx, root, file)
	if err != nil {
		return err
	}
	return root.Go(ctx, func(ctx context.Context) error {
		// Not even the end of the context ends it before: also a server that
		// had to be forced tells what failed.
		return summarise(context.WithoutCancel(ctx), srv.errs.Stream(), j)
	}, scope.Named("summary"), scope.Service(), scope.OnDrain(func(context.Context) error {
		srv.errs.Close()
		return nil
	}))
}

// serve serves h. The server is a task of the root: it stops accepting when the
// root begins to drain, while the applications answer what they have accepted.
func (srv *server) serve(ctx context.Context, root *scope.Scope, h http.Handler) error {
	ln, err := net.Listen("tcp", srv.opts.addr)
	if err != nil {
		return err
	}
	if err := scopehttp.Serve(ctx, root, &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}, ln); err != nil {
		return err
	}
	url := "http://" + ln.Addr().String()
	slog.Info("listening", "url", url)
	srv.listening(url)
	return nil
}

// accepted returns how many requests the applications have accepted.
func (srv *server) accepted() (n int64) {
	for _, a := range srv.apps {
		n += a.accepted()
	}
	return n
}

// openDir returns the folder for the databases. A temporary one goes away when
// they are closed.
func openDir(root *scope.Scope, dir string) (string, error) {
	if dir != "" {
		return dir, os.MkdirAll(dir, 0o755)
	}
	dir, err := os.MkdirTemp("", "server")
	if err != nil {
		return "", err
	}
	root.Defer("folder", func(context.Context) error { return os.RemoveAll(dir) })
	return dir, nil
}
