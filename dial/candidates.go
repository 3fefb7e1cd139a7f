package dial

import (
	"net/netip"
	"slices"
)

// candidates are the addresses that have not been tried, best first by RFC 6724.
type candidates struct {
	x      *dialing
	firsts int // of the first family, before one of the other is tried
	seen   []netip.Addr
	left   []destination
	count  int  // that have been tried
	first  bool // whether the first was IPv4
	last   bool // whether the last was IPv4
}

func (c *candidates) any() bool { return len(c.left) > 0 }

// add adds the addresses that are new. IPv4 addresses in the form of IPv6 are
// IPv4 addresses: that is how hosts files and literals come.
func (c *candidates) add(addrs []netip.Addr) {
	for _, a := range addrs {
		if a = a.Unmap(); slices.Contains(c.seen, a) {
			continue
		}
		c.seen = append(c.seen, a)
		c.left = append(c.left, destination{addr: a})
	}
	if len(c.left) > 1 || c.x.History != nil {
		c.sort()
	}
}

func (c *candidates) sort() {
	for i := range c.left {
		d := &c.left[i]
		if d.looked {
			continue
		}
		d.looked, d.source = true, c.x.source(d.addr)
		if c.x.History != nil {
			d.rtt = c.x.History.rtt(c.x.host, d.addr, d.source)
		}
	}
	sortDestinations(c.left)
}

// next takes the best destination of the family whose turn it is, or else of the
// other: first some of the family of the very best, then they alternate.
func (c *candidates) next() destination {
	want := !c.last
	switch {
	case c.count == 0:
		want = c.left[0].addr.Is4()
		c.first = want
	case c.count < c.firsts:
		want = c.first
	}
	i := max(0, slices.IndexFunc(c.left, func(d destination) bool { return d.addr.Is4() == want }))
	d := c.left[i]
	c.left = slices.Delete(c.left, i, i+1)
	c.count++
	c.last = d.addr.Is4()
	return d
}
