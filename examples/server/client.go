package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// counts are what came of the requests of a client.
type counts struct {
	answered int64
	notes    int64 // of the answered: that a note was kept
	failed   int64 // answered with a status that nobody wants
	refused  int64 // by a 503, or the connection was closed before an answer came
}

func (c *counts) add(d counts) {
	c.answered += d.answered
	c.notes += d.notes
	c.failed += d.failed
	c.refused += d.refused
}

// load makes requests over one connection, as a browser would keep it, until
// nobody listens any more, and calls answered after each that was. It fails
// only if ctx ends before.
func load(ctx context.Context, url string, answered func()) (c counts, err error) {
	conns := &http.Transport{MaxConnsPerHost: 1}
	defer conns.CloseIdleConnections()
	client := &http.Client{Transport: conns}
	for i := 0; ; i++ {
		req, err := request(ctx, url, i)
		if err != nil {
			return c, err
		}
		status, err := ask(client, req)
		switch {
		case ctx.Err() != nil:
			return c, context.Cause(ctx)
		case err != nil || status == http.StatusServiceUnavailable:
			c.refused++
		case status == http.StatusCreated:
			c.notes++
			c.answered++
			answered()
		case status == http.StatusOK:
			c.answered++
			answered()
		default:
			c.failed++
		}
		if nobodyListens(err) {
			return c, nil
		}
	}
}

// request returns the i-th request of a client: it adds notes, reads them, and
// now and then has one that takes longer, to each application in turn.
func request(ctx context.Context, url string, i int) (*http.Request, error) {
	url += [...]string{"/myapp-a", "/myapp-b"}[i%2]
	switch i / 2 % 3 {
	case 0:
		return http.NewRequestWithContext(ctx, http.MethodPost, url+"/notes", strings.NewReader(fmt.Sprint("note ", i)))
	case 1:
		return http.NewRequestWithContext(ctx, http.MethodGet, url+"/notes", nil)
	default:
		return http.NewRequestWithContext(ctx, http.MethodGet, url+"/export?pause=1ms", nil)
	}
}

// ask makes a request and reads the answer to its end.
func ask(client *http.Client, req *http.Request) (status int, err error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

func nobodyListens(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
