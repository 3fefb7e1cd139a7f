package dial_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// odd is addresses that a resolver may say, fit to be dialed or not.
var odd = []netip.Addr{
	v6a, v6b, v6c, v4a, v4b, v4c, addr("::ffff:192.0.2.1"), addr("::ffff:192.0.2.9"), {},
	addr("fe80::1%eth0"), addr("::1"), addr("127.0.0.1"), addr("::"), addr("0.0.0.0"),
	addr("ff02::1"), addr("224.0.0.1"), addr("64:ff9b::c000:201"), addr("192.0.0.170"), addr("169.254.1.1"), addr("2002:c000:201::1"),
}

// tape is the bytes that a world is made of, and zeros behind them.
type tape []byte

func (p *tape) next() (b byte) {
	if len(*p) > 0 {
		b, *p = (*p)[0], (*p)[1:]
	}
	return b
}

// answer makes what the resolver says of one family.
func (p *tape) answer() answered {
	a := answered{after: time.Duration(p.next()) * 5 * ms}
	if a.after == 255*5*ms {
		a.after = -1
	}
	for range p.next() % 8 {
		a.addrs = append(a.addrs, odd[int(p.next())%len(odd)])
	}
	if p.next()%4 == 3 {
		a.err = errors.New("SERVFAIL")
	}
	return a
}

// behaviour makes what an address does.
func (p *tape) behaviour() host {
	b := p.next()
	h := host{after: time.Duration(b>>2) * 10 * ms}
	switch b % 4 {
	case 1:
		h = hole
	case 2:
		h.err = syscall.ECONNREFUSED
	case 3:
		h.err = syscall.EHOSTUNREACH
	}
	return h
}

// FuzzDial dials in worlds whose resolvers say anything and whose addresses do
// anything. The dial ends; all connections but the winner's are closed; no address is
// tried twice; and where an address of a family that was answered is alive, it is
// reached.
func FuzzDial(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 0, 0, 1, 3, 0})
	f.Add([]byte{0, 255, 0, 0, 10, 3, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{1, 0, 7, 0, 1, 2, 0, 6, 8, 9, 3, 9, 7, 12, 13, 14, 15, 16, 17, 18, 0, 200, 100, 50, 25})
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) { dialIn(t, data) })
	})
}

func dialIn(t *testing.T, data []byte) {
	p := tape(data)
	network := []string{"tcp", "tcp4", "tcp6"}[p.next()%3]
	w := newWorld(nil, nil)
	w.names["ip6"], w.names["ip4"] = p.answer(), p.answer()
	if b := p.next(); b%8 == 7 {
		w.NAT64 = true
	}
	for _, a := range odd {
		w.hosts[a.Unmap()] = p.behaviour()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	won, err := w.runTo(t, ctx, network, "host:80")
	if err != nil && w.reachable(network) {
		t.Errorf("%s, answers %+v: error %v, tried %s, though an address is alive", network, w.names, err, w.timeline())
	}
	if took, _, _ := strings.Cut(won, " "); err == nil || took != "" {
		if d, bad := time.ParseDuration(took); bad != nil || d > 5*time.Minute {
			t.Errorf("it took %s", took)
		}
	}
	var tried []string
	for _, line := range w.started {
		_, at, _ := strings.Cut(line, " ")
		tried = append(tried, at)
	}
	slices.Sort(tried)
	if len(slices.Compact(slices.Clone(tried))) != len(tried) {
		t.Errorf("tried twice: %s", w.timeline())
	}
}

// reachable reports whether an address that the resolver names for a family of the
// network answers.
func (w *world) reachable(network string) bool {
	for family, a := range w.names {
		if a.err != nil || a.after < 0 || network == "tcp4" && family == "ip6" || network == "tcp6" && family == "ip4" {
			continue
		}
		for _, at := range a.addrs {
			at = at.Unmap()
			h := w.hosts[at]
			if at.IsValid() && (network == "tcp" || at.Is4() == (network == "tcp4")) && h.err == nil && h.after >= 0 {
				return true
			}
		}
	}
	return false
}
