//go:build unix

package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A child is the program in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
	log []string // to be read after wait
	eof chan struct{}
}

// start starts the program and returns when it serves.
func start(t *testing.T, args ...string) *child {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := &child{cmd: exec.CommandContext(ctx, program, append(args, "-addr", "127.0.0.1:0")...), eof: make(chan struct{})}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url := make(chan string, 1)
	go func() {
		defer close(c.eof)
		defer close(url)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			c.log = append(c.log, lines.Text())
			if _, u, ok := strings.Cut(lines.Text(), "listening url="); ok {
				url <- u
			}
		}
	}()
	if c.url = <-url; c.url == "" {
		t.Fatalf("exit status %d before it served:\n%s", c.wait(), c.text())
	}
	return c
}

// terminate does what kill -TERM does.
func (c *child) terminate(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// wait waits for the end of the process and returns its exit status.
func (c *child) wait() int {
	<-c.eof
	_ = c.cmd.Wait() // the status says it
	return c.cmd.ProcessState.ExitCode()
}

func (c *child) text() string { return strings.Join(c.log, "\n") }

// line returns where in the log the first line with part stands.
func (c *child) line(t *testing.T, part string) int {
	t.Helper()
	i := slices.IndexFunc(c.log, func(l string) bool { return strings.Contains(l+"\n", part) })
	if i < 0 {
		t.Errorf("no line has %q", part)
	}
	return i
}

// get makes a request and returns as soon as the handler has begun to answer.
func get(t *testing.T, url string) io.Reader {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() }) // read to its end, or broken
	return res.Body
}

// served returns how many requests the log says were accepted.
func (c *child) served(t *testing.T) (n int64) {
	t.Helper()
	for _, m := range regexp.MustCompile(`served app=app-. requests=(\d+)`).FindAllStringSubmatch(c.text(), -1) {
		k, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	return n
}

// TestTermUnderLoadLosesNothing: whoever is answered 201 finds the note in the
// file, and what the server has accepted, a client has got an answer to.
func TestTermUnderLoadLosesNothing(t *testing.T) {
	dir := t.TempDir()
	c := start(t, "-dir", dir)
	const notes = 40 // 200 ms of export, at least
	want := counts{answered: notes + 1, notes: notes}
	for i := range notes {
		if status, text := answer(t, "POST", c.url+"/myapp-a/notes", fmt.Sprint(i)); status != http.StatusCreated {
			t.Fatalf("POST = %d %q, want 201", status, text)
		}
	}
	clients := scope.New(t.Context(), "clients")
	shut(t, clients)
	loads := startLoads(t, clients, c.url)

	slow := get(t, c.url+"/myapp-a/export?pause=5ms")
	var last string
	for lines := bufio.NewScanner(slow); lines.Scan(); {
		if last == "" {
			c.terminate(t)
		}
		last = lines.Text()
	}
	for _, l := range loads {
		got, err := l.Wait(t.Context())
		if err != nil || got.answered == 0 || got.refused == 0 || got.failed != 0 {
			t.Errorf("a client counts %+v, %v, want answers and then refusals", got, err)
		}
		want.add(got)
	}

	if got := c.wait(); got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
	if !strings.HasPrefix(last, `{"id":1,`) {
		t.Errorf("the request in flight ends with %q, want the first note", last)
	}
	if got := c.served(t); got != want.answered {
		t.Errorf("%d requests accepted, %d answered", got, want.answered)
	}
	if got := kept(t, dir); got != want.notes {
		t.Errorf("%d notes kept, %d answered", got, want.notes)
	}
	wantOrder(t, c)
	if t.Failed() {
		t.Log(c.text())
	}
}

// startLoads starts eight clients and returns when each has had answers.
func startLoads(t *testing.T, s *scope.Scope, url string) (loads []*scope.Task[counts]) {
	t.Helper()
	const n, enough = 8, 5
	ready := make(chan struct{}, n)
	for range n {
		loads = append(loads, scope.Go(t.Context(), s, func(ctx context.Context) (counts, error) {
			answers := 0
			return load(ctx, url, func() {
				if answers++; answers == enough {
					ready <- struct{}{}
				}
			})
		}))
	}
	for range n {
		select {
		case <-ready:
		case <-time.After(time.Minute):
			t.Fatal("a client gets no answers")
		}
	}
	return loads
}

// kept returns how many notes of clients the databases in dir hold.
func kept(t *testing.T, dir string) (n int64) {
	t.Helper()
	for _, file := range []string{"/app-a.db", "/app-b.db"} {
		db, err := sql.Open("sqlite", "file:"+dir+file)
		if err != nil {
			t.Fatal(err)
		}
		var k int64
		if err := db.QueryRow(`SELECT count(*) FROM notes WHERE source = 'http'`).Scan(&k); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		n += k
	}
	return n
}

// wantOrder checks that everything closed after its last user.
func wantOrder(t *testing.T, c *child) {
	t.Helper()
	summary, journal := c.line(t, "summary failures="), c.line(t, "closing database=journal.db")
	for _, app := range []string{"app-a", "app-b"} {
		database, closed := c.line(t, "closing database="+app+".db"), c.line(t, "closed scope=/server/"+app+"\n")
		for _, user := range []string{"handlers", "timers", "background"} {
			if c.line(t, "closed scope=/server/"+app+"/"+user+"\n") > database {
				t.Errorf("the database of %s closed before its %s", app, user)
			}
		}
		if database > closed || closed > summary || summary > journal {
			t.Errorf("%s: lines %d, %d, %d, %d, want database, application, summary, journal", app, database, closed, summary, journal)
		}
	}
	if root := c.line(t, "closed scope=/server\n"); journal > root {
		t.Errorf("the root closes in line %d, before the journal in %d", root, journal)
	}
}

func TestDeafHandlerIsNamedWithItsStack(t *testing.T) {
	c := start(t, "-drain", "50ms", "-cancel", "50ms")
	get(t, c.url+"/myapp-b/deaf")
	c.terminate(t)
	if got := c.wait(); got != 3 {
		t.Errorf("exit status %d, want 3", got)
	}
	for _, want := range []string{`server: scope /server/app-b/handlers: stuck: task "GET /myapp-b/deaf" running for `, "(*app).deaf"} {
		if got := strings.Count(c.text(), want); got != 1 {
			t.Errorf("the report has %q %d times, want once", want, got)
		}
	}
	wantOrder(t, c)
	if t.Failed() {
		t.Log(c.text())
	}
}

func TestSecondSignalEndsTheWait(t *testing.T) {
	c := start(t)
	get(t, c.url+"/myapp-a/deaf")
	c.terminate(t)
	// A signal must have been taken before the next one counts: new requests
	// are refused from then on.
	if _, err := load(t.Context(), c.url, func() {}); err != nil {
		t.Error(err)
	}
	c.terminate(t)
	if got, want := c.wait(), 128+int(syscall.SIGTERM); got != want {
		t.Errorf("exit status %d, want %d:\n%s", got, want, c.text())
	}
}
