package stream_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

var blocking = stream.Overflow{Policy: stream.Block, N: 4}

func TestCloseEndsARunOnTheEventItHas(t *testing.T) {
	for _, o := range []stream.Overflow{blocking, {Policy: stream.DropOldest, N: 4}, {Policy: stream.DropNewest, N: 4}, {Policy: stream.Fail, N: 4}} {
		synctest.Test(t, func(t *testing.T) {
			s := stream.NewSubject[int]()
			sub := s.Subscribe(o)
			for v := range 4 {
				_ = s.Publish(t.Context(), v)
			}
			var got []int
			over := make(chan struct{})
			go func() {
				defer close(over)
				for v := range sub.Stream().All(t.Context()) {
					time.Sleep(time.Second)
					got = append(got, v)
				}
			}()
			time.Sleep(1500 * time.Millisecond)
			sub.Close()
			// What overwrites the places of the ring must not reach the run.
			for v := range 500 {
				_ = s.Publish(t.Context(), 1000+v)
			}
			<-over
			if want := []int{0, 1}; !slices.Equal(got, want) || s.Subscribers() != 0 {
				t.Errorf("%+v: got %v, %d subscribers left, want %v and none", o, got, s.Subscribers(), want)
			}
		})
	}
}

func TestCloseEndsARunThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sub := stream.NewSubject[int]().Subscribe()
		go func() { time.Sleep(time.Second); sub.Close() }()
		if got, want := streamtest.Record(t.Context(), sub.Stream()).String(), "1s |"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestClosedSubscriptionCannotBeRun(t *testing.T) {
	s := stream.NewSubject[int]()
	sub := s.Subscribe()
	sub.Close()
	sub.Close()
	for _, err := range sub.Stream().All(t.Context()) {
		if !errors.Is(err, stream.ErrEnded) || !stream.IsFatal(err) {
			t.Errorf("event = %v, want %v, fatal", err, stream.ErrEnded)
		}
	}
}

func TestRunThatWasCutBeforeItBeganLeavesTheUnicastSubscription(t *testing.T) {
	s := stream.NewUnicast[int](2)
	_ = s.Publish(t.Context(), 7)
	s.End()
	ctx := ended(t)
	wantEvents(t, record(ctx, text(s.Stream())), "!"+errCut.Error())
	wantEvents(t, record(t.Context(), text(s.Stream())), "7")
}

func TestPublisherThatWouldWaitForItselfIsToldOfTheFirstEventsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewBehavior(0)
		for v := range s.Stream(stream.Overflow{Policy: stream.Block, N: 1}).All(t.Context()) {
			if err := s.Publish(t.Context(), v+1); err != nil {
				t.Errorf("Publish() with room = %v", err)
			}
			if err := s.Publish(t.Context(), v+2); !errors.Is(err, stream.ErrReentrant) {
				t.Errorf("Publish() without room = %v, want %v", err, stream.ErrReentrant)
			}
			break
		}
	})
}

// TestPublisherComesToWaitForItself has a loop body that waits for another
// subscriber, and meanwhile loses the room of its own.
func TestPublisherComesToWaitForItself(t *testing.T) {
	for range 50 { // who comes first is the scheduler's affair
		synctest.Test(t, func(t *testing.T) {
			s := stream.NewSubject[int]()
			own := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 3})
			other := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 2})
			_ = s.Publish(t.Context(), 1)
			_ = s.Publish(t.Context(), 2)
			go func() {
				time.Sleep(time.Second) // longer than it takes to look for a wait for oneself
				for range other.Stream().All(t.Context()) {
				}
			}()
			go func() { _ = s.Publish(t.Context(), 3) }()
			begun := time.Now()
			for range own.Stream().All(t.Context()) {
				synctest.Wait()
				// One of the two who wait takes the last place of own.
				err := s.Publish(t.Context(), 4)
				if took := time.Since(begun); took != time.Second {
					t.Errorf("Publish() took %v, want 1s", took)
				}
				if err == nil {
					err = s.Publish(t.Context(), 5)
				}
				if !errors.Is(err, stream.ErrReentrant) {
					t.Errorf("Publish() = %v, want %v", err, stream.ErrReentrant)
				}
				break
			}
			s.End()
		})
	}
}

// TestPublisherThatWaitsDoesNotPoll fails by its time: a clock that fires every
// 10 ms would have to do so a hundred million times.
func TestPublisherThatWaitsDoesNotPoll(t *testing.T) {
	const days = 10 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 1})
		_ = s.Publish(t.Context(), 1)
		go func() { time.Sleep(days); sub.Close() }()
		begun := time.Now()
		if err := s.Publish(t.Context(), 2); err != nil || time.Since(begun) != days {
			t.Errorf("Publish() = %v after %v, want nil after %v", err, time.Since(begun), days)
		}
	})
}

// TestPublishersThatGiveUpPassTheirTurnOn lets the wake-up for a place come to
// publishers that leave in the same instant.
func TestPublishersThatGiveUpPassTheirTurnOn(t *testing.T) {
	for range 50 { // who comes first is the scheduler's affair
		synctest.Test(t, func(t *testing.T) {
			s := stream.NewSubject[int]()
			sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 1})
			_ = s.Publish(t.Context(), 0)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var all sync.WaitGroup
			for v := range 5 {
				all.Go(func() { _ = s.Publish(ctx, v) })
				all.Go(func() {
					time.Sleep(time.Millisecond)
					if err := s.Publish(t.Context(), 100+v); err != nil {
						t.Errorf("Publish() = %v", err)
					}
				})
			}
			time.Sleep(time.Second)
			n := 0
			for range sub.Stream().All(t.Context()) {
				if n++; n == 6 {
					break // the rest has nobody to wait for
				}
			}
			all.Wait()
		})
	}
}

// A quiet context has ended before it wakes anybody.
type quiet struct {
	context.Context
	over atomic.Bool
}

func (c *quiet) Value(any) any { return nil }

func (c *quiet) Err() error {
	if c.over.Load() {
		return errCut
	}
	return nil
}

// TestPublisherThatGivesUpPassesItsTurnOn has the wake-up for a place come to a
// publisher whose context has just ended.
func TestPublisherThatGivesUpPassesItsTurnOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 1})
		_ = s.Publish(t.Context(), 0)
		inner, stop := context.WithCancel(t.Context())
		defer stop()
		leaving := &quiet{Context: inner}
		publish := func(ctx context.Context, v int, want error) {
			go func() {
				if err := s.Publish(ctx, v); !errors.Is(err, want) {
					t.Errorf("Publish(%d) = %v, want %v", v, err, want)
				}
			}()
			time.Sleep(time.Second) // so that they wait in this order
		}
		publish(leaving, 1, errCut)
		publish(t.Context(), 2, nil)
		leaving.over.Store(true)
		var got []int
		for v := range sub.Stream().All(t.Context()) {
			if got = append(got, v); len(got) == 2 {
				break
			}
		}
		if want := []int{0, 2}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestCloseLetsNobodyOverwriteWhatARunReads publishes on while the run is about to
// see the Close.
func TestCloseLetsNobodyOverwriteWhatARunReads(t *testing.T) {
	for range 200 {
		s := stream.NewSubject[int]()
		sub := s.Subscribe(blocking)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			for v := 0; ctx.Err() == nil && s.Publish(ctx, v) == nil; v++ {
			}
		})
		next := 0
		for v := range sub.Stream().All(t.Context()) {
			if v != next {
				t.Errorf("got %d, want %d", v, next)
			}
			if next++; next == 10 {
				all.Go(sub.Close)
			}
		}
		cancel()
		all.Wait()
	}
}

func TestManyBlockedPublishersAllGetTheirTurn(t *testing.T) {
	const publishers, each = 100, 20
	s := stream.NewSubject[int]()
	fast, slow := s.Subscribe(blocking), s.Subscribe(stream.Overflow{Policy: stream.Block, N: 7})
	var all sync.WaitGroup
	for range publishers {
		all.Go(func() {
			for v := range each {
				_ = s.Publish(t.Context(), v)
			}
		})
	}
	go func() { all.Wait(); s.End() }()
	var counts [2]int
	var runs sync.WaitGroup
	for i, sub := range []*stream.Subscription[int]{fast, slow} {
		runs.Go(func() {
			for range sub.Stream().All(t.Context()) {
				if counts[i]++; i == 1 {
					runtime.Gosched()
				}
			}
		})
	}
	runs.Wait()
	if want := [2]int{publishers * each, publishers * each}; counts != want {
		t.Errorf("events = %v, want %v", counts, want)
	}
}

func TestUnicastHasItsOwnOverflow(t *testing.T) {
	s := stream.NewUnicast[int](2)
	const want = "stream: Stream: overflow is {Policy:0 N:4}, want none: a unicast subject has its own"
	wantPanic(t, want, func() { s.Stream(blocking) })
}

func TestPublishingAllocatesNothing(t *testing.T) {
	for name, s := range map[string]*stream.Subject[int]{
		"subject": stream.NewSubject[int](), "behavior": stream.NewBehavior(1000), "replay": stream.NewReplay[int](8, time.Hour),
	} {
		s.Subscribe(stream.Overflow{Policy: stream.DropOldest, N: 8})
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() { _ = s.Publish(ctx, 12345) }); n != 0 {
			t.Errorf("%s: %v allocations an event, want 0", name, n)
		}
	}
}

func ExampleNewBehavior() {
	ctx := context.Background()
	level := stream.NewBehavior("info")
	_ = level.Publish(ctx, "debug")
	_ = level.PublishError(ctx, errors.New("no such level"))
	current, err := level.Stream().First(ctx)
	fmt.Println(current, err)
	// Output: debug <nil>
}

func ExampleNewReplay() {
	ctx := context.Background()
	log := stream.NewReplay[string](2, 0)
	for _, line := range []string{"a", "b", "c"} {
		_ = log.Publish(ctx, line)
	}
	log.End()
	fmt.Println(log.Stream().Collect(ctx))
	// Output: [b c] <nil>
}
