package scopehttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/rxscope/rxscope/scope"
)

// Handler returns a handler that serves each request with h as a task of s, on
// the goroutine it is called on, see [scope.Scope.Do]. The task's name is the
// pattern that matched: the one that h matches if it is an [http.ServeMux], or
// the one that led to the Handler; without either it is the method.
//
// The context that h finds in the request derives from the request's own, so it
// ends when the client goes away, and ends with s too. The goroutine has the
// pprof labels of s meanwhile.
//
// A request that s refuses, because it has begun to close, is answered with
// 503, Connection: close and Retry-After. At the limit of s a request waits
// for its turn, until its context ends; then it is answered with 503 as well. A
// status above 499 that h answers itself is no failure of the task.
//
// A panic of h, or a [runtime.Goexit], goes to the sink of s and then on to the
// caller; it does not end a [scope.FailFast] scope. What net/http does about a
// panic includes a line in the server's ErrorLog, see [Serve]. A panic with
// [http.ErrAbortHandler] is passed on, but told nobody.
//
// h gets a ResponseWriter that offers what that of net/http does. Over HTTP/1
// it is one of the Handler's own, which [http.ResponseController] sees through;
// [http.MaxBytesReader] does not, and keeps the connection open when a body is
// too large. A connection that h takes over by [http.Hijacker] is closed when
// the context of s ends, whether h has returned or not; the connection that
// Hijack returns has a method NetConn for the one below.
//
// Handler panics if s or h is nil.
func Handler(s *scope.Scope, h http.Handler) http.Handler {
	if s == nil {
		panic("scopehttp: Handler: s is nil")
	}
	if h == nil {
		panic("scopehttp: Handler: h is nil")
	}
	mux, _ := h.(*http.ServeMux)
	return &handler{scope: s, next: h, mux: mux, taken: newTakenOver(s)}
}

type handler struct {
	scope *scope.Scope
	next  http.Handler
	mux   *http.ServeMux // next, if it is one
	taken *takenOver
}

// ServeHTTP serves r as a task of the scope.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{handler: h, w: w, outer: r, name: h.name(r)}
	err := h.scope.Do(r.Context(), q.serve, scope.Named(q.name))
	switch {
	case q.inner == nil:
		h.refuse(w, r, err)
	case q.aborted:
		panic(http.ErrAbortHandler)
	}
}

// maxMethod is the length in bytes that a method is cut to where it serves as
// a name, for it is the client's choice.
const maxMethod = 32

func (h *handler) name(r *http.Request) string {
	if h.mux != nil {
		if _, pattern := h.mux.Handler(r); pattern != "" {
			return pattern
		}
	}
	if r.Pattern != "" {
		return r.Pattern
	}
	return r.Method[:min(len(r.Method), maxMethod)]
}

// refuse answers a request that was not served.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, scope.ErrClosed):
		w.Header().Set("Connection", "close")
	case r.Context().Err() == nil:
		h.scope.Report(r.Context(), err)
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

// A request is one that is served as a task.
type request struct {
	handler *handler
	w       http.ResponseWriter
	outer   *http.Request // as it came
	inner   *http.Request // with the context of the task; nil if it was refused
	name    string
	aborted bool
	normal  bool
}

func (q *request) serve(ctx context.Context) (err error) {
	q.inner = q.outer.WithContext(ctx)
	defer q.end(&err)
	q.handler.next.ServeHTTP(q.handler.taken.watch(q.w), q.inner)
	q.normal = true
	return nil
}

// end is deferred by serve.
func (q *request) end(err *error) {
	q.outer.Pattern = q.inner.Pattern // for handlers above
	if form := q.inner.MultipartForm; form != nil && q.outer.MultipartForm == nil {
		_ = form.RemoveAll() // net/http does not know of it
	}
	if q.normal {
		return
	}
	ctx := q.inner.Context()
	switch v := recover(); v {
	case nil:
		q.report(ctx, scope.ErrGoexit)
	case http.ErrAbortHandler:
		q.aborted = true
		*err = context.Cause(ctx)
	default:
		q.report(ctx, scope.NewPanicError(v))
		// From here the stack of the panic is still there to be seen.
		panic(v)
	}
}

func (q *request) report(ctx context.Context, err error) {
	s := q.handler.scope
	s.Report(ctx, &scope.TaskError{Path: s.Path(), Task: q.name, Attempt: 1, Err: err})
}
