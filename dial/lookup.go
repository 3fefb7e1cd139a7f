package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A question is what a resolver is asked.
type question struct{ network, host string }

// An answer is what a lookup has come to.
type answer struct {
	question
	addrs []netip.Addr
	err   error
	at    time.Duration
}

// lookups are those of one dial, as the goroutine that called sees them.
type lookups struct {
	families []string   // that count
	pending  []question // that have not been answered
	answered []Lookup   // that have
	answers  chan answer
	delay    *time.Timer // of the resolution; nil until IPv4 addresses wait
	waited   bool        // it is over
	trace    *hostTrace  // nil if nobody wants to know
	resort   resort
}

// errUnanswered is the answer of a resolver that panicked or left.
var errUnanswered = errors.New("dial: the resolver has not answered")

// plan finds out what is to be looked up: the host, or for a literal that has to
// be translated the prefix.
func (n *lookups) plan(x *dialing, literal netip.Addr) (err error) {
	if n.families, err = x.families(x.network); err != nil {
		return err
	}
	n.answers = make(chan answer, 4) // of two families, an address to translate and its prefix
	n.resort.literal = literal
	if n.resort.wanted = len(n.families) > 1 && x.translates(documented); n.resort.wanted {
		n.resort.ended = make(chan struct{}, 1)
	}
	return nil
}

// startLookups starts the lookups, of IPv6 before IPv4.
func (x *dialing) startLookups(ctx context.Context) {
	n := &x.names
	switch {
	case len(n.families) == 0:
		return // the address is known
	case n.resort.literal.IsValid():
		x.startResort(ctx)
		return
	}
	n.trace = traceHost(ctx, x.host)
	var before chan struct{}
	for _, network := range n.families {
		if n.resort.wanted && network == "ip4" {
			continue
		}
		before = x.lookUp(ctx, question{network, x.host}, before)
	}
}

// lookUp starts a lookup, which begins after before has been closed, if it is not
// nil, and returns what is closed when it begins itself.
func (x *dialing) lookUp(ctx context.Context, q question, before <-chan struct{}) (begins chan struct{}) {
	begins = make(chan struct{})
	x.names.pending = append(x.names.pending, q)
	err := scope.Spawn(ctx, func(ctx context.Context) error {
		if before != nil {
			<-before
		}
		a := answer{question: q, err: errUnanswered}
		defer func() {
			a.at = time.Since(x.begun)
			x.names.answers <- a
		}()
		close(begins)
		x.tell(Event{Kind: LookupStart, At: time.Since(x.begun), Network: q.network, Host: q.host})
		a.addrs, a.err = x.hosts().LookupNetIP(untraced{ctx}, q.network, q.host)
		return nil
	}, scope.Named("lookup "+q.network))
	if err != nil {
		close(begins)
		x.names.answers <- answer{question: q, err: err, at: time.Since(x.begun)}
	}
	return begins
}

// next returns the next destination to try. It waits for the lookups as long as it
// has to, and returns false when there is nothing more.
func (x *dialing) next(ctx context.Context) (destination, bool) {
	n := &x.names
	for {
		x.takeAnswers()
		x.resortInTime(ctx)
		switch {
		case ctx.Err() != nil:
			return destination{}, false
		case x.candidates.any() && !x.waits():
			return x.candidates.next(), true
		case len(n.pending) == 0 && !n.resort.mayCome() && !x.candidates.any():
			return destination{}, false
		}
		select {
		case a := <-n.answers:
			x.answered(a)
		case <-n.delayed():
			n.waited = true
		case <-n.resort.alarm():
			n.resort.late = true
		case <-n.resort.ended:
		case <-ctx.Done():
		}
	}
}

// takeAnswers takes what has been answered already.
func (x *dialing) takeAnswers() {
	for {
		select {
		case a := <-x.names.answers:
			x.answered(a)
		default:
			return
		}
	}
}

// answered takes an answer.
func (x *dialing) answered(a answer) {
	n := &x.names
	if i := slices.Index(n.pending, a.question); i >= 0 {
		n.pending = slices.Delete(n.pending, i, i+1)
	}
	if a.err == nil && len(a.addrs) == 0 {
		a.err = &net.DNSError{Err: "no addresses", Name: a.host, IsNotFound: true}
	}
	n.answered = append(n.answered, Lookup{Network: a.network, Host: a.host, Elapsed: a.at, Addrs: a.addrs, Err: a.err})
	x.tell(Event{Kind: LookupDone, At: a.at, Network: a.network, Host: a.host, Addrs: a.addrs, Err: a.err})
	n.trace.answered(a)
	x.candidates.add(x.translate(a))
}

// waits reports whether the candidates, all of IPv4, wait for those of IPv6.
func (x *dialing) waits() bool {
	n := &x.names
	if n.waited || x.ResolutionDelay < 0 || !slices.Contains(n.pending, question{"ip6", x.host}) {
		return false
	}
	if n.delay == nil {
		d := x.ResolutionDelay
		if d == 0 {
			d = DefaultResolutionDelay
		}
		n.delay = time.NewTimer(d)
	}
	return true
}

// delayed returns the channel of the resolution delay, nil if it has not begun.
func (n *lookups) delayed() <-chan time.Time {
	if n.delay == nil || n.waited {
		return nil
	}
	return n.delay.C
}

// stop stops the timers.
func (n *lookups) stop() {
	if n.delay != nil {
		n.delay.Stop()
	}
	n.resort.stop()
}

// done tells the trace of the context that names have been resolved.
func (n *lookups) done(ctx context.Context) { n.trace.done(context.Cause(ctx)) }
