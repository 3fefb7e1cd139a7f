package dial_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// A scenario is a dial and its exact course.
type scenario struct {
	name     string
	v6, v4   []netip.Addr
	set      func(w *world)
	timeline string // attempts as they start
	winner   string
}

func runScenarios(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			inWorld(t, s.v6, s.v4, func(t *testing.T, w *world) {
				if s.set != nil {
					s.set(w)
				}
				w.wantDial(t, s.timeline, s.winner)
			})
		})
	}
}

// TestBothFamiliesAreAskedForAtOnce cannot hold the order of the two questions
// exactly: the lookup of IPv6 begins first, but what a resolver then does first is
// up to it and to the scheduler.
func TestBothFamiliesAreAskedForAtOnce(t *testing.T) {
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		w.wantDial(t, "0s 2001:db8::a", "20ms 2001:db8::a")
		slices.Sort(w.asked)
		if got, want := strings.Join(w.asked, ", "), "0s ip4, 0s ip6"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
}

func TestResolutionDelay(t *testing.T) {
	runScenarios(t, []scenario{
		{
			"IPv6 first: nobody waits for IPv4", addrs(v6a), addrs(v4a),
			func(w *world) { w.names["ip4"] = answered{after: time.Second, addrs: addrs(v4a)} },
			"0s 2001:db8::a", "20ms 2001:db8::a",
		},
		{
			"IPv4 first: it waits 50 ms, from its answer", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.names["ip4"] = answered{after: 30 * ms, addrs: addrs(v4a)}
				w.names["ip6"] = answered{after: time.Second, addrs: addrs(v6a)}
			},
			"80ms 192.0.2.1", "100ms 192.0.2.1",
		},
		{
			"IPv6 inside the delay starts at once", addrs(v6a), addrs(v4a),
			func(w *world) { w.names["ip6"] = answered{after: 30 * ms, addrs: addrs(v6a)} },
			"30ms 2001:db8::a", "50ms 2001:db8::a",
		},
		{
			"IPv6 at the end of the delay", addrs(v6a), addrs(v4a),
			func(w *world) { w.names["ip6"] = answered{after: 49 * ms, addrs: addrs(v6a)} },
			"49ms 2001:db8::a", "69ms 2001:db8::a",
		},
		{
			"a negative answer releases IPv4 at once", nil, addrs(v4a),
			func(w *world) { w.names["ip6"] = answered{after: 10 * ms, err: &net.DNSError{IsNotFound: true}} },
			"10ms 192.0.2.1", "30ms 192.0.2.1",
		},
		{
			"so does an empty one", nil, addrs(v4a),
			func(w *world) { w.names["ip6"] = answered{after: 10 * ms} },
			"10ms 192.0.2.1", "30ms 192.0.2.1",
		},
		{
			"a lookup that never ends holds up nobody", nil, addrs(v4a),
			func(w *world) { w.names["ip6"] = answered{after: -1} },
			"50ms 192.0.2.1", "70ms 192.0.2.1",
		},
		{
			"a failed one for IPv4 neither", addrs(v6a), nil,
			func(w *world) { w.names["ip4"] = answered{err: &net.DNSError{IsTemporary: true}} },
			"0s 2001:db8::a", "20ms 2001:db8::a",
		},
		{
			"another delay", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.ResolutionDelay = 100 * ms
				w.names["ip6"] = answered{after: 99 * ms, addrs: addrs(v6a)}
			},
			"99ms 2001:db8::a", "119ms 2001:db8::a",
		},
		{
			"none", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.ResolutionDelay = -1
				w.names["ip6"] = answered{after: ms, addrs: addrs(v6a)}
			},
			"0s 192.0.2.1", "20ms 192.0.2.1",
		},
	})
}

func TestLateAnswersJoinTheCandidates(t *testing.T) {
	late := func(after time.Duration, as ...netip.Addr) answered { return answered{after: after, addrs: as} }
	runScenarios(t, []scenario{
		{
			"the late family is next", addrs(v6a), addrs(v4a, v4b),
			func(w *world) {
				w.names["ip6"] = late(100*ms, v6a)
				w.hosts[v4a] = hole
			},
			"50ms 192.0.2.1, 300ms 2001:db8::a", "320ms 2001:db8::a",
		},
		{
			"and alternates with the rest", addrs(v6a, v6b), addrs(v4a, v4b),
			func(w *world) {
				w.names["ip6"] = late(100*ms, v6a, v6b)
				w.hosts[v4a], w.hosts[v4b], w.hosts[v6a] = hole, hole, hole
			},
			"50ms 192.0.2.1, 300ms 2001:db8::a, 550ms 192.0.2.2, 800ms 2001:db8::b", "820ms 2001:db8::b",
		},
		{
			"nothing has failed as long as a lookup is out", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.names["ip6"] = late(time.Second, v6a)
				w.hosts[v4a] = refused
			},
			"50ms 192.0.2.1, 1s 2001:db8::a", "1.02s 2001:db8::a",
		},
		{
			"it starts at once when its time has come", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.names["ip6"] = late(time.Second, v6a)
				w.hosts[v4a] = hole
			},
			"50ms 192.0.2.1, 1s 2001:db8::a", "1.02s 2001:db8::a",
		},
	})
}

func TestAttempts(t *testing.T) {
	runScenarios(t, []scenario{
		{
			"one every 250 ms", addrs(v6a), addrs(v4a),
			func(w *world) { w.hosts[v6a] = hole },
			"0s 2001:db8::a, 250ms 192.0.2.1", "270ms 192.0.2.1",
		},
		{
			"families alternate for the whole list", addrs(v6a, v6b, v6c), addrs(v4a, v4b, v4c),
			func(w *world) {
				for a := range w.hosts {
					w.hosts[a] = hole
				}
				w.hosts[v4c] = alive
			},
			"0s 2001:db8::a, 250ms 192.0.2.1, 500ms 2001:db8::b, 750ms 192.0.2.2, 1s 2001:db8::c, 1.25s 192.0.2.3", "1.27s 192.0.2.3",
		},
		{
			"two of the first family", addrs(v6a, v6b, v6c), addrs(v4a, v4b),
			func(w *world) {
				w.FirstFamilyCount = 2
				for a := range w.hosts {
					w.hosts[a] = hole
				}
				w.hosts[v6c] = alive
			},
			"0s 2001:db8::a, 250ms 2001:db8::b, 500ms 192.0.2.1, 750ms 2001:db8::c", "770ms 2001:db8::c",
		},
		{
			"a failure of the newest starts the next at once", addrs(v6a, v6b), addrs(v4a),
			func(w *world) { w.hosts[v6a], w.hosts[v4a] = refused, refused },
			"0s 2001:db8::a, 20ms 192.0.2.1, 40ms 2001:db8::b", "60ms 2001:db8::b",
		},
		{
			"that of an older one does not", addrs(v6a, v6b), addrs(v4a),
			func(w *world) {
				w.hosts[v6a] = host{after: 300 * ms, err: errCut}
				w.hosts[v4a] = hole
			},
			"0s 2001:db8::a, 250ms 192.0.2.1, 500ms 2001:db8::b", "520ms 2001:db8::b",
		},
		{
			"when nothing is in flight the next starts at once", addrs(v6a, v6b), addrs(v4a),
			func(w *world) {
				w.hosts[v6a] = host{after: 270 * ms, err: errCut}
				w.hosts[v4a] = refused
			},
			"0s 2001:db8::a, 250ms 192.0.2.1, 270ms 2001:db8::b", "290ms 2001:db8::b",
		},
		{
			"older attempts go on and may win", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.hosts[v6a] = host{after: 400 * ms}
				w.hosts[v4a] = host{after: 400 * ms}
			},
			"0s 2001:db8::a, 250ms 192.0.2.1", "400ms 2001:db8::a",
		},
		{
			"the delay is a setting", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.AttemptDelay = 100 * ms
				w.hosts[v6a] = hole
			},
			"0s 2001:db8::a, 100ms 192.0.2.1", "120ms 192.0.2.1",
		},
		{
			"a bound on attempts makes the next wait, and stops nobody", addrs(v6a, v6b), addrs(v4a),
			func(w *world) {
				w.MaxInFlight = 2
				w.hosts[v6a] = host{after: 900 * ms, err: errCut}
				w.hosts[v4a] = hole
			},
			"0s 2001:db8::a, 250ms 192.0.2.1, 900ms 2001:db8::b", "920ms 2001:db8::b",
		},
	})
}

func TestALoserThatConnectsIsClosed(t *testing.T) {
	for name, deaf := range map[string]bool{"it sees the end": false, "it does not": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
				w.hosts[v6a] = host{after: 600 * ms, deaf: deaf}
				w.wantDial(t, "0s 2001:db8::a, 250ms 192.0.2.1", "270ms 192.0.2.1") // which looks at what is open
				if want := map[bool]int{false: 1, true: 2}[deaf]; w.made != want {
					t.Errorf("%d connections were made, want %d", w.made, want)
				}
			})
		})
	}
}

func TestTwoConnectInOneInstant(t *testing.T) {
	for range 100 {
		inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
			w.hosts[v6a] = host{after: 270 * ms}
			if winner, err := w.run(t, t.Context()); err != nil || !strings.HasPrefix(winner, "270ms ") {
				t.Errorf("winner %s, %v, want one at 270ms", winner, err)
			}
		})
	}
}

func TestValuesOfTheRFCAreSettings(t *testing.T) {
	if dial.DefaultResolutionDelay != 50*ms || dial.DefaultAttemptDelay != 250*ms ||
		dial.MinAttemptDelay != 10*ms || dial.MaxAttemptDelay != 2*time.Second || dial.LastResortDelay != 2*time.Second {
		t.Error("the defaults are not those of section 8")
	}
	for _, c := range []struct {
		d    dial.Dialer
		want string
	}{
		{dial.Dialer{AttemptDelay: 9 * ms}, "dial tcp host:80: dial: AttemptDelay is 9ms, want at least 10ms"},
		{dial.Dialer{AttemptDelay: -1}, "dial tcp host:80: dial: AttemptDelay is -1ns, want at least 10ms"},
		{dial.Dialer{FirstFamilyCount: -1}, "dial tcp host:80: dial: FirstFamilyCount is -1, want at least 0"},
		{dial.Dialer{MaxInFlight: -1}, "dial tcp host:80: dial: MaxInFlight is -1, want at least 0"},
	} {
		if _, err := c.d.Dial("tcp", "host:80"); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		w.AttemptDelay = 10 * ms
		w.hosts[v6a] = hole
		w.wantDial(t, "0s 2001:db8::a, 10ms 192.0.2.1", "30ms 192.0.2.1")
	})
}

func TestLookupsAreStoppedWithTheDial(t *testing.T) {
	inWorld(t, nil, addrs(v4a), func(t *testing.T, w *world) {
		w.names["ip6"] = answered{after: -1} // the bubble would not end with it
		w.wantDial(t, "50ms 192.0.2.1", "70ms 192.0.2.1")
	})
}

func TestCancellationReturnsInThatInstantWithTheCause(t *testing.T) {
	for _, c := range []struct {
		name     string
		set      func(w *world)
		attempts int
	}{
		{"during the lookups", func(w *world) { w.names["ip6"], w.names["ip4"] = answered{after: -1}, answered{after: -1} }, 0},
		{"of a resolver that does not look", func(w *world) {
			w.names["ip6"] = answered{after: time.Minute, deaf: true}
			w.names["ip4"] = w.names["ip6"]
		}, 0},
		{"during attempts", func(w *world) { w.hosts[v6a], w.hosts[v4a] = hole, hole }, 2},
		{"of a network that does not look", func(w *world) {
			w.hosts[v6a], w.hosts[v4a] = host{after: time.Minute, deaf: true}, host{after: time.Minute, deaf: true}
		}, 2},
		{"after a failure", func(w *world) { w.hosts[v6a], w.hosts[v4a] = refused, hole }, 2},
		{"in the resolution delay", func(w *world) {
			w.names["ip6"] = answered{after: -1}
			w.names["ip4"] = answered{after: 280 * ms, addrs: addrs(v4a)}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
				c.set(w)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(300*ms, func() { cancel(errCut) })
				took, err := w.run(t, ctx)
				if took != "300ms" || !errors.Is(err, errCut) || !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %v, want the cause at 300ms", took, err)
				}
				e, ok := errors.AsType[*dial.DialError](err)
				if !ok || len(e.Attempts) != c.attempts || e.Timeout() || e.Cause != errCut { //nolint:errorlint // the very cause
					t.Errorf("error %+v, want %d attempts", e, c.attempts)
				}
			})
		})
	}
}
