package dial

import (
	"container/list"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A History remembers for the last hosts how long connecting to their addresses
// took. Addresses that answered before, and of those the nearest, are then tried
// before others that RFC 6724 has no other reason to tell apart; and the next
// attempt starts when an answer would have been there by all that is known,
// within [MinAttemptDelay] and [MaxAttemptDelay].
//
// What was learnt from one local address says nothing about another network: it
// is not used when the source address for the destination has changed. A History
// may be shared by several Dialers, and used by several goroutines at once.
//
// RFC 8305 section 4 and 5; the delay is computed as the time before a
// retransmission in RFC 6298.
type History struct {
	mu    sync.Mutex // guards what follows
	max   int
	hosts map[string]*list.Element // of memory
	order list.List                // the last one used first
}

// A memory is of one host.
type memory struct {
	host  string
	paths map[netip.Addr]path
}

// A path is how an address was reached.
type path struct {
	source    netip.Addr
	mean, dev time.Duration // of the time to connect, smoothed
}

// maxPaths is how many addresses of a host are remembered.
const maxPaths = 64

// NewHistory returns a history of the given number of hosts; the host that was not
// dialled for the longest time makes room. It panics if hosts < 1.
func NewHistory(hosts int) *History {
	if hosts < 1 {
		panic(fmt.Sprintf("dial: NewHistory: hosts is %d, want at least 1", hosts))
	}
	return &History{max: hosts, hosts: make(map[string]*list.Element)}
}

// Forget drops all that is remembered.
func (h *History) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.hosts)
	h.order.Init()
}

// connected notes that connecting to addr took rtt.
func (h *History) connected(host string, addr, source netip.Addr, rtt time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.memory(host)
	p, known := m.paths[addr]
	switch {
	case known && p.source == source:
		// As in RFC 6298 section 2.3.
		p.dev += ((p.mean - rtt).Abs() - p.dev) / 4
		p.mean += (rtt - p.mean) / 8
	case !known && len(m.paths) >= maxPaths:
		return
	default:
		p = path{source: source, mean: rtt, dev: rtt / 2}
	}
	p.mean = max(p.mean, 1) // 0 would be unknown
	m.paths[addr] = p
}

// memory returns that of host, made if need be. The caller holds h.mu.
func (h *History) memory(host string) *memory {
	if e := h.hosts[host]; e != nil {
		h.order.MoveToFront(e)
		return e.Value.(*memory) //nolint:forcetypeassert // nothing else is in the list
	}
	for len(h.hosts) >= h.max {
		oldest := h.order.Back()
		delete(h.hosts, h.order.Remove(oldest).(*memory).host) //nolint:forcetypeassert // nothing else is in the list
	}
	m := &memory{host: host, paths: make(map[netip.Addr]path)}
	h.hosts[host] = h.order.PushFront(m)
	return m
}

// path returns what is known of addr from source.
func (h *History) path(host string, addr, source netip.Addr) (path, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.hosts[host]
	if e == nil {
		return path{}, false
	}
	p, ok := e.Value.(*memory).paths[addr] //nolint:forcetypeassert // nothing else is in the list
	return p, ok && p.source == source
}

// rtt returns how long connecting to addr takes, 0 if that is not known.
func (h *History) rtt(host string, addr, source netip.Addr) time.Duration {
	p, ok := h.path(host, addr, source)
	if !ok {
		return 0
	}
	return p.mean
}

// delay returns how long to wait for an answer of addr, 0 if that is not known.
func (h *History) delay(host string, addr, source netip.Addr) time.Duration {
	p, ok := h.path(host, addr, source)
	if !ok {
		return 0
	}
	return min(max(p.mean+4*p.dev, MinAttemptDelay), MaxAttemptDelay)
}
