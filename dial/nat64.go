package dial

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// arpa is the name whose IPv4 addresses everybody knows, so that its IPv6 addresses
// show the prefix of a translator (RFC 7050).
const arpa = "ipv4only.arpa"

var arpaAddrs = []netip.Addr{netip.MustParseAddr("192.0.0.170"), netip.MustParseAddr("192.0.0.171")}

// documented is an address that is routed like any other and belongs to nobody.
var documented = netip.MustParseAddr("192.0.2.1")

// translates reports whether a has to be translated, because there is no way for
// IPv4 packets.
func (d *Dialer) translates(a netip.Addr) bool {
	return d.NAT64 && a.Unmap().Is4() && !a.Unmap().IsLoopback() && !d.source(documented).IsValid()
}

// A resort is to addresses that are made with the prefix of the network's
// translator: for IPv4 literals, and for hosts whose IPv6 addresses do not
// answer, which a translating resolver leaves as they are (RFC 8305 section 7).
type resort struct {
	literal  netip.Addr    // an IPv4 address to translate, if there is one
	wanted   bool          // if nothing else works
	ended    chan struct{} // gets something when an attempt has ended
	started  bool
	begins   *time.Timer // nil until the first attempt
	late     bool        // the time for the others is over
	prefixes []netip.Prefix
	known    bool         // the prefixes
	waiting  []netip.Addr // for the prefixes
}

// mayCome reports whether the resort is still to be taken.
func (r *resort) mayCome() bool { return r.wanted && !r.started }

// attempted starts the clock of the resort with the first attempt.
func (r *resort) attempted() {
	if r.mayCome() && r.begins == nil {
		r.begins = time.NewTimer(LastResortDelay)
	}
}

// resortInTime takes the resort if nothing else is left, or after a while.
func (x *dialing) resortInTime(ctx context.Context) {
	r := &x.names.resort
	if !r.mayCome() {
		return
	}
	if r.late || len(x.names.pending) == 0 && !x.candidates.any() && !x.inFlight() {
		x.startResort(ctx)
	}
}

// inFlight reports whether there are attempts that have not ended.
func (x *dialing) inFlight() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.flying > 0
}

// attemptEnded has the goroutine that waits look anew.
func (r *resort) attemptEnded() {
	select {
	case r.ended <- struct{}{}:
	default:
	}
}

func (r *resort) stop() {
	if r.begins != nil {
		r.begins.Stop()
	}
}

// alarm returns the channel of the delay, nil if it has not begun.
func (r *resort) alarm() <-chan time.Time {
	if r.begins == nil || r.started {
		return nil
	}
	return r.begins.C
}

// startResort looks up the prefix, and addresses to translate.
func (x *dialing) startResort(ctx context.Context) {
	r := &x.names.resort
	r.started = true
	x.lookUp(ctx, question{"ip6", arpa}, nil)
	if r.literal.IsValid() {
		r.waiting = append(r.waiting, r.literal.Unmap())
		return
	}
	x.lookUp(ctx, question{"ip4", x.host}, nil)
}

// translate returns the candidates that come of an answer.
func (x *dialing) translate(a answer) []netip.Addr {
	r := &x.names.resort
	switch {
	case a.host == arpa && r.started && a.network == "ip6":
		r.known, r.prefixes = true, prefixesOf(a.addrs)
	case r.started && a.network == "ip4":
		r.waiting = append(r.waiting, a.addrs...)
	default:
		return a.addrs
	}
	if !r.known {
		return nil
	}
	var addrs []netip.Addr
	for _, v4 := range r.waiting {
		for _, p := range r.prefixes {
			addrs = append(addrs, embed(p, v4.Unmap()))
		}
	}
	r.waiting = nil
	return addrs
}

// prefixLengths are those of RFC 6052 section 2.2.
var prefixLengths = []int{96, 64, 56, 48, 40, 32}

// prefixesOf returns the prefixes with which the addresses of [arpa] were made.
func prefixesOf(addrs []netip.Addr) (prefixes []netip.Prefix) {
	for _, a := range addrs {
		for _, n := range prefixLengths {
			p, err := a.Prefix(n)
			if err != nil || slices.Contains(prefixes, p) {
				continue
			}
			if slices.ContainsFunc(arpaAddrs, func(v4 netip.Addr) bool { return embed(p, v4) == a }) {
				prefixes = append(prefixes, p)
				break
			}
		}
	}
	return prefixes
}

// embed puts v4 behind the prefix p. Octet 8 is left out, as RFC 6052 section 2.2
// says.
func embed(p netip.Prefix, v4 netip.Addr) netip.Addr {
	const skipped = 8
	b, at := p.Addr().As16(), p.Bits()/8
	for _, octet := range v4.As4() {
		if at == skipped {
			at++
		}
		b[at] = octet
		at++
	}
	return netip.AddrFrom16(b)
}
