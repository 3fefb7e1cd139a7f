package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rxscope/rxscope/race"
)

// A DialError is why a dial has failed, with all that was tried. It unwraps to
// the cause, if the context ended it, then to the errors of the attempts in the
// order in which they began, and then to those of the lookups, so that
// [errors.Is] and [errors.As] find what any of them reported.
type DialError struct { //nolint:revive // Error alone would not say that it is what an OpError has in it
	Network  string
	Address  string
	Cause    error     // why the context ended, if that ended the dial; else nil
	Attempts []Attempt // in the order in which they began
	Lookups  []Lookup  // in the order in which they were answered

	ended error // the error of the context: Canceled or DeadlineExceeded
}

// An Attempt is one try to connect.
type Attempt struct {
	Addr    netip.AddrPort
	Started time.Duration // since the start of the dial
	Elapsed time.Duration
	Err     error // the cause of the end for one that had not ended with the dial

	ended bool
}

// A Lookup is one question to the resolver.
type Lookup struct {
	Network string // ip4 or ip6
	Host    string
	Elapsed time.Duration // since the start of the dial
	Addrs   []netip.Addr
	Err     error
}

// maxText is how many failures the text of an error spells out.
const maxText = 8

// Error says what is known in one text, without the network and the address,
// which stand in the [net.OpError] around.
func (e *DialError) Error() string {
	var parts []string
	if e.Cause != nil {
		parts = append(parts, e.Cause.Error())
	}
	for i, a := range e.Attempts {
		if i == maxText {
			parts = append(parts, fmt.Sprintf("and %d more attempts", len(e.Attempts)-i))
			break
		}
		parts = append(parts, e.text(a))
	}
	if len(e.Attempts) == 0 || e.Cause == nil {
		for _, l := range e.Lookups {
			if l.Err == nil {
				continue
			}
			if text := l.Err.Error(); len(parts) == 0 || parts[len(parts)-1] != text { // both families often say the same
				parts = append(parts, text)
			}
		}
	}
	if len(parts) == 0 {
		return "no addresses"
	}
	return strings.Join(parts, "; ")
}

// text says what became of an attempt.
func (e *DialError) text(a Attempt) string {
	what := a.Err
	if op, ok := a.Err.(*net.OpError); ok && op.Op == "dial" { //nolint:errorlint // the one that would repeat the address
		what = op.Err
	}
	text := "is being tried"
	if a.ended {
		text = what.Error()
	}
	if !a.Addr.IsValid() || len(e.Attempts) == 1 && e.Address == a.Addr.String() {
		return text // the address stands before it
	}
	return a.Addr.String() + ": " + text
}

// Unwrap returns the cause, and the errors of attempts and lookups.
func (e *DialError) Unwrap() []error {
	var errs []error
	if e.Cause != nil {
		errs = append(errs, e.Cause)
		if e.Cause != e.ended { //nolint:errorlint // the very error
			errs = append(errs, e.ended)
		}
	}
	for _, a := range e.Attempts {
		if a.ended {
			errs = append(errs, a.Err)
		}
	}
	for _, l := range e.Lookups {
		if l.Err != nil {
			errs = append(errs, l.Err)
		}
	}
	return errs
}

// Timeout reports whether a deadline ended the dial: that of the context, or
// [net.Dialer.Timeout] or Deadline. That the kernel gave up on each address is no
// such end.
func (e *DialError) Timeout() bool { return e.ended == context.DeadlineExceeded } //nolint:errorlint // the sentinel itself

// Temporary implements [net.Error] and is the same as Timeout.
func (e *DialError) Temporary() bool { return e.Timeout() }

// failed returns the error of a dial that nobody has won; attempts are those that
// have ended.
func (x *dialing) failed(ctx context.Context, attempts []race.Attempt) error {
	e := &DialError{Network: x.network, Address: x.address}
	e.cutBy(ctx)
	now := time.Since(x.begun)
	x.mu.Lock()
	for _, t := range x.tries {
		e.Attempts = append(e.Attempts, Attempt{Addr: t.addr, Started: t.started, Elapsed: now - t.started, Err: e.Cause})
	}
	x.mu.Unlock()
	for _, r := range attempts {
		a := &e.Attempts[r.Index]
		a.Elapsed, a.Err, a.ended = r.End-r.Start, r.Err, true
	}
	// The race may have been over when it was to start one.
	e.Attempts = slices.DeleteFunc(e.Attempts, func(a Attempt) bool { return a.Started < 0 })
	e.Lookups = x.names.answered
	for _, q := range x.names.pending {
		e.Lookups = append(e.Lookups, Lookup{Network: q.network, Host: q.host, Elapsed: now, Err: e.Cause})
	}
	return opError(x.network, x.address, e)
}

// failedAlone returns the error of the only attempt there was, which Net made.
func (d *Dialer) failedAlone(ctx context.Context, network, address string, elapsed time.Duration, err error) error {
	e := &DialError{Network: network, Address: address}
	e.cutBy(ctx)
	a := Attempt{Elapsed: elapsed, Err: err, ended: true}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		if tcp, ok := op.Addr.(*net.TCPAddr); ok {
			at := tcp.AddrPort()
			a.Addr = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
		}
		if _, kernel := errors.AsType[syscall.Errno](err); op.Timeout() && !kernel {
			e.ended = context.DeadlineExceeded // of ctx or of Net, which looks at the clock itself
		}
	}
	e.Attempts = []Attempt{a}
	return opError(network, address, e)
}

// cutBy notes the end of ctx. The deadline of a socket may be over a moment before
// that of the context is told.
func (e *DialError) cutBy(ctx context.Context) {
	if e.ended = ctx.Err(); e.ended != nil {
		e.Cause = context.Cause(ctx)
	} else if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		e.ended, e.Cause = context.DeadlineExceeded, context.DeadlineExceeded
	}
}

// opError returns err as package net would.
func opError(network, address string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: target{network, address}, Err: err}
}

// A target is the address that a dial was given.
type target struct{ network, address string }

func (t target) Network() string { return t.network }
func (t target) String() string  { return t.address }
