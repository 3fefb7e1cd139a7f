package dial

import (
	"cmp"
	"math/bits"
	"net"
	"net/netip"
	"slices"
	"time"
)

// A destination is an address as RFC 6724 sees it.
type destination struct {
	addr   netip.Addr
	looked bool          // what follows is known
	source netip.Addr    // from which addr would be reached; zero: not at all
	rtt    time.Duration // of earlier connections; 0: not known
}

// sortDestinations sorts by RFC 6724 section 6. Rules 3, 4 and 7 need to know more
// of the source address than a program is told; between 8 and 9 comes what is
// known of earlier connections, as RFC 8305 section 4 says.
func sortDestinations(ds []destination) { slices.SortStableFunc(ds, compareDestinations) }

func compareDestinations(a, b destination) int {
	return cmp.Or(
		preferTrue(a.source.IsValid(), b.source.IsValid()),                                     // 1
		preferTrue(scopeOf(a.addr) == scopeOf(a.source), scopeOf(b.addr) == scopeOf(b.source)), // 2
		preferTrue(labelOf(a.addr) == labelOf(a.source), labelOf(b.addr) == labelOf(b.source)), // 5
		cmp.Compare(precedenceOf(b.addr), precedenceOf(a.addr)),                                // 6
		cmp.Compare(scopeOf(a.addr), scopeOf(b.addr)),                                          // 8
		preferTrue(a.rtt > 0, b.rtt > 0),
		cmp.Compare(a.rtt, b.rtt),
		cmp.Compare(commonPrefix(b), commonPrefix(a)), // 9
	)
}

func preferTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// A policy is a row of the table in RFC 6724 section 2.1.
type policy struct {
	prefix            netip.Prefix
	precedence, label int
}

// policies stand in the order of their prefixes' length, longest first.
var policies = []policy{
	{netip.MustParsePrefix("::1/128"), 50, 0},
	{netip.MustParsePrefix("::ffff:0:0/96"), 35, 4},
	{netip.MustParsePrefix("::/96"), 1, 3},
	{netip.MustParsePrefix("2001::/32"), 5, 5},
	{netip.MustParsePrefix("2002::/16"), 30, 2},
	{netip.MustParsePrefix("3ffe::/16"), 1, 12},
	{netip.MustParsePrefix("fec0::/10"), 1, 11},
	{netip.MustParsePrefix("fc00::/7"), 3, 13},
	{netip.MustParsePrefix("::/0"), 40, 1},
}

// policyOf returns the row for a, that of all addresses if there is none.
func policyOf(a netip.Addr) policy {
	if a.Is4() {
		return policies[1]
	}
	a = a.WithZone("")
	for _, p := range policies {
		if p.prefix.Addr().BitLen() == 128 && contains(p.prefix, a) {
			return p
		}
	}
	return policies[len(policies)-1]
}

// contains is [netip.Prefix.Contains], which takes ::ffff:0:0/96 for IPv4.
func contains(p netip.Prefix, a netip.Addr) bool {
	return a.Is6() && p.Bits() <= commonBits(p.Addr(), a)
}

func labelOf(a netip.Addr) int      { return policyOf(a).label }
func precedenceOf(a netip.Addr) int { return policyOf(a).precedence }

// The scopes of RFC 6724 section 3.1 that unicast addresses have.
const (
	linkLocal = 0x2
	siteLocal = 0x5
	global    = 0xe
)

// siteLocals are addresses of RFC 3513, deprecated since.
var siteLocals = netip.MustParsePrefix("fec0::/10")

// scopeOf returns the scope of a; private IPv4 addresses are global (section
// 3.2).
func scopeOf(a netip.Addr) int {
	switch {
	case a.IsLoopback(), a.IsLinkLocalUnicast():
		return linkLocal
	case a.Is6() && a.IsMulticast():
		b := a.As16()
		return int(b[1] & 0xf)
	case a.IsLinkLocalMulticast():
		return linkLocal
	case siteLocals.Contains(a):
		return siteLocal
	}
	return global
}

// prefixBits is how much of a source address is taken for its prefix, whose length
// the kernel does not tell.
const prefixBits = 64

// commonPrefix returns how many bits d has in common with its source. For IPv4 it
// says nothing of nearness, and is 0.
func commonPrefix(d destination) int {
	if !d.addr.Is6() || !d.source.Is6() {
		return 0
	}
	return min(prefixBits, commonBits(d.addr, d.source))
}

func commonBits(a, b netip.Addr) (n int) {
	x, y := a.As16(), b.As16()
	for i := range x {
		if diff := x[i] ^ y[i]; diff != 0 {
			return n + bits.LeadingZeros8(diff)
		}
		n += 8
	}
	return n
}

// kernelSource asks the kernel for the source address of packets to dst: connecting
// a UDP socket looks up the route and sends nothing.
func kernelSource(dst netip.Addr) netip.Addr {
	const discard = 9 // any port will do
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(dst, discard)))
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	return local.AddrPort().Addr().Unmap()
}
