package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A demo is a load of clients, and a signal in the middle of it.
type demo struct {
	after   time.Duration
	signals chan os.Signal
	clients *scope.Scope // a tree of their own: they see the end of the server
	counts  []*scope.Task[counts]
}

func newDemo(after time.Duration) *demo {
	d := &demo{after: after, signals: make(chan os.Signal, 2), clients: scope.New(context.Background(), "clients")}
	signal.Notify(d.signals, os.Interrupt, syscall.SIGTERM)
	return d
}

// start lets four clients loose, and sends the signal when it is time.
func (d *demo) start(url string) {
	for range 4 {
		d.counts = append(d.counts, scope.Go(d.clients.Context(), d.clients, func(ctx context.Context) (counts, error) {
			return load(ctx, url, func() {})
		}))
	}
	time.AfterFunc(d.after, func() {
		select {
		case d.signals <- syscall.SIGTERM:
		default: // somebody was faster, twice
		}
	})
}

// judge waits for the clients and returns the exit status: that of the server,
// or 1 if that is 0 and not every accepted request has got its answer.
func (d *demo) judge(status int, accepted int64, stderr io.Writer) int {
	signal.Stop(d.signals)
	var sum counts
	for _, task := range d.counts {
		c, err := task.Wait(context.Background())
		if err != nil {
			_, _ = fmt.Fprintf(stderr, "demo: %v\n", err)
			status = max(status, 1)
		}
		sum.add(c)
	}
	lost := accepted - sum.answered - sum.failed
	_, _ = fmt.Fprintf(stderr, "demo: %d requests answered, %d refused, %d failed, %d lost\n",
		sum.answered, sum.refused, sum.failed, lost)
	if lost != 0 || sum.failed != 0 {
		status = max(status, 1)
	}
	_ = d.clients.Close() // all have ended
	return status
}
