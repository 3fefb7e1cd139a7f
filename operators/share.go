package operators

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A ShareOption configures [Share] and [ShareReplay].
type ShareOption interface{ applyShare(o *shareOptions) }

type shareOptionFunc func(o *shareOptions)

func (f shareOptionFunc) applyShare(o *shareOptions) { f(o) }

type shareOptions struct {
	linger time.Duration
}

// Linger keeps src running for d when the last subscriber has left, in case
// another one comes. It panics if d is negative; without it d is 0.
func Linger(d time.Duration) ShareOption {
	if d < 0 {
		panic(fmt.Sprintf("operators: Linger: d is %v, want at least 0", d))
	}
	return shareOptionFunc(func(o *shareOptions) { o.linger = d })
}

// Share runs src once for all who run the stream it returns, at the same time.
// The first subscriber starts src, in a task of s; when the last has left, src is
// stopped, and the last run returns when it has. The next subscriber starts it
// anew, also when src has ended meanwhile. What was before a subscriber is not
// his; the events of src, errors included, come to all. An error that comes while
// there is no subscriber goes to the error sink of s.
//
// A subscriber who is slow holds src back for all, when 64 events wait for him. If
// s closes, src is cut, and subscribers who have room get the cause as an error
// event, then all the end. The task takes a place if s has a limit. On a scope that has closed a run gives [scope.ErrClosed], marked by
// [stream.Fatal]. The values are shared, so nobody closes them. Share panics if s
// or src is nil.
//
// ReactiveX: share, publish and refCount; Kotlin: shareIn, WhileSubscribed.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Share.svg
func Share[T any](s *scope.Scope, src stream.Stream[T], opts ...ShareOption) stream.Stream[T] {
	return share("Share", s, src, opts, func(*sharing[T]) *stream.Subject[T] { return stream.NewSubject[T]() }, false)
}

// ShareReplay is [Share] whose subscribers get the last n events first, errors in
// their place; events older than age are left out, with 0 none. When src has ended
// they are kept, and src is not run again: who comes later gets them and the end.
// If src is stopped because the last subscriber has left, they are not kept. It
// panics also if n < 1 or age < 0.
//
// ReactiveX: replay and refCount; RxJS: shareReplay({refCount: true}).
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ShareReplay.svg
func ShareReplay[T any](s *scope.Scope, src stream.Stream[T], n int, age time.Duration, opts ...ShareOption) stream.Stream[T] {
	atLeast("ShareReplay", "n", n, 1)
	if age < 0 {
		panic(fmt.Sprintf("operators: ShareReplay: age is %v, want at least 0", age))
	}
	return share("ShareReplay", s, src, opts, func(*sharing[T]) *stream.Subject[T] { return stream.NewReplay[T](n, age) }, true)
}

func share[T any](op string, s *scope.Scope, src stream.Stream[T], opts []ShareOption, subject func(*sharing[T]) *stream.Subject[T], keeps bool) stream.Stream[T] {
	mustBe(op, "s", s != nil)
	mustBe(op, "src", src != nil)
	sh := &sharing[T]{scope: s, src: src, subject: subject, keeps: keeps}
	for _, o := range opts {
		o.applyShare(&sh.shareOptions)
	}
	return sh.run
}

// A sharing is what all runs of one shared stream have in common.
type sharing[T any] struct {
	shareOptions
	scope   *scope.Scope
	src     stream.Stream[T]
	subject func(*sharing[T]) *stream.Subject[T]
	keeps   bool // a connection whose source has ended

	mu  sync.Mutex // guards what follows
	now *connection[T]
}

// A connection is one run of the source.
type connection[T any] struct {
	subject *stream.Subject[T]
	done    chan struct{} // closed when the source has returned
	stop    fan.Stopper
	users   int         // guarded by the lock of the sharing, as what follows
	over    bool        // the source has ended by itself
	timer   *time.Timer // stops the source
}

// errUnshared is the cause with which a source is stopped that nobody needs.
var errUnshared = fmt.Errorf("operators: the last subscriber has left: %w", context.Canceled)

func (sh *sharing[T]) run(ctx context.Context, yield func(T, error) bool) {
	var zero T
	if ctx.Err() != nil {
		yield(zero, context.Cause(ctx))
		return
	}
	c, sub, err := sh.join()
	if err != nil {
		yield(zero, stream.Fatal(err))
		return
	}
	defer sh.leave(c)
	sub.Stream()(ctx, yield)
}

// join subscribes to the connection, and makes one if there is none.
func (sh *sharing[T]) join() (*connection[T], *stream.Subscription[T], error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c := sh.now
	if c == nil || c.over && !sh.keeps {
		c = &connection[T]{subject: sh.subject(sh), done: make(chan struct{})}
		sub := c.subject.Subscribe()
		if err := sh.connect(c); err != nil {
			return nil, nil, err
		}
		c.users++
		sh.now = c
		return c, sub, nil
	}
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.users++
	return c, c.subject.Subscribe(), nil
}

// connect starts the source. The caller holds sh.mu.
func (sh *sharing[T]) connect(c *connection[T]) error {
	return sh.scope.Go(sh.scope.Context(), func(ctx context.Context) error {
		ctx = c.stop.Begin(ctx)
		defer c.stop.Stop(nil)
		defer close(c.done)
		defer sh.ended(c)
		fan.Consume(ctx, sh.src, func(v T, err error) bool {
			switch {
			case err == nil:
				err = c.subject.Publish(ctx, v)
			case c.subject.Subscribers() > 0:
				err = c.subject.PublishError(ctx, err)
			case !stream.IsCut(ctx, err):
				scope.Report(ctx, err)
				err = nil
			}
			return err == nil
		})
		return nil
	}, scope.Named("share"))
}

// ended notes that the source has returned.
func (sh *sharing[T]) ended(c *connection[T]) {
	sh.mu.Lock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
	sh.mu.Unlock()
	c.subject.End()
}

// leave takes a subscriber away. The last one waits until the source has
// stopped, unless that lingers.
func (sh *sharing[T]) leave(c *connection[T]) {
	sh.mu.Lock()
	c.users--
	last := c.users == 0 && !c.over
	if last && sh.linger > 0 {
		c.timer = time.AfterFunc(sh.linger, func() { sh.stopUnused(c) })
		last = false
	}
	if last {
		sh.now = nil
	}
	sh.mu.Unlock()
	if last {
		c.stop.Stop(errUnshared)
		<-c.done
	}
}

// stopUnused stops the source if nobody has come.
func (sh *sharing[T]) stopUnused(c *connection[T]) {
	sh.mu.Lock()
	unused := c.users == 0 && !c.over
	if unused && sh.now == c {
		sh.now = nil
	}
	sh.mu.Unlock()
	if unused {
		c.stop.Stop(errUnshared)
	}
}
