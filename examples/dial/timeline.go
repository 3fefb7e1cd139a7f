package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// A timeline is what happened in one dial: a bar for each lookup and attempt.
type timeline struct {
	mu    sync.Mutex // guards what follows
	bars  []*bar
	over  bool
	total time.Duration
	err   error
}

// A bar is something that lasted.
type bar struct {
	label     string
	addr      netip.AddrPort // of an attempt
	start     time.Duration
	connected time.Duration // when the handshake began; 0: there was none
	end       time.Duration
	ended     bool
	what      string // became of it
	won       bool
	failed    bool
}

// stopped is what becomes of those that did not win.
const stopped = "stopped"

// note is the Trace of a dial.
func (t *timeline) note(e dial.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return // of a loser, after the dial
	}
	switch e.Kind {
	case dial.LookupStart:
		t.bars = append(t.bars, &bar{label: "ask " + e.Host + " " + e.Network, start: e.At})
	case dial.LookupDone:
		b := t.find(func(b *bar) bool { return b.label == "ask "+e.Host+" "+e.Network })
		b.finish(e.At, found(e), e.Err != nil)
	case dial.AttemptStart:
		t.bars = append(t.bars, &bar{label: "try " + e.Addr.Addr().String(), addr: e.Addr, start: e.At})
	case dial.HandshakeStart:
		t.attempt(e).connected = e.At
	case dial.AttemptDone:
		b := t.attempt(e)
		what := "connected"
		switch {
		case errors.Is(e.Err, context.Canceled):
			what = stopped
		case e.Err != nil:
			what = reason(e.Err)
		}
		b.finish(e.At, what, e.Err != nil)
	case dial.Won:
		b := t.attempt(e)
		b.what, b.won = "won", true
	}
}

// found says what an answer brought.
func found(e dial.Event) string {
	if e.Err != nil {
		return reason(e.Err)
	}
	var texts []string
	for _, a := range e.Addrs {
		texts = append(texts, a.Unmap().String())
	}
	return strings.Join(texts, " ")
}

// reason is the last part of an error, which says what it was.
func reason(err error) string {
	parts := strings.Split(err.Error(), ": ")
	return parts[len(parts)-1]
}

func (t *timeline) attempt(e dial.Event) *bar {
	return t.find(func(b *bar) bool { return b.addr == e.Addr })
}

// find returns the last bar that is wanted. The caller holds t.mu.
func (t *timeline) find(wanted func(*bar) bool) *bar {
	for _, b := range slices.Backward(t.bars) {
		if wanted(b) {
			return b
		}
	}
	return new(bar) // of something that is not shown
}

func (b *bar) finish(at time.Duration, what string, failed bool) {
	b.end, b.ended, b.what, b.failed = at, true, what, failed
}

// end closes the timeline: what has not ended has been stopped.
func (t *timeline) end(r result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over, t.total, t.err = true, r.took, r.err
	for _, b := range t.bars {
		if !b.ended {
			b.finish(r.took, stopped, true)
		}
	}
}

// width is how many characters the time of a dial has.
const width = 40

// print writes the timeline as text.
func (t *timeline) print(out io.Writer) error {
	longest := 0
	for _, b := range t.bars {
		longest = max(longest, len(b.label))
	}
	for _, b := range t.bars {
		if _, err := fmt.Fprintf(out, "  %10s  %-*s |%s| %10s  %s\n",
			millis(b.start), longest, b.label, b.text(t.total), millis(b.end), b.what); err != nil {
			return err
		}
	}
	return nil
}

// text is the bar as characters: - for connecting, = for a handshake, and how it
// ended.
func (b *bar) text(total time.Duration) string {
	at := func(d time.Duration) int { return min(width-1, int(float64(d)/float64(max(total, 1))*width)) }
	line := []byte(strings.Repeat(" ", width))
	for i := at(b.start); i <= at(b.end); i++ {
		line[i] = '-'
		if b.connected > 0 && i >= at(b.connected) {
			line[i] = '='
		}
	}
	switch {
	case b.won:
		line[at(b.end)] = '*'
	case b.failed:
		line[at(b.end)] = 'x'
	default:
		line[at(b.end)] = '>'
	}
	return string(line)
}
