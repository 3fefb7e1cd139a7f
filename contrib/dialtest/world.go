package dialtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
)

// A Kind is how an address treats those who want to connect.
type Kind int

// The kinds of addresses.
const (
	Alive    Kind = iota // accepts
	Refuses              // answers with RST
	Swallows             // does not answer
)

var kinds = [...]string{"alive", "refuses", "swallows"}

// String returns a word for the kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return "unknown"
	}
	return kinds[k]
}

// A Host is a name with addresses that all have the same port.
type Host struct {
	Name string
	V6   []Kind // of its IPv6 addresses, of which there may be one: ::1
	V4   []Kind // of its IPv4 addresses
	AAAA Answer // how IPv6 addresses are asked for
	A    Answer // how IPv4 addresses are asked for

	// Set by AddHost.
	Port  int
	Addrs []netip.Addr // those of V6, then those of V4
}

// Address returns the name and the port, as a dialer takes them.
func (h *Host) Address() string { return net.JoinHostPort(h.Name, strconv.Itoa(h.Port)) }

// A World is a network on the loopback. It is closed with [World.Close].
type World struct {
	names *names

	mu     sync.Mutex // guards what follows
	last   int        // of the IPv4 addresses that were given out
	open   []io.Closer
	served sync.WaitGroup
}

// New returns a world with a DNS server and no hosts.
func New() (*World, error) {
	if !canSwallow {
		return nil, fmt.Errorf("dialtest: New: addresses that swallow SYNs: %w", errors.ErrUnsupported)
	}
	n, err := newNames()
	if err != nil {
		return nil, fmt.Errorf("dialtest: New: starting the DNS server: %w", err)
	}
	return &World{names: n}, nil
}

// AddHost adds a host, and returns it with the port and the addresses it got.
func (w *World) AddHost(spec Host) (*Host, error) {
	if n := len(spec.V6); n > 1 {
		return nil, fmt.Errorf("dialtest: AddHost: V6 has %d addresses, want at most 1: there is but ::1", n)
	}
	h := &spec
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(h.V6) == 1 {
		h.Addrs = append(h.Addrs, netip.IPv6Loopback())
	}
	for range h.V4 {
		w.last++
		h.Addrs = append(h.Addrs, netip.AddrFrom4([4]byte{127, 64, byte(w.last >> 8), byte(w.last)}))
	}
	if err := w.settle(h); err != nil {
		return nil, fmt.Errorf("dialtest: AddHost %s: %w", h.Name, err)
	}
	w.names.add(h.Name, h)
	return h, nil
}

// settle finds a port that is free at all addresses of h, and opens it. The
// caller holds w.mu.
func (w *World) settle(h *Host) (err error) {
	for range 20 {
		var opened []io.Closer
		h.Port = 0
		kinds := slices.Concat(h.V6, h.V4)
		for i, a := range h.Addrs {
			var c io.Closer
			if c, err = w.openAt(h, a, kinds[i]); err != nil {
				break
			}
			opened = append(opened, c)
		}
		if err == nil {
			w.open = append(w.open, opened...)
			return nil
		}
		for _, c := range opened {
			_ = c.Close()
		}
	}
	return err
}

// openAt opens the port of h at a; the first that is opened chooses it.
func (w *World) openAt(h *Host, a netip.Addr, k Kind) (io.Closer, error) {
	at := netip.AddrPortFrom(a, uint16(h.Port)) //nolint:gosec // a port
	if k == Swallows {
		s, err := swallow(at)
		if err == nil {
			h.Port = s.port
		}
		return s, err
	}
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return nil, err
	}
	h.Port = l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens to TCP
	if k == Refuses {
		return io.NopCloser(nil), l.Close() // nobody else gets the port meanwhile, or settle fails for others
	}
	w.served.Go(func() { w.serve(l) })
	return l, nil
}

// serve accepts connections and holds them until the other side closes.
func (w *World) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		w.served.Go(func() {
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		})
	}
}

// Close closes all addresses and the DNS server, and waits for those who are still
// connected to leave.
func (w *World) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	errs := []error{w.names.close()}
	for _, c := range w.open {
		errs = append(errs, c.Close())
	}
	w.served.Wait()
	return errors.Join(errs...)
}
