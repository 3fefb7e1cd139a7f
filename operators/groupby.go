package operators

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// ErrAbandoned is the error event, marked by [stream.Fatal], of a [Group] whose
// values were given up before anybody ran it, or that has been run already.
var ErrAbandoned = errors.New("operators: nobody ran the group in time")

// GroupBy emits a group for each key, in the instant of its first value, which is
// also the first of the group. The values of a key go to its group. A group ends
// with src; when it has had no value for idle, unless that is 0; and, being the one
// whose last value is oldest, when there would be more than max. The next value of
// its key then opens another group.
//
// Errors have no key and belong to no group: they pass here.
//
// A group holds up to 64 values. Somebody who runs it and is slow holds src up, and
// with it all groups. So does a group that is full and that nobody has begun to run,
// once, for up to a second; after that the oldest values make room, and their number
// is told as a [*stream.Lagged]. When its consumer has left, values of the group go
// to [Discard] until it ends. So a consumer runs all groups at the same time, for
// example by [FlatMap] with at least max at a time, and calls [Group.Close] for those
// that he does not want. When the run of
// GroupBy is cut, or its consumer stops, groups that nobody has begun to run are
// given up: see [ErrAbandoned]. After the end of src they can still be run.
//
// The run opens a scope named group-by, with a task for src. GroupBy panics if src
// or key is nil, max < 1 or idle < 0.
//
// ReactiveX: groupBy, whose groups get the errors too.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/GroupBy.svg
func GroupBy[T any, K comparable](src stream.Stream[T], key func(v T) K, max int, idle time.Duration, opts ...Option) stream.Stream[*Group[K, T]] {
	mustBe("GroupBy", "src", src != nil)
	mustBe("GroupBy", "key", key != nil)
	atLeast("GroupBy", "max", max, 1)
	if idle < 0 {
		panic(fmt.Sprintf("operators: GroupBy: idle is %v, want at least 0", idle))
	}
	discard := discardOf[T]("GroupBy", opts)
	return func(ctx context.Context, yield func(*Group[K, T], error) bool) {
		g := &grouped[K, T]{key: key, max: max, idle: idle, discard: discard, groups: make(map[K]*list.Element)}
		defer g.leave(ctx)
		fan.DoLoop(ctx, "group-by", discard, yield, func(l *fan.Loop[T, *Group[K, T]]) {
			g.Loop, l.On, l.Due = l, g.on, g.due
			fan.ListenTo(l, src)
		})
	}
}

// A grouped is one run of GroupBy.
type grouped[K comparable, T any] struct {
	*fan.Loop[T, *Group[K, T]]
	key     func(v T) K
	max     int
	idle    time.Duration
	discard func(context.Context, T)
	groups  map[K]*list.Element
	over    bool      // src has ended
	order   list.List // of *Group[K, T], the one with the oldest last value first
}

func (g *grouped[K, T]) on(v T, err error) bool {
	switch {
	case fan.IsEnd(err):
		g.over = true
		return false
	case err != nil:
		return g.Emit(nil, err)
	}
	k := g.key(v)
	at, open := g.groups[k]
	if !open {
		if len(g.groups) == g.max {
			g.close(g.order.Front(), nil)
		}
		at = g.order.PushBack(newGroup(k, g.discard))
		g.groups[k] = at
	}
	group := at.Value.(*Group[K, T])
	group.last = g.Now
	g.order.MoveToBack(at)
	if g.idle > 0 && g.Alarm().IsZero() {
		g.SetAlarm(g.Now.Add(g.idle + after))
	}
	group.put(g.Context(), v)
	return open || g.Emit(group, nil)
}

// due ends the groups that have been idle.
func (g *grouped[K, T]) due() bool {
	for at := g.order.Front(); at != nil; at = g.order.Front() {
		group := at.Value.(*Group[K, T])
		if due := group.last.Add(g.idle + after); due.After(g.Now) {
			g.SetAlarm(due)
			break
		}
		g.close(at, nil)
	}
	return true
}

// close ends a group, with an error event if err is not nil.
func (g *grouped[K, T]) close(at *list.Element, err error) {
	group := g.order.Remove(at).(*Group[K, T])
	delete(g.groups, group.Key)
	group.end(err)
}

// leave ends all groups. If src was stopped it gives up those that nobody runs.
func (g *grouped[K, T]) leave(ctx context.Context) {
	var cause error
	if ctx.Err() != nil {
		cause = context.Cause(ctx)
	}
	for g.order.Len() > 0 {
		group := g.order.Front().Value.(*Group[K, T])
		g.close(g.order.Front(), cause)
		if !g.over {
			_ = group.Close()
		}
	}
}
