package scopehttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scopehttp"
)

func TestTaskIsNamedByThePattern(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /notes/{id}", http.HandlerFunc(panics))
	mux.Handle("/", http.HandlerFunc(panics))
	outer := func(h http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle("/notes/", h)
		return m
	}
	long := strings.Repeat("X", 1000)
	tests := []struct {
		name    string
		handler func(s *scope.Scope) http.Handler
		method  string
		want    string
	}{
		{"of the mux", func(s *scope.Scope) http.Handler { return scopehttp.Handler(s, mux) }, "GET", "GET /notes/{id}"},
		{"of the mux, other method", func(s *scope.Scope) http.Handler { return scopehttp.Handler(s, mux) }, "POST", "/"},
		{"of a mux above", func(s *scope.Scope) http.Handler {
			return outer(scopehttp.Handler(s, http.HandlerFunc(panics)))
		}, "GET", "/notes/"},
		{"of the mux before one above", func(s *scope.Scope) http.Handler { return outer(scopehttp.Handler(s, mux)) }, "GET", "GET /notes/{id}"},
		{"method", func(s *scope.Scope) http.Handler { return scopehttp.Handler(s, http.HandlerFunc(panics)) }, "DELETE", "DELETE"},
		{"long method", func(s *scope.Scope) http.Handler { return scopehttp.Handler(s, http.HandlerFunc(panics)) }, long, long[:32]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sink := new(told)
			s := open(t, scope.WithSink(sink))
			r, err := http.NewRequest(tt.method, "/notes/7", nil)
			if err != nil {
				t.Fatal(err)
			}
			panicOf(func() { tt.handler(s).ServeHTTP(nil, r) })
			if len(sink.errs) != 1 || sink.errs[0].Task != tt.want {
				t.Errorf("the sink was told %v, want one of task %q", sink.errs, tt.want)
			}
		})
	}
}

// What a ServeMux below finds out is seen by handlers above.
func TestHandlersAboveSeeThePattern(t *testing.T) {
	s := open(t)
	mux := http.NewServeMux()
	mux.Handle("GET /notes/{id}", echo("ok"))
	h := scopehttp.Handler(s, http.HandlerFunc(mux.ServeHTTP))
	w := serve(t, protocols[0], s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		if want := "GET /notes/{id}"; r.Pattern != want {
			t.Errorf("Pattern = %q, want %q", r.Pattern, want)
		}
	}))
	w.want("/notes/7", "200 ok")
}

func TestFilesOfAFormAreRemoved(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mustBeNil(t, "ParseMultipartForm()", r.ParseMultipartForm(0))
				files, err := os.ReadDir(os.TempDir())
				if err != nil || len(files) != 1 {
					t.Errorf("files of the form = %v, %v, want one", files, err)
				}
			})))
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			part, err := form.CreateFormFile("f", "f")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(part, "text")
			_ = form.Close()
			resp, err := w.client.Post(w.url, form.FormDataContentType(), &body)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			mustBeNil(t, "Close()", s.Close())
			if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) != 0 {
				t.Errorf("files left over = %v, %v, want none", files, err)
			}
		})
	}
}

func TestStatusIsNoFailure(t *testing.T) {
	s := open(t, scope.FailFast())
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusInternalServerError)
	})))
	w.want("/", "500 no\n")
	w.want("/", "500 no\n")
}

func TestClientThatGoesAwayEndsTheRequest(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t)
			entered, left, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(entered)
				<-r.Context().Done()
				close(left)
				<-gone // an answer could overtake the news of the cancellation
			})))
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-entered; cancel() }()
			if got := w.get(ctx, "/"); !errors.Is(got.err, context.Canceled) {
				t.Errorf("GET / = %q, want %v", got, context.Canceled)
			}
			<-left
			close(gone)
			mustBeNil(t, "Err() of the scope", s.Context().Err())
		})
	}
}

func TestClientThatGoesAwayDoesNotWaitForItsTurn(t *testing.T) {
	g := newGate()
	s := open(t)
	small := s.Child("small", scope.WithLimit(1))
	left := make(chan struct{})
	h := scopehttp.Handler(small, g)
	w := serve(t, protocols[0], s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		left <- struct{}{}
	}))
	late := w.goGet("/")
	<-g.entered
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan reply, 1)
	go func() { gone <- w.get(ctx, "/") }()
	waitForStack(t, "scope.(*Scope).acquire")
	cancel()
	<-left // the second has left while the first holds the place
	<-gone
	close(g.leave)
	<-left
	if got := (<-late).String(); got != "200 late" {
		t.Errorf("GET / = %q, want %q", got, "200 late")
	}
}

// A request that waits for itself is a mistake that the sink is told of.
func TestRequestThatHoldsThePlaceItWaitsForIsRefused(t *testing.T) {
	sink := new(told)
	s := open(t, scope.WithSink(sink))
	small := s.Child("small", scope.WithLimit(1))
	w := serve(t, protocols[0], s, scopehttp.Handler(small, scopehttp.Handler(small, echo("ok"))))
	w.want("/", unavailable)
	sink.want(t, "/web/small: scope: waiting for /web/small: "+scope.ErrLimitDeadlock.Error())
}

func TestWorkOfARequestEndsBeforeItsResponse(t *testing.T) {
	s := open(t)
	var ended []string
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err := scope.Run(r.Context(), "work", func(ctx context.Context, work *scope.Scope) error {
			if work.Parent() != s {
				t.Errorf("Parent() = %v, want the scope of the handler", work.Parent())
			}
			return work.Go(ctx, func(context.Context) error { ended = append(ended, "task"); return nil })
		})
		mustBeNil(t, "Run()", err)
		ended = append(ended, "request")
	})))
	w.want("/", "200 ")
	if got := strings.Join(ended, " "); got != "task request" {
		t.Errorf("ended: %s, want task request", got)
	}
}

func TestRequestMayStartWorkInTheDrain(t *testing.T) {
	s := open(t)
	entered := make(chan struct{})
	w := serve(t, protocols[0], s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-scope.Draining(r.Context())
		mustBeNil(t, "Do()", s.Do(r.Context(), func(context.Context) error { return nil }))
	})))
	replies := w.goGet("/")
	<-entered
	done := w.shutdown()
	if got := (<-replies).String(); got != "200 " {
		t.Errorf("GET / = %q, want %q", got, "200 ")
	}
	mustBeNil(t, "Shutdown()", <-done)
}

func TestStreamEndsWhenTheDrainBegins(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t)
			w := serve(t, p, s, scopehttp.Handler(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "data: 1\n\n")
				w.(http.Flusher).Flush()
				<-scope.Draining(r.Context())
				_, _ = io.WriteString(w, "data: bye\n\n")
			})))
			resp, err := w.client.Get(w.url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			first := make([]byte, len("data: 1\n\n"))
			if _, err := io.ReadFull(resp.Body, first); err != nil {
				t.Errorf("first event = %v, want nil", err)
			}
			done := w.shutdown()
			rest, err := io.ReadAll(resp.Body)
			if string(rest) != "data: bye\n\n" || err != nil {
				t.Errorf("rest of the stream = %q, %v, want %q", rest, err, "data: bye\n\n")
			}
			mustBeNil(t, "Shutdown()", <-done)
		})
	}
}

func TestGoroutineHasTheLabelsOfTheScopeMeanwhile(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			s := open(t)
			app := s.Child("app")
			h := scopehttp.Handler(app, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				if got := ownPath(t); got != "/web/app" {
					t.Errorf("path label in the task = %q, want /web/app", got)
				}
			}))
			w := serve(t, p, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				before := ownPath(t)
				h.ServeHTTP(w, r)
				if after := ownPath(t); before != "/web" || after != "/web" {
					t.Errorf("path label before and after the task = %q, %q, want /web", before, after)
				}
			}))
			w.want("/", "200 ")
			w.want("/", "200 ") // on the same connection
		})
	}
}
