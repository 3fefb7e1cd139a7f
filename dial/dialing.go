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

	mu       sync.Mutex // guards what follows
	attempts []Attempt
	looked   []Lookup
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
		return nil, x.failed(ctx)
	}
	x.won(out.Index)
	return out.Value, nil
}

// contenders emits an attempt for each candidate.
func (x *dialing) contenders(ctx context.Context, yield func(scope.Func[net.Conn], error) bool) {
	x.startLookups(ctx)
	defer x.names.stop()
	for {
		addr, ok := x.next(ctx)
		if !ok {
			return
		}
		x.names.done(ctx)
		x.names.resort.attempted()
		i := x.enter(addr)
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
	x.mu.Lock()
	addr := x.attempts[i-1].Addr.Addr()
	x.mu.Unlock()
	if x.History != nil {
		if d := x.History.delay(x.host, addr, x.source(addr)); d > 0 {
			return d
		}
	}
	return DefaultAttemptDelay
}

// name returns the address of the attempt i.
func (x *dialing) name(i int) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.attempts[i].Addr.String()
}

// enter notes that addr is about to be tried, and returns the number of the attempt.
func (x *dialing) enter(addr netip.Addr) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.attempts = append(x.attempts, Attempt{Addr: netip.AddrPortFrom(addr, x.port), Started: -1})
	return len(x.attempts) - 1
}

// attempt makes the attempt i.
func (x *dialing) attempt(ctx context.Context, i int) (net.Conn, error) {
	x.mu.Lock()
	started := time.Since(x.begun)
	x.attempts[i].Started = started
	addr := x.attempts[i].Addr
	x.mu.Unlock()
	x.tell(Event{Kind: AttemptStart, At: started, Addr: addr})
	conn, err := x.connect(ctx, addr)
	if err == nil && conn == nil {
		err = errNoConn
	}
	if err == nil {
		if x.History != nil {
			x.History.connected(x.host, addr.Addr(), x.source(addr.Addr()), time.Since(x.begun)-started)
		}
		if x.shake != nil {
			race.Progress(ctx)
			conn, err = x.greet(ctx, addr, conn)
		}
	}
	x.mu.Lock()
	ended := time.Since(x.begun)
	a := &x.attempts[i]
	a.Elapsed, a.Err, a.ended = ended-started, err, true
	x.mu.Unlock()
	if err != nil {
		x.names.resort.attemptFailed()
	}
	x.tell(Event{Kind: AttemptDone, At: ended, Addr: addr, Err: err})
	return conn, err
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

// won notes which attempt won.
func (x *dialing) won(i int) {
	x.mu.Lock()
	addr := x.attempts[i].Addr
	x.mu.Unlock()
	x.tell(Event{Kind: Won, At: time.Since(x.begun), Addr: addr})
}

// discard closes a connection that has lost.
func (x *dialing) discard(conn net.Conn) {
	e := Event{Kind: Closed, Err: conn.Close()}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		e.Addr = a.AddrPort()
	}
	e.At = time.Since(x.begun)
	x.tell(e)
}
