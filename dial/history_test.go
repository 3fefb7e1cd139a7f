package dial_test

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// again starts the clock and the record of a world anew.
func (w *world) again() {
	w.begun, w.started, w.asked = time.Now(), nil, nil
}

func TestHistoryLeadsToWhatAnsweredBefore(t *testing.T) {
	inWorld(t, addrs(v6a, v6b, v6c), addrs(v4a), func(t *testing.T, w *world) {
		w.History = dial.NewHistory(10)
		w.hosts[v6a], w.hosts[v4a] = hole, hole
		w.hosts[v6b] = host{after: 100 * ms}
		w.wantDial(t, "0s 2001:db8::a, 250ms 192.0.2.1, 500ms 2001:db8::b", "600ms 2001:db8::b")
		w.again()
		w.wantDial(t, "0s 2001:db8::b", "100ms 2001:db8::b")

		w.hosts[v6b] = hole
		w.again()
		// The delay is mean + 4 deviations of what was seen: 100 ms twice.
		w.wantDial(t, "0s 2001:db8::b, 250ms 192.0.2.1, 500ms 2001:db8::a, 750ms 2001:db8::c", "770ms 2001:db8::c")
	})
}

func TestHistoryAdaptsTheDelay(t *testing.T) {
	for _, c := range []struct {
		rtt, want time.Duration
		dials     int
	}{
		{20 * ms, 60 * ms, 1}, // 20 + 4 * 10
		{20 * ms, 50 * ms, 2}, // 20 + 4 * 7.5
		{ms, 10 * ms, 9},      // the least
		{time.Second, 2 * time.Second, 1},
	} {
		inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
			w.History = dial.NewHistory(10)
			w.hosts[v6a] = host{after: c.rtt}
			w.hosts[v4a] = hole
			for range c.dials {
				if _, err := w.run(t, t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.hosts[v6a], w.hosts[v4a] = hole, alive
			w.again()
			w.wantDial(t, fmt.Sprintf("0s 2001:db8::a, %v 192.0.2.1", c.want), fmt.Sprint(c.want+20*ms, " 192.0.2.1"))
		})
	}
}

func TestHistoryIsNotUsedFromAnotherLocalAddress(t *testing.T) {
	inWorld(t, addrs(v6a, v6b), nil, func(t *testing.T, w *world) {
		w.History = dial.NewHistory(10)
		w.hosts[v6a] = refused
		w.wantDial(t, "0s 2001:db8::a, 20ms 2001:db8::b", "40ms 2001:db8::b")
		w.sources = map[netip.Addr]netip.Addr{v6a: addr("2001:db8::77"), v6b: addr("2001:db8::77")}
		w.again()
		w.wantDial(t, "0s 2001:db8::a, 20ms 2001:db8::b", "40ms 2001:db8::b")
		w.again()
		w.wantDial(t, "0s 2001:db8::b", "20ms 2001:db8::b") // learnt there
		w.History.Forget()
		w.again()
		w.wantDial(t, "0s 2001:db8::a, 20ms 2001:db8::b", "40ms 2001:db8::b")
	})
}

func TestHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(addrs(v6a, v6b), nil)
		w.History = dial.NewHistory(2)
		w.hosts[v6a] = refused
		visit := func(name string, want string) {
			t.Helper()
			w.again()
			_, err := w.runTo(t, t.Context(), "tcp", name+":80")
			if err != nil || w.timeline() != want {
				t.Errorf("%s: %s, %v, want %s", name, w.timeline(), err, want)
			}
		}
		const unknown, known = "0s 2001:db8::a, 20ms 2001:db8::b", "0s 2001:db8::b"
		visit("one", unknown)
		visit("two", unknown)
		visit("one", known)
		visit("three", unknown) // two makes room
		visit("one", known)
		visit("two", unknown)
	})
	defer func() {
		if got, want := recover(), "dial: NewHistory: hosts is 0, want at least 1"; got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	dial.NewHistory(0)
}
