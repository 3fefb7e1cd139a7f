package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
)

func TestFromChanBlocksForValuesAndEndsWithTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ch := make(chan int)
		go func() {
			defer close(ch)
			for i := range 3 {
				time.Sleep(time.Second)
				ch <- i
			}
			time.Sleep(time.Second)
		}()
		var at []time.Duration
		for v, err := range stream.FromChan(ch).All(t.Context()) {
			if v != len(at) || err != nil {
				t.Errorf("event %d = %d, %v", len(at), v, err)
			}
			at = append(at, time.Since(start))
		}
		at = append(at, time.Since(start))
		if got, want := fmt.Sprint(at), "[1s 2s 3s 4s]"; got != want {
			t.Errorf("events and end at %v, want %v", got, want)
		}
	})
}

func TestFromChanStopsWaitingWhenTheContextEnds(t *testing.T) {
	for name, channel := range map[string]func() chan int{
		"silent": func() chan int { return make(chan int) },
		"nil":    func() chan int { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := channel()
				start := time.Now()
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errCut)
				defer cancel()
				wantEvents(t, record(ctx, text(stream.FromChan(ch))), "!"+errCut.Error())
				if passed := time.Since(start); passed != time.Minute {
					t.Errorf("returned after %v, want %v", passed, time.Minute)
				}
			})
		})
	}
}

func TestFromChanLosesNothingToACut(t *testing.T) {
	for range 100 { // select picks at random
		ch := make(chan int, 4)
		for i := range 4 {
			ch <- i
		}
		ctx, cut := cuttable(t)
		got := 0
		for _, err := range stream.FromChan(ch).All(ctx) {
			if err == nil {
				got++
			}
			if got == 2 {
				cut()
			}
		}
		if got+len(ch) != 4 || got != 2 {
			t.Fatalf("%d delivered and %d left, want 2 and 2", got, len(ch))
		}
	}
}

func TestFromChanClosedByTheEndOfTheContextLooksCut(t *testing.T) {
	ch := make(chan int)
	close(ch)
	ctx, cut := cuttable(t)
	got := record(&meanwhile{Context: ctx, cut: cut}, text(stream.FromChan(ch)))
	wantEvents(t, got, "!"+errCut.Error())
}

// A meanwhile context ends between the first and the second look at it.
type meanwhile struct {
	context.Context
	looks int
	cut   func()
}

func (c *meanwhile) Err() error {
	if c.looks++; c.looks == 2 {
		c.cut()
	}
	return c.Context.Err()
}

func (c *meanwhile) Done() <-chan struct{} { return nil }

func TestRunsOfFromChanShareTheChannel(t *testing.T) {
	ch := make(chan int, 4)
	for i := range 4 {
		ch <- i
	}
	close(ch)
	s := stream.FromChan(ch)
	for range events(t.Context(), s) {
		break
	}
	wantEvents(t, record(t.Context(), text(s)), "1", "2", "3")
}

func TestFromFuncGoesOnAfterErrorsUntilEOF(t *testing.T) {
	broken := fmt.Errorf("connection: %w", io.EOF)
	answers := []error{nil, errBoom, broken, context.Canceled, nil, io.EOF, errors.New("called after the end")}
	s := stream.FromFunc(func(context.Context) (int, error) {
		err := answers[0]
		answers = answers[1:]
		return len(answers), err
	})
	got := record(t.Context(), text(s))
	wantEvents(t, got, "6", "!boom", "!connection: EOF", "!context canceled", "2")
	if len(answers) != 1 {
		t.Errorf("%d answers left, want 1", len(answers))
	}
}

func TestFromFuncEndsWithAFatalErrorAlsoDuringACut(t *testing.T) {
	ctx, cut := cuttable(t)
	calls := 0
	s := stream.FromFunc(func(context.Context) (int, error) {
		calls++
		cut()
		return 0, stream.Fatal(errBoom)
	})
	wantEvents(t, record(ctx, text(s)), "!boom")
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

func TestFromFuncHandsItsContextToTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
		defer cancel()
		s := stream.FromFunc(func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		wantEvents(t, record(ctx, text(s)), "!"+errCut.Error())
	})
}

func TestFromFuncDeliversAValueThatCameDuringTheCut(t *testing.T) {
	ctx, cut := cuttable(t)
	s := stream.FromFunc(func(context.Context) (int, error) {
		cut()
		return 1, nil
	})
	wantEvents(t, record(ctx, text(s)), "1", "!"+errCut.Error())
}
