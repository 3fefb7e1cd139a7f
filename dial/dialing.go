package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

// A dialing is one call of DialContext.
type dialing struct {
	*Dialer
	network string
	address string
	host    string
	port    uint16
	shake   handshake
	begun   time.Time
	net     *net.Dialer // makes the attempts, without a time of its own

	// Of the goroutine that called.
	names      lookups
	candidates candidates

	mu     sync.Mutex // guards what follows
	tries  []try
	flying int // of those, that have not ended
}

// A try is a candidate whose turn has come. How it ended, the race knows.
type try struct {
	addr    netip.AddrPort
	source  netip.Addr    // of packets to it, if that was looked at
	started time.Duration // since the start of the dial; negative: not yet
}

func newDialing(d *Dialer, network, address, host string, port uint16, shake handshake) *dialing {
	x := &dialing{Dialer: d, network: network, address: address, host: host, port: port, shake: shake, begun: time.Now(), net: &d.Net}
	if d.Net.Timeout != 0 || !d.Net.Deadline.IsZero() {
		untimed := d.Net
		untimed.Timeout, untimed.Deadline = 0, time.Time{}
		x.net = &untimed
	}
	x.candidates = candidates{x: x, firsts: max(1, d.FirstFamilyCount)}
	return x
}

// race tries the candidates, those that are known and those that the lookups find.
func (x *dialing) race(ctx context.Context) (net.Conn, error) {
	opts := []race.Option{race.LoserTimeout(0), race.StaggerFunc(x.delay), race.Names(x.name)}
	if x.MaxInFlight > 0 {
		opts = append(opts, race.Limit(x.MaxInFlight))
	}
	if x.Trace != nil {
		opts = append(opts, race.Discard(x.discard))
	}
	out, err := race.Lazy(ctx, x.contenders, opts...)
	x.names.done(ctx)
	if err != nil {
		return nil, x.failed(ctx, out.Attempts)
	}
	x.tell(Event{Kind: Won, At: time.Since(x.begun), Addr: x.try(out.Index).addr})
	return out.Value, nil
}

// contenders emits an attempt for each candidate.
func (x *dialing) contenders(ctx context.Context, yield func(scope.Func[net.Conn], error) bool) {
	x.startLookups(ctx)
	defer x.names.stop()
	for {
		d, ok := x.next(ctx)
		if !ok {
			return
		}
		x.names.done(ctx)
		x.names.resort.attempted()
		i := x.enter(d)
		if !yield(func(ctx context.Context) (net.Conn, error) { return x.attempt(ctx, i) }, nil) {
			return
		}
	}
}

// delay returns the time between the attempt before i and i.
func (x *dialing) delay(i int) time.Duration {
	if x.AttemptDelay > 0 {
		return x.AttemptDelay
	}
	if x.History != nil {
		t := x.try(i - 1)
		if d := x.History.delay(x.host, t.addr.Addr(), t.source); d > 0 {
			return d
		}
	}
	return DefaultAttemptDelay
}

// name returns the address of the attempt i.
func (x *dialing) name(i int) string { return x.try(i).addr.String() }

// enter notes that d is about to be tried, and returns the number of the attempt.
func (x *dialing) enter(d destination) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tries = append(x.tries, try{netip.AddrPortFrom(d.addr, x.port), d.source, -1})
	x.flying++
	return len(x.tries) - 1
}

func (x *dialing) try(i int) try {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.tries[i]
}

// attempt makes the attempt i.
func (x *dialing) attempt(ctx context.Context, i int) (conn net.Conn, err error) {
	x.mu.Lock()
	x.tries[i].started = time.Since(x.begun)
	t := x.tries[i]
	x.mu.Unlock()
	x.tell(Event{Kind: AttemptStart, At: t.started, Addr: t.addr})
	err = errLeft // unless make returns
	defer func() {
		x.mu.Lock()
		x.flying--
		x.mu.Unlock()
		x.names.resort.attemptEnded()
		x.tell(Event{Kind: AttemptDone, At: time.Since(x.begun), Addr: t.addr, Err: err})
	}()
	return x.make(ctx, t)
}

// make connects and shakes hands.
func (x *dialing) make(ctx context.Context, t try) (net.Conn, error) {
	conn, err := x.connect(ctx, t.addr)
	switch {
	case err != nil:
		return nil, err
	case conn == nil:
		return nil, errNoConn
	}
	if x.History != nil {
		x.History.connected(x.host, t.addr.Addr(), t.source, time.Since(x.begun)-t.started)
	}
	if x.shake == nil {
		return conn, nil
	}
	race.Progress(ctx)
	return x.greet(ctx, t.addr, conn)
}

// connect connects to addr.
func (x *dialing) connect(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	address := addr.String()
	if !addr.Addr().IsValid() {
		address = net.JoinHostPort("", strconv.Itoa(int(addr.Port())))
	}
	if x.Attempt != nil {
		return x.Attempt(ctx, x.network, address)
	}
	return x.net.DialContext(ctx, x.network, address)
}

// greet shakes hands with conn, which is closed if that fails.
func (x *dialing) greet(ctx context.Context, addr netip.AddrPort, conn net.Conn) (net.Conn, error) {
	x.tell(Event{Kind: HandshakeStart, At: time.Since(x.begun), Addr: addr})
	shaken := false
	defer func() {
		if !shaken {
			_ = conn.Close() // the attempt has failed already
		}
	}()
	greeted, err := x.shake(ctx, conn)
	if err == nil && greeted == nil {
		err = errNoConn
	}
	shaken = err == nil
	return greeted, err
}

// errNoConn is the error of a function of the user that returned neither a
// connection nor an error.
var errNoConn = errors.New("dial: neither a connection nor an error")

// errLeft is what Trace is told of one that panicked, or left by Goexit.
var errLeft = errors.New("dial: the attempt has not returned")

// discard closes a connection that has lost.
func (x *dialing) discard(conn net.Conn) {
	e := Event{Kind: Closed, Err: conn.Close()}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		e.Addr = a.AddrPort()
	}
	e.At = time.Since(x.begun)
	x.tell(e)
}
