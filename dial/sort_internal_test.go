package dial

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// TestSortFollowsTheRulesOfRFC6724 has the examples of section 10.2, and those of
// the rules that they leave out. Each line is "destination source", best first.
func TestSortFollowsTheRulesOfRFC6724(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"rule 1: with a way", "2001:db8:1::1 2001:db8::9; 198.51.100.121 -"},
		{"rule 1: only that tells them apart", "198.51.100.121 198.51.100.117; 2001:db8:1::1 -"},
		{"rule 2: matching scope", "198.51.100.121 198.51.100.117; 2001:db8:1::1 fe80::1"},
		{"rule 2: matching scope, IPv6", "2001:db8:1::1 2001:db8::2; 198.51.100.121 169.254.13.78"},
		{"rule 5: matching label", "2002:c633:6401::1 2002:c633:6401::2; 2001:db8:1::1 2002:c633:6401::2"},
		{"rule 6: higher precedence", "2001:db8:1::1 2001:db8::2; 10.1.2.3 10.1.2.4"},
		{"rule 6: 6to4 after IPv4", "10.1.2.3 10.1.2.4; 2002:836b:4179::1 2002:836b:4179::2"},
		{"rule 6: unique local after IPv4", "192.0.2.1 192.0.2.9; fd00::1 fd00::9"},
		{"rule 6: Teredo after IPv4", "192.0.2.1 192.0.2.9; 2001::1 2001::9"},
		{"rule 8: smaller scope", "fe80::1 fe80::2; 2001:db8:1::1 2001:db8::2"},
		{"rule 9: longest prefix", "2001:db8:1::1 2001:db8:1::2; 2001:db8:3ffe::1 2001:db8:3f44::2"},
		{"rule 10: as they came", "192.0.2.7 192.0.2.9; 192.0.2.1 192.0.2.9"},
		{"loopback before all", "::1 ::1; 2001:db8:1::1 2001:db8:1::2; 127.0.0.1 127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := destinations(t, c.want)
			got := slices.Clone(want)
			if c.name[:7] != "rule 10" {
				slices.Reverse(got)
			}
			sortDestinations(got)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("sorted %v, want %v", got, want)
			}
		})
	}
}

func destinations(t *testing.T, text string) (ds []destination) {
	t.Helper()
	for line := range strings.SplitSeq(text, "; ") {
		dst, src, _ := strings.Cut(line, " ")
		d := destination{addr: netip.MustParseAddr(dst)}
		if src != "-" {
			d.source = netip.MustParseAddr(src)
		}
		ds = append(ds, d)
	}
	return ds
}

func TestSortKeepsAnOrder(t *testing.T) {
	var ds []destination
	for _, a := range []string{"::1", "2001:db8::1", "2002::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1", "192.0.2.1", "127.0.0.1"} {
		for _, s := range []string{"::1", "2001:db8::9", "192.0.2.9"} {
			ds = append(ds, destination{addr: netip.MustParseAddr(a), source: netip.MustParseAddr(s)})
		}
		ds = append(ds, destination{addr: netip.MustParseAddr(a)})
	}
	for _, a := range ds {
		for _, b := range ds {
			if compareDestinations(a, b) != -compareDestinations(b, a) {
				t.Errorf("%v and %v are in no order", a, b)
			}
			for _, c := range ds {
				if compareDestinations(a, b) <= 0 && compareDestinations(b, c) <= 0 && compareDestinations(a, c) > 0 {
					t.Errorf("%v, %v, %v are in no order", a, b, c)
				}
			}
		}
	}
}

func TestKernelTellsTheSource(t *testing.T) {
	if got, want := kernelSource(netip.MustParseAddr("127.0.0.5")), netip.MustParseAddr("127.0.0.1"); got != want && got != netip.MustParseAddr("127.0.0.5") {
		t.Errorf("source %v, want one on the loopback", got)
	}
	if got := kernelSource(netip.MustParseAddr("::")); got.IsValid() && !got.Is6() {
		t.Errorf("source %v of an IPv6 address", got)
	}
}

func TestPrefixesOfATranslator(t *testing.T) {
	v4 := netip.MustParseAddr("192.0.2.33")
	// The examples of RFC 6052 section 2.4.
	for prefix, want := range map[string]string{
		"2001:db8::/32":           "2001:db8:c000:221::",
		"2001:db8:100::/40":       "2001:db8:1c0:2:21::",
		"2001:db8:122::/48":       "2001:db8:122:c000:2:2100::",
		"2001:db8:122:300::/56":   "2001:db8:122:3c0:0:221::",
		"2001:db8:122:344::/64":   "2001:db8:122:344:c0:2:2100::",
		"2001:db8:122:344::/96":   "2001:db8:122:344::192.0.2.33",
		"64:ff9b::/96":            "64:ff9b::192.0.2.33",
		"2001:db8:ffff:ffff::/64": "2001:db8:ffff:ffff:c0:2:2100::",
	} {
		p := netip.MustParsePrefix(prefix)
		if got := embed(p, v4); got != netip.MustParseAddr(want) {
			t.Errorf("%s in %s is %s, want %s", v4, p, got, want)
		}
		made := []netip.Addr{embed(p, arpaAddrs[0]), embed(p, arpaAddrs[1])}
		if got := prefixesOf(made); len(got) != 1 || got[0] != p {
			t.Errorf("prefixes of %v: %v, want %v", made, got, p)
		}
	}
	if got := prefixesOf([]netip.Addr{netip.MustParseAddr("2001:db8::1")}); len(got) != 0 {
		t.Errorf("prefixes %v of an address that is not made", got)
	}
}
