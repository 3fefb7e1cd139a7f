package dial_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// noIPv4 makes a world that IPv4 leads nowhere in, with a translator whose prefix
// is 64:ff9b::/96.
func noIPv4(w *world) {
	w.NAT64 = true
	w.sources = map[netip.Addr]netip.Addr{v4a: {}, v4b: {}, addr("192.0.2.1"): {}}
	w.names["ip6 ipv4only.arpa"] = answered{addrs: addrs(addr("64:ff9b::192.0.0.170"), addr("64:ff9b::192.0.0.171"))}
	w.hosts[translated(v4a)] = alive
}

func translated(v4 netip.Addr) netip.Addr { return addr("64:ff9b::" + v4.String()) }

func TestNAT64TranslatesLiterals(t *testing.T) {
	inWorld(t, nil, nil, func(t *testing.T, w *world) {
		noIPv4(w)
		got, err := w.runTo(t, t.Context(), "tcp", "192.0.2.1:80")
		if want := "20ms " + translated(v4a).String(); got != want || err != nil || len(w.asked) != 1 {
			t.Errorf("won %s, %v, asked %v, want %s", got, err, w.asked, want)
		}
	})
}

func TestNAT64IsTheLastResort(t *testing.T) {
	runScenarios(t, []scenario{
		{
			"IPv6 that answers needs none", addrs(v6a), addrs(v4a),
			noIPv4, "0s 2001:db8::a", "20ms 2001:db8::a",
		},
		{
			"no IPv6 address", nil, addrs(v4a),
			noIPv4, "0s 64:ff9b::c000:201", "20ms 64:ff9b::c000:201",
		},
		{
			"IPv6 that refuses", addrs(v6a), addrs(v4a),
			func(w *world) { noIPv4(w); w.hosts[v6a] = refused },
			"0s 2001:db8::a, 20ms 64:ff9b::c000:201", "40ms 64:ff9b::c000:201",
		},
		{
			"IPv6 of which the last refuses late", addrs(v6a, v6b), addrs(v4a),
			func(w *world) { noIPv4(w); w.hosts[v6a] = host{after: 900 * ms, err: errCut}; w.hosts[v6b] = refused },
			"0s 2001:db8::a, 250ms 2001:db8::b, 900ms 64:ff9b::c000:201", "920ms 64:ff9b::c000:201",
		},
		{
			"IPv6 that is silent for two seconds", addrs(v6a), addrs(v4a),
			func(w *world) { noIPv4(w); w.hosts[v6a] = hole },
			"0s 2001:db8::a, 2s 64:ff9b::c000:201", "2.02s 64:ff9b::c000:201",
		},
		{
			"not asked for", nil, addrs(v4a),
			func(w *world) { noIPv4(w); w.NAT64 = false; w.hosts[v4a] = alive },
			"0s 192.0.2.1", "20ms 192.0.2.1",
		},
		{
			"there is IPv4", addrs(v6a), addrs(v4a),
			func(w *world) { noIPv4(w); w.sources = nil; w.hosts[v6a] = refused },
			"0s 2001:db8::a, 20ms 192.0.2.1", "40ms 192.0.2.1",
		},
	})
}

func TestNAT64WithoutATranslator(t *testing.T) {
	inWorld(t, nil, addrs(v4a), func(t *testing.T, w *world) {
		noIPv4(w)
		w.names["ip6 ipv4only.arpa"] = answered{after: 100 * ms}
		took, err := w.run(t, t.Context())
		if took != (100*ms).String() || err == nil || !strings.Contains(err.Error(), "no addresses") {
			t.Errorf("%s, %v, want a failure after 100ms", took, err)
		}
	})
}

func TestLoopbackIsNotTranslated(t *testing.T) {
	inWorld(t, nil, nil, func(t *testing.T, w *world) {
		noIPv4(w)
		w.hosts[addr("127.0.0.1")] = alive
		got, err := w.runTo(t, t.Context(), "tcp", "127.0.0.1:80")
		if want := "20ms 127.0.0.1"; got != want || err != nil || len(w.asked) != 0 {
			t.Errorf("won %s, %v, asked %v, want %s", got, err, w.asked, want)
		}
	})
}

func TestLookupsOfNAT64AreThoseOfRFC7050(t *testing.T) {
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		noIPv4(w)
		w.hosts[v6a] = hole
		if _, err := w.run(t, t.Context()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(w.asked)
		if got, want := strings.Join(w.asked, ", "), "0s ip6, 2s ip4, 2s ip6"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
}
