// Package scopehttp ties package net/http to scopes: a server is a task of a
// scope and ends with it, and so is each request.
//
//	func run(ctx context.Context, s *scope.Scope) error {
//		ln, err := net.Listen("tcp", ":8080")
//		if err != nil {
//			return err
//		}
//		srv := &http.Server{Handler: scopehttp.Handler(s, mux)}
//		return scopehttp.Serve(ctx, s, srv, ln)
//	}
//
// # What belongs to whom
//
// [Serve] owns the listener and the connections. [Handler] owns the requests:
// each is a task of its scope, on the goroutine that net/http has started for
// it. The two need not have the same scope: one server in the root may serve
// several applications, each a Handler of its own below it. A request that no
// Handler sees belongs to nobody; its connection is closed with the server, but
// nothing waits for it once the scope's context has ended.
//
// A scope for the work of one request is opened with [scope.Run] in the
// handler, with the request's context: it is nested in the request's task, and
// whatever it started has ended before the response is complete.
//
// # The order of a shutdown
//
// When the scope begins to drain, with [scope.Scope.Shutdown],
//
//  1. the listener is closed, so that new connections are refused, and a Handler
//     answers new requests with 503 and Connection: close. A handler that
//     streams, or has taken over its connection, is told by
//     [scope.Draining] with the request's context, and returns.
//  2. Connections without a request stay open for the time of [Linger], for a
//     client may have sent one already. Then they are closed, HTTP/2 clients are
//     told to go away, for which they get a second, and what was registered by
//     [http.Server.RegisterOnShutdown] is called. Running requests go on, for
//     the drain time of the scope.
//  3. If that is over, the scope's context ends and with it the contexts of the
//     requests. They have 50 ms to answer. Connections that were taken over are
//     closed at once.
//  4. The connections are closed, which ends reads and writes that do not look
//     at a context, and the server's task ends. A request that goes on all the
//     same is a task that its scope waits for, up to the cancel time, and then
//     names in a [*scope.StuckError].
//
// As soon as no connection is left the server's task ends. A scope that is
// closed or cancelled has no drain time, and goes through 1 to 4 at once.
// Children close before parents: a server that stands above the scopes of its
// handlers keeps its contexts, and what was opened before it, until those have
// closed.
//
// # Panics
//
// A panic of a handler goes to the error sink of the scope as a
// [*scope.TaskError] with a [*scope.PanicError], and then on to net/http, which
// closes the connection or resets the stream. [http.ErrAbortHandler] is the way
// to ask for just that, and no failure.
package scopehttp
