package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// serveApp serves an application until the end of the test and returns it with
// its URL.
func serveApp(t *testing.T) (*app, string) {
	t.Helper()
	root := scope.New(t.Context(), "test")
	shut(t, root)
	a, err := openApp(t.Context(), root, "app-a", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a.handler)
	t.Cleanup(srv.Close)
	return a, srv.URL + a.prefix
}

// answer makes a request and returns what came back.
func answer(t *testing.T, method, url, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestNotesComeBack(t *testing.T) {
	a, url := serveApp(t)
	if status, text := answer(t, "POST", url+"/notes", "hello"); status != http.StatusCreated || !strings.HasPrefix(text, `{"id":`) {
		t.Errorf("POST = %d %q, want 201 and the ID", status, text)
	}
	status, text := answer(t, "GET", url+"/notes", "")
	var notes []note
	if err := json.Unmarshal([]byte(text), &notes); err != nil || status != http.StatusOK || !strings.Contains(text, `"source":"http","text":"hello"`) {
		t.Errorf("GET = %d %q, want 200 and the note (%v)", status, text, err)
	}
	status, text = answer(t, "GET", url+"/export?pause=1us", "")
	if lines := strings.Count(text, "\n"); status != http.StatusOK || lines < len(notes) {
		t.Errorf("GET export = %d and %d lines, want 200 and at least %d", status, lines, len(notes))
	}
	if got := a.accepted(); got != 3 {
		t.Errorf("accepted %d requests, want 3", got)
	}
}

func TestBadRequests(t *testing.T) {
	_, url := serveApp(t)
	tests := []struct {
		name, method, path, body string
		want                     int
	}{
		{"empty note", "POST", "/notes", "", 400},
		{"long note", "POST", "/notes", strings.Repeat("x", maxNote+1), 400},
		{"longest note", "POST", "/notes", strings.Repeat("x", maxNote), 201},
		{"pause is no time", "GET", "/export?pause=long", "", 400},
		{"no such path", "GET", "/none", "", 404},
		{"no such method", "PUT", "/notes", "", 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, text := answer(t, tt.method, url+tt.path, tt.body); got != tt.want {
				t.Errorf("status = %d %q, want %d", got, text, tt.want)
			}
		})
	}
}

func TestClosedAppRefuses(t *testing.T) {
	a, url := serveApp(t)
	if err := a.scope.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := answer(t, "GET", url+"/notes", ""); status != http.StatusServiceUnavailable {
		t.Errorf("status = %d, want 503", status)
	}
	if got := a.accepted(); got != 0 {
		t.Errorf("accepted %d requests, want none", got)
	}
}
