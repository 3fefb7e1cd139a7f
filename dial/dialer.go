package dial

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// The defaults of RFC 8305 section 8, and the bounds of the delay between
// attempts.
const (
	DefaultResolutionDelay = 50 * time.Millisecond
	DefaultAttemptDelay    = 250 * time.Millisecond
	MinAttemptDelay        = 10 * time.Millisecond
	MaxAttemptDelay        = 2 * time.Second // of a delay that is adapted

	// LastResortDelay is how long a dial on a network without IPv4 has, with
	// [Dialer.NAT64], before it looks for IPv4 addresses to translate.
	LastResortDelay = 2 * time.Second
)

// A Resolver looks up the addresses of a host. [net.Resolver] is one.
type Resolver interface {
	// LookupNetIP returns the addresses of host of the family network, which is
	// "ip4" or "ip6". An error, or no address, is a negative answer.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// A Dialer connects to addresses. The zero value is ready to use and does what
// RFC 8305 says with the values it recommends. It must not be changed while it is
// used; it may be used by several goroutines at once.
type Dialer struct {
	// Net makes the attempts, each to one address, and says what else there is
	// to set: LocalAddr, whose family is then the only one, Control, KeepAlive,
	// Multipath TCP, and Timeout and Deadline, which bound the dial as a whole.
	// Its FallbackDelay has no meaning here.
	Net net.Dialer

	// Attempt, if it is not nil, makes the attempts instead of Net. The address
	// is an IP address with a port.
	Attempt func(ctx context.Context, network, address string) (net.Conn, error)

	// Resolver looks hosts up. If it is nil, Net.Resolver does, or else
	// [net.DefaultResolver]. A lookup of package net that is stopped returns at
	// once, and yet keeps a goroutine of that package for as long as its server
	// may take to answer.
	Resolver Resolver

	// Source returns the local address from which packets to dst would be sent,
	// the zero Addr if there is no route. If it is nil, the kernel is asked, by
	// connecting a UDP socket, which sends nothing. RFC 6724 sorts by it.
	Source func(dst netip.Addr) netip.Addr

	// ResolutionDelay is how long IPv4 addresses wait for the answer about IPv6,
	// from when they have come. 0 is [DefaultResolutionDelay]; with a negative
	// one they do not wait.
	ResolutionDelay time.Duration

	// AttemptDelay is the time between the starts of two attempts, if the newer
	// one does not fail before. 0 is [DefaultAttemptDelay], or what History
	// makes of it. Less than [MinAttemptDelay] is an error.
	AttemptDelay time.Duration

	// FirstFamilyCount is how many addresses of the preferred family are tried
	// before one of the other. 0 is 1.
	FirstFamilyCount int

	// MaxInFlight, if it is above 0, is how many attempts there are at a time:
	// the next one waits. None is stopped to make room.
	MaxInFlight int

	// Handshake, if it is not nil, makes of a connection the one to hand out, as
	// part of the attempt: TLS, or the greeting of a proxy. If it fails the
	// connection is closed and the attempt has failed. The next attempt starts a
	// whole delay after the handshake has begun.
	Handshake func(ctx context.Context, conn net.Conn) (net.Conn, error)

	// History, if it is not nil, remembers how long connecting took.
	History *History

	// NAT64 makes IPv4 destinations reachable from a network that has IPv6 only
	// and translates, by addresses made with the prefix of the network (RFC 7050).
	NAT64 bool

	// Trace, if it is not nil, is called with what happens, by several goroutines
	// at once, and holds up what it is told of.
	Trace func(Event)
}

// DialContext connects to address, as [net.Dialer.DialContext] does, and fits
// wherever that does. For the networks tcp, tcp4 and tcp6 the addresses of a host
// are tried as the package comment says; other networks are left to Net.
//
// If ctx ends first, or the time of Net is over, DialContext returns at once,
// whatever attempts still do. Attempts that did not win are stopped; what they
// connect yet is closed. The error is a [*net.OpError] with a [*DialError] in it.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dial(ctx, network, address, d.Handshake)
}

// Dial is [Dialer.DialContext] without a context of the caller's.
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

type handshake = func(ctx context.Context, conn net.Conn) (net.Conn, error)

func (d *Dialer) dial(ctx context.Context, network, address string, shake handshake) (net.Conn, error) {
	if ctx == nil {
		panic("dial: DialContext: ctx is nil")
	}
	if err := d.check(); err != nil {
		return nil, opError(network, address, err)
	}
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return d.Net.DialContext(ctx, network, address)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, opError(network, address, err)
	}
	literal, err := netip.ParseAddr(host)
	single := host == "" || err == nil && !d.translates(literal)
	if single && shake == nil && d.Attempt == nil && d.Trace == nil {
		return d.direct(ctx, network, address)
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	port, err := d.resolver().LookupPort(ctx, network, service)
	if err != nil {
		return nil, opError(network, address, err)
	}
	x := newDialing(d, network, address, host, uint16(port), shake) //nolint:gosec // LookupPort returns at most 65535
	if single {
		x.candidates.add([]netip.Addr{literal})
	} else if err := x.names.plan(x, literal); err != nil {
		return nil, opError(network, address, err)
	}
	return x.race(ctx)
}

// direct leaves the only attempt there is to Net.
func (d *Dialer) direct(ctx context.Context, network, address string) (net.Conn, error) {
	begun := time.Now()
	conn, err := d.Net.DialContext(ctx, network, address)
	if err != nil {
		return nil, d.failedAlone(ctx, network, address, time.Since(begun), err)
	}
	return conn, nil
}

// check reports what is wrong with the fields.
func (d *Dialer) check() error {
	switch {
	case d.AttemptDelay != 0 && d.AttemptDelay < MinAttemptDelay:
		return fmt.Errorf("dial: AttemptDelay is %v, want at least %v", d.AttemptDelay, MinAttemptDelay)
	case d.FirstFamilyCount < 0:
		return fmt.Errorf("dial: FirstFamilyCount is %d, want at least 0", d.FirstFamilyCount)
	case d.MaxInFlight < 0:
		return fmt.Errorf("dial: MaxInFlight is %d, want at least 0", d.MaxInFlight)
	}
	return nil
}

// bound returns ctx with the end of Net.Timeout and Net.Deadline.
func (d *Dialer) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	end := d.Net.Deadline
	if d.Net.Timeout > 0 {
		if t := time.Now().Add(d.Net.Timeout); end.IsZero() || t.Before(end) {
			end = t
		}
	}
	if end.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end)
}

// resolver returns the one of package net that looks up ports.
func (d *Dialer) resolver() *net.Resolver {
	if d.Net.Resolver != nil {
		return d.Net.Resolver
	}
	return net.DefaultResolver
}

// hosts returns what looks hosts up.
func (d *Dialer) hosts() Resolver {
	if d.Resolver != nil {
		return d.Resolver
	}
	return d.resolver()
}

// source returns the local address for dst.
func (d *Dialer) source(dst netip.Addr) netip.Addr {
	if d.Source != nil {
		return d.Source(dst)
	}
	return kernelSource(dst)
}

// families returns those that network and LocalAddr leave.
func (d *Dialer) families(network string) (families []string, err error) {
	local, _ := d.Net.LocalAddr.(*net.TCPAddr)
	bound := local != nil && len(local.IP) > 0 && !local.IP.IsUnspecified()
	if network != "tcp4" && (!bound || local.IP.To4() == nil) {
		families = append(families, "ip6")
	}
	if network != "tcp6" && (!bound || local.IP.To4() != nil) {
		families = append(families, "ip4")
	}
	if len(families) == 0 {
		return nil, &net.AddrError{Err: "mismatched local address type", Addr: local.IP.String()}
	}
	return families, nil
}
