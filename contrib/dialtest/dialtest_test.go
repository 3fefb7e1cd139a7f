package dialtest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/rxscope/rxscope/contrib/dialtest"
	"github.com/rxscope/rxscope/dial"
	"github.com/rxscope/rxscope/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	alive    = dialtest.Alive
	refuses  = dialtest.Refuses
	swallows = dialtest.Swallows
)

type kinds = []dialtest.Kind

func newWorld(t *testing.T) *dialtest.World {
	t.Helper()
	w, err := dialtest.New()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func addHost(t *testing.T, w *dialtest.World, spec dialtest.Host) *dialtest.Host {
	t.Helper()
	h, err := w.AddHost(spec)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestDialer dials on real sockets what package dial tests on the virtual clock.
func TestDialer(t *testing.T) {
	for _, c := range []struct {
		name   string
		v6, v4 kinds
		a      dialtest.Answer // of A
		aaaa   dialtest.Answer
		winner int           // of the addresses
		least  time.Duration // that it takes
	}{
		{name: "alive", v6: kinds{alive}, v4: kinds{alive}},
		{name: "IPv6 hole, IPv4 alive", v6: kinds{swallows}, v4: kinds{alive}, winner: 1, least: 250 * time.Millisecond},
		{name: "hole, then alive, of one family", v4: kinds{swallows, alive}, winner: 1, least: 250 * time.Millisecond},
		{name: "refused chain", v6: kinds{refuses}, v4: kinds{refuses, refuses, alive}, winner: 3},
		{name: "one of six is alive", v4: kinds{swallows, swallows, swallows, swallows, swallows, alive}, winner: 5, least: 1250 * time.Millisecond},
		{name: "AAAA dropped", v4: kinds{alive}, aaaa: dialtest.Answer{Drop: true}, least: 50 * time.Millisecond},
		{name: "A dropped", v6: kinds{alive}, a: dialtest.Answer{Drop: true}},
		{name: "AAAA SERVFAIL", v4: kinds{alive}, aaaa: dialtest.Answer{Code: dns.RcodeServerFailure}},
		{name: "AAAA late", v6: kinds{alive}, v4: kinds{swallows}, aaaa: dialtest.Answer{After: 150 * time.Millisecond}, least: 300 * time.Millisecond},
		{name: "A late", v6: kinds{alive}, v4: kinds{alive}, a: dialtest.Answer{After: time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := addHost(t, w, dialtest.Host{Name: "host.test", V6: c.v6, V4: c.v4, A: c.a, AAAA: c.aaaa})
			d := dial.Dialer{Resolver: w.Resolver()}
			begun := time.Now()
			conn, err := d.DialContext(t.Context(), "tcp", h.Address())
			took := time.Since(begun)
			if err != nil {
				t.Fatal(err)
			}
			got := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
			if want := h.Addrs[c.winner]; got != want || took < c.least {
				t.Errorf("connected to %v after %v, want %v after at least %v", got, took, want, c.least)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDialerFailsWithAllItTried(t *testing.T) {
	w := newWorld(t)
	h := addHost(t, w, dialtest.Host{Name: "host.test", V6: kinds{refuses}, V4: kinds{refuses, swallows}})
	d := dial.Dialer{Resolver: w.Resolver(), Net: net.Dialer{Timeout: 500 * time.Millisecond}}
	_, err := d.DialContext(t.Context(), "tcp", h.Address())
	e, ok := errors.AsType[*dial.DialError](err)
	if !ok || len(e.Attempts) != 3 || !e.Timeout() || !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want two refusals and a timeout", err)
	}
	_, err = d.DialContext(t.Context(), "tcp", "nobody.test:1")
	if e, ok := errors.AsType[*net.DNSError](err); !ok || !e.IsNotFound {
		t.Errorf("error %v, want that there is no such host", err)
	}
}

func TestNothingIsLeftOfAThousandDials(t *testing.T) {
	_ = newWorld(t) // so that what the process has for all sockets is there
	open := descriptors(t)
	w, err := dialtest.New()
	if err != nil {
		t.Fatal(err)
	}
	h := addHost(t, w, dialtest.Host{Name: "host.test", V6: kinds{refuses}, V4: kinds{swallows, alive}})
	d := dial.Dialer{Resolver: w.Resolver(), AttemptDelay: dial.MinAttemptDelay}
	// The scope waits for the losers.
	err = scope.Run(t.Context(), "dials", func(ctx context.Context, _ *scope.Scope) error {
		for range 1000 {
			conn, err := d.DialContext(ctx, "tcp", h.Address())
			if err != nil {
				return err
			}
			if err := conn.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil { // which waits for the other ends
		t.Fatal(err)
	}
	if now := descriptors(t); now != open {
		t.Errorf("%d descriptors are open, want %d as before", now, open)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

func TestWorldNamesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AddHost(dialtest.Host{Name: "x.test", V6: kinds{alive, alive}}); err == nil || !strings.Contains(err.Error(), "V6 has 2 addresses") {
		t.Errorf("error %v, want one about v6", err)
	}
	if got, want := dialtest.Kind(9).String(), "unknown"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func ExampleWorld() {
	w, err := dialtest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close() //nolint:errcheck // the program is over
	h, err := w.AddHost(dialtest.Host{Name: "shop.test", V4: []dialtest.Kind{dialtest.Swallows, dialtest.Alive}})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := dial.Dialer{Resolver: w.Resolver()}
	conn, err := d.DialContext(context.Background(), "tcp", h.Address()) // takes 250 ms
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close() //nolint:errcheck // the program is over
	fmt.Println(conn.RemoteAddr().(*net.TCPAddr).IP, h.Addrs)
	// Output: 127.64.0.2 [127.64.0.1 127.64.0.2]
}
