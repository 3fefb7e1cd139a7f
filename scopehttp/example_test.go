package scopehttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

// A server drains with its scope: the request that runs is answered.
func ExampleServe() {
	ctx := context.Background()
	s := scope.New(ctx, "server")
	entered := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-scope.Draining(r.Context())
		_, _ = io.WriteString(w, "answered")
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := &http.Server{Handler: scopehttp.Handler(s, mux)}
	if err := scopehttp.Serve(ctx, s, srv, ln); err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() {
		<-entered
		done <- s.Shutdown(ctx)
	}()
	resp, err := http.Get("http://" + ln.Addr().String() + "/slow")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body))
	fmt.Println(<-done)
	// Output:
	// 200 answered
	// <nil>
}

// A request is a task, so a scope that its handler opens is nested in it: the
// two queries end with the request, and the failure of one ends the other.
func ExampleHandler() {
	s := scope.New(context.Background(), "shop")
	h := scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := scope.Run(r.Context(), "queries", func(ctx context.Context, q *scope.Scope) error {
			fmt.Println(q.Path())
			return errors.Join(
				q.Go(ctx, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
				q.Go(ctx, func(context.Context) error { return errors.New("no stock") }),
			)
		}, scope.FailFast())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Print(w.Code, " ", w.Body)

	// A scope that closes refuses requests.
	fmt.Println(s.Close())
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Print(w.Code, " ", w.Body)
	// Output:
	// /shop/queries
	// 502 /shop/queries: no stock
	// <nil>
	// 503 Service Unavailable
}
