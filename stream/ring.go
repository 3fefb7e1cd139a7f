package stream

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A ring holds the latest events of a subject once for all subscribers, each of
// which has a place in it. Places are counted from the first event on.
type ring[T any] struct {
	mu      sync.Mutex // guards what follows
	filled  sync.Cond  // subscribers wait here
	room    sync.Cond  // publishers wait here
	events  []Event[T] // event i is at i % len
	times   []time.Time
	dated   bool // times are kept
	head    int  // how many have been published
	ended   bool
	subs    []*Subscription[T]
	copies  int // subscriptions that drop the newest
	limit   int // up to which there is room without looking
	waiting int // subscribers
	blocked int // publishers
	watched bool
	inside  int // of those, in the loop body of a subscriber that is waited for
	checks  int // how often publishers that wait have been told to look who they are
}

func (r *ring[T]) init(size int) {
	r.filled.L, r.room.L = &r.mu, &r.mu
	r.grow(size)
}

// grow makes room for events that wait.
func (r *ring[T]) grow(size int) {
	if size <= len(r.events) {
		return
	}
	events := make([]Event[T], size)
	var times []time.Time
	if r.dated {
		times = make([]time.Time, size)
	}
	for i := max(0, r.head-len(r.events)); i < r.head; i++ {
		events[i%size] = r.events[i%len(r.events)]
		if r.dated {
			times[i%size] = r.times[i%len(r.times)]
		}
	}
	r.events, r.times = events, times
}

// subscribe is add for whoever does not hold the lock.
func (r *ring[T]) subscribe(o Overflow) *Subscription[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.add(o)
}

// add adds a subscription that begins with the next event. The caller holds
// r.mu.
func (r *ring[T]) add(o Overflow) *Subscription[T] {
	s := &Subscription[T]{ring: r, overflow: o, at: r.head}
	r.grow(o.N)
	r.subs = append(r.subs, s)
	switch o.Policy {
	case DropNewest:
		r.copies++
	case Block:
		r.limit = min(r.limit, r.head+o.N)
	}
	return s
}

// remove takes a subscription out. The caller holds r.mu.
func (r *ring[T]) remove(s *Subscription[T]) {
	i := slices.Index(r.subs, s)
	if i < 0 {
		return
	}
	r.subs = slices.Delete(r.subs, i, i+1)
	if s.overflow.Policy == DropNewest {
		r.copies--
	}
	r.wakePublisher()
}

// lockRoom locks r when there is room for an event, or returns why there will
// be none. It reports whether it had to wait.
func (r *ring[T]) lockRoom(ctx context.Context) (waited bool, err error) {
	r.mu.Lock()
	switch {
	case r.ended:
		err = ErrEnded
	case r.head < r.limit || r.look():
	default:
		waited = true
		err = r.waitForRoom(ctx)
	}
	if err != nil {
		r.mu.Unlock()
	}
	return waited, err
}

// waitForRoom waits until there is room, or returns why it gave up. The caller
// holds r.mu.
func (r *ring[T]) waitForRoom(ctx context.Context) error {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { r.wakeAll(&r.room) })()
	}
	checks, me := r.checks, uint64(0)
	for {
		err := r.hopeless(ctx, me)
		if err != nil {
			r.wakePublisher() // for whom the wake-up may have been meant
			return err
		}
		if r.look() {
			return nil
		}
		if me == 0 {
			r.watch()
		}
		r.blocked++
		r.room.Wait()
		r.blocked--
		if me == 0 && checks != r.checks {
			me = goroutine()
			if r.runs(me) {
				r.inside++
				defer func() { r.inside-- }()
			}
		}
	}
}

// hopeless returns why a publisher on the goroutine me, 0 if that is not known,
// is not to wait. The caller holds r.mu.
func (r *ring[T]) hopeless(ctx context.Context, me uint64) error {
	switch {
	case r.ended:
		return ErrEnded
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case me != 0 && r.waitsFor(me):
		return ErrReentrant
	}
	return nil
}

// look reports whether there is room, and notes how far it goes. The caller
// holds r.mu.
func (r *ring[T]) look() bool {
	r.limit = r.head + len(r.events)
	for _, s := range r.subs {
		if s.overflow.Policy == Block {
			r.limit = min(r.limit, s.at+s.overflow.N)
		}
	}
	return r.head < r.limit
}

// wakePublisher wakes one of those who wait, if there is room; it wakes the
// next if it leaves some. The caller holds r.mu.
func (r *ring[T]) wakePublisher() {
	if r.blocked > 0 && r.look() {
		r.room.Signal()
	}
}

// selfCheck is how long a publisher waits before it is asked whether it waits for
// itself, which takes longer than most waits.
const selfCheck = 10 * time.Millisecond

// watch sees to it that publishers that wait look in a while who they are: once,
// as they then know. The caller holds r.mu.
func (r *ring[T]) watch() {
	if r.watched {
		return
	}
	r.watched = true
	time.AfterFunc(selfCheck, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.watched = false
		r.checks++
		r.room.Broadcast()
	})
}

// runs reports whether the goroutine me runs a subscriber that is waited for.
func (r *ring[T]) runs(me uint64) bool {
	return slices.ContainsFunc(r.subs, func(s *Subscription[T]) bool { return s.overflow.Policy == Block && s.runner == me })
}

// waitsFor reports whether the goroutine me is in the loop body of a subscriber
// that has no room. Nothing but the goroutine can tell that it would wait for
// itself: the body knows no context of the subscription.
func (r *ring[T]) waitsFor(me uint64) bool {
	for _, s := range r.subs {
		if s.overflow.Policy == Block && s.runner == me && r.head >= s.at+s.overflow.N {
			return true
		}
	}
	return false
}

// put appends an event. The caller holds r.mu and has seen that there is room.
func (r *ring[T]) put(e Event[T]) {
	if r.copies > 0 {
		for _, s := range r.subs {
			s.overrun(r.head)
		}
	}
	at := r.head % len(r.events)
	r.events[at] = e
	if r.dated {
		r.times[at] = time.Now()
	}
	r.head++
}

// unlockFilled unlocks r and wakes who waits for events, and, for a publisher that
// had to wait itself, the next of those if there is room. Publishers in a loop body
// look anew whether they wait for themselves.
func (r *ring[T]) unlockFilled(waited bool) {
	wake := r.waiting > 0
	pass := waited && r.blocked > 0 && r.head < r.limit
	look := r.inside > 0
	r.mu.Unlock()
	if wake {
		r.filled.Broadcast()
	}
	switch {
	case look:
		r.room.Broadcast()
	case pass:
		r.room.Signal()
	}
}

func (r *ring[T]) end() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.filled.Broadcast()
	r.room.Broadcast()
}

// wakeAll wakes all who wait at c, one of the two of r: what they wait for has
// changed outside the lock, which they hold when they look.
func (r *ring[T]) wakeAll(c *sync.Cond) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.Broadcast()
}

// lately returns the last n events, those older than age left out unless that
// is 0. The caller holds r.mu.
func (r *ring[T]) lately(n int, age time.Duration) []Event[T] {
	from := max(0, r.head-n)
	for age > 0 && from < r.head && time.Since(r.times[from%len(r.times)]) > age {
		from++
	}
	events := make([]Event[T], 0, r.head-from)
	for i := from; i < r.head; i++ {
		events = append(events, r.events[i%len(r.events)])
	}
	return events
}
