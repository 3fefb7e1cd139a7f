package scopehttp_test

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func panics(http.ResponseWriter, *http.Request) { panic(errBoom) }

// A logged is what loggers have written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// standardLog catches what the standard logger writes.
func standardLog(t *testing.T) *logged {
	l := new(logged)
	log.SetOutput(l)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return l
}

// waitFor waits until text is written. Over HTTP/2 that may be after the
// connection has closed.
func (l *logged) waitFor(text string) {
	for !strings.Contains(l.String(), text) {
		runtime.Gosched()
	}
}

func TestPanicIsToldOnceWithItsStack(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			out := standardLog(t)
			sink := new(told)
			s := open(t, scope.WithSink(sink), scope.FailFast())
			mux := http.NewServeMux()
			mux.HandleFunc("GET /boom", panics)
			mux.Handle("/", echo("ok"))
			w := serve(t, p, s, scopehttp.Handler(s, mux))
			if got := w.get(t.Context(), "/boom"); got.err == nil {
				t.Errorf("GET /boom = %q, want an error", got)
			}
			w.want("/", "200 ok")
			mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
			sink.want(t, `/web task "GET /boom": panic: boom`)
			e, ok := errors.AsType[*scope.PanicError](sink.errs[0])
			if !ok || !errors.Is(e, errBoom) || !strings.Contains(string(e.Stack), "scopehttp_test.panics(") {
				t.Errorf("the sink was told %v, want a PanicError with the stack of the handler", sink.errs[0])
			}
			if got := out.String(); got != "" {
				t.Errorf("the log says %q as well, want nothing", got)
			}
		})
	}
}

func TestErrorLogOfTheServerIsKept(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			sink := new(told)
			s := open(t, scope.WithSink(sink))
			out := new(logged)
			w := serveWith(t, p, s, &http.Server{
				Handler:  scopehttp.Handler(s, http.HandlerFunc(panics)),
				ErrorLog: log.New(out, "", 0),
			})
			w.get(t.Context(), "/")
			mustBeNil(t, "Close()", s.Close())
			sink.want(t, `/web task "GET": panic: boom`)
			// net/http sees the panic, and where it came from.
			out.waitFor("panic serving")
			if got := out.String(); !strings.Contains(got, "scopehttp_test.panics(") {
				t.Errorf("the log says %q, want the stack of the handler", got)
			}
		})
	}
}

// Nobody else tells of a panic that came through no Handler.
func TestPanicOfNoHandlerIsLogged(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			out := standardLog(t)
			s := open(t)
			serve(t, p, s, http.HandlerFunc(panics)).get(t.Context(), "/")
			out.waitFor("panic serving")
			mustBeNil(t, "Close()", s.Close())
			if got := out.String(); strings.Count(got, "panic serving") != 1 || !strings.Contains(got, "boom") {
				t.Errorf("the log says %q, want the panic once", got)
			}
		})
	}
}

func TestPanicGoesOnToHandlersAbove(t *testing.T) {
	tests := []struct {
		value any
		told  []string
	}{
		{"boom", []string{`/web task "GET": panic: boom`}},
		{http.ErrAbortHandler, nil},
		{[]int{1}, []string{`/web task "GET": panic: [1]`}}, // cannot be compared
	}
	for _, tt := range tests {
		sink := new(told)
		s := open(t, scope.WithSink(sink))
		h := scopehttp.Handler(s, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(tt.value) }))
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		got := panicOf(func() { h.ServeHTTP(nil, r) })
		if _, ok := tt.value.([]int); !ok && got != tt.value || got == nil {
			t.Errorf("panic %v, want %v", got, tt.value)
		}
		mustBeNil(t, "Close()", s.Close())
		sink.want(t, tt.told...)
	}
}

func TestErrAbortHandlerIsNoFailure(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			out := standardLog(t)
			s := open(t, scope.FailFast())
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				panic(http.ErrAbortHandler)
			})))
			if got := w.get(t.Context(), "/"); got.err == nil {
				t.Errorf("GET / = %q, want an error", got)
			}
			mustBeNil(t, "Shutdown()", s.Shutdown(t.Context()))
			if got := out.String(); got != "" {
				t.Errorf("the log says %q, want nothing", got)
			}
		})
	}
}

// A handler that aborts because the client has gone, as a proxy does, was
// cancelled.
func TestErrAbortHandlerAfterTheEndOfTheContextIsACancellation(t *testing.T) {
	s := open(t)
	entered := make(chan struct{})
	ends := make(chan scope.TaskEnd, 1)
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})))
	defer s.Hook(&scope.Hooks{TaskEnded: func(_ context.Context, _ *scope.TaskInfo, end scope.TaskEnd) { ends <- end }})()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	w.get(ctx, "/")
	if got := <-ends; got.State != scope.TaskCancelled {
		t.Errorf("the task has %v, want %v", got.State, scope.TaskCancelled)
	}
}

func TestGoexitIsTold(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			sink := new(told)
			s := open(t, scope.WithSink(sink))
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				runtime.Goexit()
			})))
			if got := w.get(t.Context(), "/"); got.err == nil {
				t.Errorf("GET / = %q, want an error", got)
			}
			mustBeNil(t, "Close()", s.Close())
			sink.want(t, `/web task "GET": `+scope.ErrGoexit.Error())
		})
	}
}
