package dial

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/netip"
	"reflect"
	"sync"
	"time"
)

// A Kind is what an [Event] tells of.
type Kind int

// The kinds of events.
const (
	LookupStart    Kind = iota // of Network
	LookupDone                 // of Network, with Addrs or Err
	AttemptStart               // to Addr
	HandshakeStart             // with Addr, which is connected
	AttemptDone                // to Addr, with Err if it failed or was stopped
	Won                        // the connection to Addr is handed out
	Closed                     // a connection to Addr that has lost is closed
)

var kinds = [...]string{"lookup", "answer", "attempt", "handshake", "end", "won", "closed"}

// String returns a word for the kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return "unknown"
	}
	return kinds[k]
}

// An Event is something that happened in a dial.
type Event struct {
	Kind    Kind
	At      time.Duration // since the start of the dial
	Network string        // ip4 or ip6, of a lookup
	Host    string        // that is looked up
	Addrs   []netip.Addr  // of an answer; not to be changed
	Addr    netip.AddrPort
	Err     error
}

// tell calls Trace.
func (x *dialing) tell(e Event) {
	if x.Trace != nil {
		x.Trace(e)
	}
}

// A hostTrace gives the hooks of [httptrace] one start and one end of the lookups of
// a host, as package net does: the end comes when the first attempt is about to
// start, with what is known then, or with the dial.
type hostTrace struct {
	hooks *httptrace.ClientTrace
	once  sync.Once
	addrs []net.IPAddr
	err   error
}

// traceHost starts a trace, nil if ctx has none.
func traceHost(ctx context.Context, host string) *hostTrace {
	hooks := httptrace.ContextClientTrace(ctx)
	if hooks == nil || hooks.DNSStart == nil && hooks.DNSDone == nil {
		return nil
	}
	if hooks.DNSStart != nil {
		hooks.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	return &hostTrace{hooks: hooks}
}

func (t *hostTrace) answered(a answer) {
	if t == nil {
		return
	}
	for _, addr := range a.addrs {
		t.addrs = append(t.addrs, net.IPAddr{IP: addr.Unmap().AsSlice(), Zone: addr.Zone()})
	}
	if t.err == nil {
		t.err = a.err
	}
}

// done tells the end, once; cause is why the context has ended, if it has.
func (t *hostTrace) done(cause error) {
	if t == nil || t.hooks.DNSDone == nil {
		return
	}
	t.once.Do(func() {
		info := httptrace.DNSDoneInfo{Addrs: t.addrs}
		if len(t.addrs) == 0 {
			if info.Err = t.err; info.Err == nil {
				info.Err = cause
			}
		}
		t.hooks.DNSDone(info)
	})
}

// untraced hides the hooks of [httptrace] from a resolver, which would call them
// for each of two lookups, and for the connections to its servers. They cannot
// be taken off a context otherwise: WithClientTrace adds to what there is.
type untraced struct{ context.Context }

func (c untraced) Value(key any) any {
	if t := reflect.TypeOf(key); t != nil && (t.PkgPath() == "internal/nettrace" || t.PkgPath() == "net/http/httptrace") {
		return nil
	}
	return c.Context.Value(key)
}
