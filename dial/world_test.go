package dial_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/dial"
)

const ms = time.Millisecond

var (
	v6a, v6b, v6c = addr("2001:db8::a"), addr("2001:db8::b"), addr("2001:db8::c")
	v4a, v4b, v4c = addr("192.0.2.1"), addr("192.0.2.2"), addr("192.0.2.3")

	errCut = errors.New("cut by the test")
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// An answered is what the resolver of a world says about one family, and when.
type answered struct {
	after time.Duration
	addrs []netip.Addr
	err   error
	deaf  bool // the lookup does not look at its context
}

// A host is how an address behaves.
type host struct {
	after time.Duration // -1: it never answers
	err   error
	deaf  bool // connecting does not look at its context
}

var (
	alive   = host{after: 20 * ms}
	hole    = host{after: -1}
	refused = host{after: 20 * ms, err: syscall.ECONNREFUSED}
)

// A world is a network without sockets, on the virtual clock.
type world struct {
	dial.Dialer // with the world behind it

	names   map[string]answered // by network, or by network and host
	hosts   map[netip.Addr]host // those that are not there refuse
	sources map[netip.Addr]netip.Addr

	mu      sync.Mutex
	begun   time.Time
	asked   []string // "0s ip6"
	started []string // "0s 2001:db8::a"
	open    int
	made    int
	events  []dial.Event
}

// newWorld returns a world whose host "host" has the addresses given, which are
// answered at once.
func newWorld(v6, v4 []netip.Addr) *world {
	w := &world{names: map[string]answered{"ip6": {addrs: v6}, "ip4": {addrs: v4}}, hosts: map[netip.Addr]host{}, begun: time.Now()}
	for _, a := range slices.Concat(v6, v4) {
		w.hosts[a.Unmap()] = alive
	}
	w.Resolver, w.Attempt, w.Source = w, w.connect, w.source
	return w
}

func (w *world) LookupNetIP(ctx context.Context, network, name string) ([]netip.Addr, error) {
	a, ok := w.names[network+" "+name]
	if !ok {
		a = w.names[network]
	}
	w.mu.Lock()
	w.asked = append(w.asked, fmt.Sprint(time.Since(w.begun), " ", network))
	w.mu.Unlock()
	if err := rest(ctx, a.after, a.deaf); err != nil {
		return nil, err
	}
	return a.addrs, a.err
}

// rest waits for d, for ever if it is negative.
func rest(ctx context.Context, d time.Duration, deaf bool) error {
	var alarm <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		alarm = timer.C
	}
	over := ctx.Done()
	if deaf {
		over = nil
	}
	select {
	case <-alarm:
		return nil
	case <-over:
		return ctx.Err()
	}
}

func (w *world) connect(ctx context.Context, network, address string) (net.Conn, error) {
	at := netip.MustParseAddrPort(address)
	w.mu.Lock()
	w.started = append(w.started, fmt.Sprint(time.Since(w.begun), " ", at.Addr()))
	h, ok := w.hosts[at.Addr()]
	w.mu.Unlock()
	if !ok {
		h = refused
	}
	err := rest(ctx, h.after, h.deaf)
	if err == nil {
		err = h.err
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(at), Err: err}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.made++
	return &conn{world: w, at: at}, nil
}

// source has a global address of each family, unless the test says otherwise.
func (w *world) source(dst netip.Addr) netip.Addr {
	if s, ok := w.sources[dst]; ok {
		return s
	}
	if dst.Is4() {
		return addr("192.0.2.99")
	}
	return addr("2001:db8::99")
}

// A conn is a connection of a world.
type conn struct {
	net.Conn
	world *world
	at    netip.AddrPort
	once  sync.Once
}

func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.at) }

func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.world.mu.Lock()
		defer c.world.mu.Unlock()
		c.world.open--
		err = nil
	})
	return err
}

// run dials tcp host:80, and checks that all connections but the one that won are
// closed when everything has ended.
func (w *world) run(t *testing.T, ctx context.Context) (winner string, err error) {
	t.Helper()
	return w.runTo(t, ctx, "tcp", "host:80")
}

func (w *world) runTo(t *testing.T, ctx context.Context, network, address string) (winner string, err error) {
	t.Helper()
	c, err := w.DialContext(ctx, network, address)
	took := time.Since(w.begun)
	time.Sleep(time.Hour) // for all that is late
	synctest.Wait()
	left := 0
	if err == nil {
		left = 1
		winner = fmt.Sprint(took, " ", c.(*conn).at.Addr())
	} else {
		winner = fmt.Sprint(took)
		if c != nil {
			t.Errorf("a connection and an error")
		}
	}
	w.mu.Lock()
	if w.open != left {
		t.Errorf("%d of %d connections are open, want %d", w.open, w.made, left)
	}
	w.mu.Unlock()
	if c != nil {
		_ = c.Close()
	}
	return winner, err
}

// timeline returns the attempts as they started.
func (w *world) timeline() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.started, ", ")
}

// wantDial dials, and compares the attempts and the winner.
func (w *world) wantDial(t *testing.T, timeline, winner string) {
	t.Helper()
	got, err := w.run(t, t.Context())
	if err != nil {
		t.Errorf("error %v", err)
	}
	if w.timeline() != timeline || got != winner {
		t.Errorf("attempts %s; won %s\n\twant %s; won %s", w.timeline(), got, timeline, winner)
	}
}

// inWorld runs f in a bubble with a world that has the addresses given.
func inWorld(t *testing.T, v6, v4 []netip.Addr, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(v6, v4)) })
}

func addrs(as ...netip.Addr) []netip.Addr { return as }
