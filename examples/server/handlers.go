package main

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/rxscope/rxscope/scope"
)

const (
	maxNote   = 4 << 10 // bytes
	listed    = 20      // notes
	exported  = 1000    // notes
	deafTime  = time.Hour
	jsonLines = "application/x-ndjson"
)

// routes returns the handlers of the application. Each request is a task of the
// handlers scope, so its context ends with that, and a handler needs to know
// nothing else about how the server ends.
func (a *app) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+a.prefix+"/notes", a.list)
	mux.HandleFunc("POST "+a.prefix+"/notes", a.add)
	mux.HandleFunc("GET "+a.prefix+"/export", a.export)
	mux.HandleFunc("GET "+a.prefix+"/deaf", a.deaf)
	return mux
}

// add keeps the body of the request as a note.
func (a *app) add(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNote))
	if err != nil || len(text) == 0 {
		http.Error(w, "want a text of at most 4 KiB", http.StatusBadRequest)
		return
	}
	id, err := a.store.add(r.Context(), "http", string(text))
	if err != nil {
		fail(w, r, err)
		return
	}
	reply(w, http.StatusCreated, map[string]int64{"id": id})
}

// list answers with the newest notes.
func (a *app) list(w http.ResponseWriter, r *http.Request) {
	notes, err := a.store.latest(r.Context(), listed)
	if err != nil {
		fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, notes)
}

// export streams the notes, one a line. With ?pause=50ms it is a request that
// takes its time, and is still answered when the server is told to end.
func (a *app) export(w http.ResponseWriter, r *http.Request) {
	pause, err := time.ParseDuration(cmp.Or(r.FormValue("pause"), "0s"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	notes, err := a.store.latest(r.Context(), exported)
	if err != nil {
		fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", jsonLines)
	out, flush := json.NewEncoder(w), http.NewResponseController(w).Flush
	for _, n := range notes {
		if out.Encode(n) != nil || flush() != nil {
			return // the client has left
		}
		select {
		case <-time.After(pause):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler) // half an export must not pass for a whole one
		}
	}
}

// deaf makes the mistake that no library can mend: it does not look at its
// context. The server waits for as long as it was told to, and then names it.
func (a *app) deaf(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush() // so that the client knows it got here
	time.Sleep(deafTime)
}

// reply answers with v. A client that has left before is none of our errors.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// fail answers that something of ours went wrong, and tells the error sink
// what.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		scope.Report(r.Context(), err)
	}
	http.Error(w, "internal error", http.StatusInternalServerError)
}
