package dialtest

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// An Answer says how the DNS server answers questions for one record type of a
// host. The zero value answers at once with the addresses of the host.
type Answer struct {
	After time.Duration // how late it is
	Drop  bool          // there is none
	Code  int           // an RCODE of package dns, such as dns.RcodeServerFailure
}

// names is the DNS server of a world.
type names struct {
	server *dns.Server
	addr   string

	mu      sync.Mutex // guards what follows
	hosts   map[string]*Host
	over    chan struct{}
	pending sync.WaitGroup // answers that are late
}

func newNames() (*names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &names{addr: conn.LocalAddr().String(), hosts: make(map[string]*Host), over: make(chan struct{})}
	started := make(chan struct{})
	n.server = &dns.Server{PacketConn: conn, Handler: n, NotifyStartedFunc: func() { close(started) }}
	n.pending.Go(func() { _ = n.server.ActivateAndServe() })
	<-started
	return n, nil
}

// ServeDNS answers one question.
func (n *names) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	reply := new(dns.Msg).SetReply(r)
	reply.Authoritative, reply.RecursionAvailable = true, true // an answer without addresses is one
	if len(r.Question) != 1 {
		_ = w.WriteMsg(reply.SetRcode(r, dns.RcodeFormatError))
		return
	}
	q := r.Question[0]
	n.mu.Lock()
	h := n.hosts[q.Name]
	n.mu.Unlock()
	if h == nil {
		_ = w.WriteMsg(reply.SetRcode(r, dns.RcodeNameError))
		return
	}
	answer, addrs := h.answer(q.Qtype)
	if answer.Drop {
		return
	}
	reply.Rcode = answer.Code
	for _, a := range addrs {
		reply.Answer = append(reply.Answer, record(q, a))
	}
	// Each question has a goroutine of the server.
	if n.wait(answer.After) {
		_ = w.WriteMsg(reply) // who has asked may be gone
	}
}

// wait waits for d, and reports whether the server is still there.
func (n *names) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-n.over:
		return false
	}
}

func record(q dns.Question, a netip.Addr) dns.RR {
	head := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET}
	if a.Is4() {
		return &dns.A{Hdr: head, A: a.AsSlice()}
	}
	return &dns.AAAA{Hdr: head, AAAA: a.AsSlice()}
}

// add makes a host known by its name.
func (n *names) add(name string, h *Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[dns.Fqdn(name)] = h
}

func (n *names) close() error {
	close(n.over)
	err := n.server.Shutdown()
	n.pending.Wait()
	return err
}

// Resolver returns a resolver that asks the DNS server of w. A lookup that is
// stopped leaves nothing behind: those of package net go on waiting for the server
// otherwise, up to their timeout.
func (w *World) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, w.names.addr)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() })
		}
		return c, err
	}}
}

// answer returns what is to be answered about h.
func (h *Host) answer(qtype uint16) (Answer, []netip.Addr) {
	of := func(is4 bool) []netip.Addr {
		return slices.DeleteFunc(slices.Clone(h.Addrs), func(a netip.Addr) bool { return a.Is4() != is4 })
	}
	switch qtype {
	case dns.TypeA:
		return h.A, of(true)
	case dns.TypeAAAA:
		return h.AAAA, of(false)
	}
	return Answer{}, nil
}
