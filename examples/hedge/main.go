// Hedge asks a flaky server, and asks again where an answer is late: once the
// first request has taken longer than nine out of ten did lately, a second one
// starts beside it, and the first good answer wins. A response with status 503 is
// no good answer.
//
//	hedge [-n requests] [-seed N]
//
// The server is in the same process: most answers take 2 ms, one in twenty 100 ms,
// and one in fifty is a 503. It prints how long requests took with and without.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func main() {
	n := flag.Int("n", 500, "requests of each kind")
	seed := flag.Uint64("seed", 1, "of the server's moods")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "hedge:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, n int, seed uint64) error {
	server := httptest.NewServer(moody(rand.New(rand.NewPCG(seed, 0)))) //nolint:gosec // a mood is no secret
	defer server.Close()
	return scope.Run(ctx, "hedge", func(ctx context.Context, _ *scope.Scope) error {
		for _, c := range []*client{{url: server.URL, copies: 1}, {url: server.URL, copies: 3}} {
			c.lately.size = 100
			took, failed := c.measure(ctx, n)
			_, err := fmt.Fprintf(out, "%d %s: median %v, 99th percentile %v, %d failed, %d requests sent\n", n, c, quantile(took, 0.5).Round(100*time.Microsecond), quantile(took, 0.99).Round(100*time.Microsecond), failed, c.sent())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// moody is the server.
func moody(rnd *rand.Rand) http.Handler {
	var mu sync.Mutex // guards rnd
	mood := func() int {
		mu.Lock()
		defer mu.Unlock()
		return rnd.IntN(100)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := 2 * time.Millisecond
		switch m := mood(); {
		case m < 5:
			d = 100 * time.Millisecond
		case m < 7:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		select {
		case <-time.After(d):
			_, _ = io.WriteString(w, "hello")
		case <-r.Context().Done(): // the other one was faster
		}
	})
}

// A client sends up to a number of copies of each request.
type client struct {
	url    string
	copies int
	lately recent

	mu    sync.Mutex // guards count
	count int
}

func (c *client) String() string {
	if c.copies == 1 {
		return "plain requests"
	}
	return "hedged requests"
}

// get returns the first good answer.
func (c *client) get(ctx context.Context) (string, error) {
	contenders := slices.Repeat([]scope.Func[*response]{c.send}, c.copies)
	won, err := race.DeferErrors(ctx, contenders,
		race.StaggerFunc(func(int) time.Duration { return c.lately.quantile(0.9) }),
		race.Accept(good))
	if err != nil {
		return "", err
	}
	return won.Value.body, nil
}

// good is what a winner must be.
func good(_ context.Context, r *response) error {
	if r.status != http.StatusOK {
		return fmt.Errorf("status %d", r.status)
	}
	return nil
}

// A response is one that was read to its end.
type response struct {
	status int
	body   string
}

// send sends one copy.
func (c *client) send(ctx context.Context) (*response, error) {
	c.mu.Lock()
	c.count++
	c.mu.Unlock()
	begun := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	c.lately.note(time.Since(begun))
	return &response{resp.StatusCode, string(body)}, nil
}

func (c *client) sent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// measure sends n requests one after the other.
func (c *client) measure(ctx context.Context, n int) (took []time.Duration, failed int) {
	for range n {
		begun := time.Now()
		if _, err := c.get(ctx); err != nil {
			failed++
		}
		took = append(took, time.Since(begun))
	}
	return took, failed
}

// recent keeps the last durations.
type recent struct {
	mu   sync.Mutex // guards what follows
	size int
	last []time.Duration
	next int
}

func (r *recent) note(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.last) < r.size {
		r.last = append(r.last, d)
		return
	}
	r.last[r.next] = d
	r.next = (r.next + 1) % r.size
}

// quantile returns how long it took at most in the share q of the last times, and
// while nothing is known a second.
func (r *recent) quantile(q float64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.last) == 0 {
		return time.Second
	}
	return quantile(r.last, q)
}

func quantile(durations []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(durations))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
