package sink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/sink"
)

// streamed opens a scope whose sink is a stream of n.
func streamed(t *testing.T, up scope.ErrorSink, n int) (top, leaf *scope.Scope, errs *sink.ErrorStream) {
	t.Helper()
	errs = sink.NewErrorStream(n)
	top = scope.New(t.Context(), "top", scope.WithSink(up))
	return top, top.Child("leaf", scope.WithSink(errs)), errs
}

func TestErrorStreamDeliversErrorsAsValuesUntilClosedAndEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, got := newTold(), newTold()
		top, leaf, errs := streamed(t, up, 10)
		report(leaf, 1, 2)
		ended := make(chan error)
		go func() {
			ended <- errs.Stream().ForEach(t.Context(), func(e *scope.TaskError) error {
				got.HandleError(t.Context(), e)
				time.Sleep(time.Second)
				return nil
			})
		}()
		time.Sleep(time.Minute)
		report(leaf, 3, 5)
		synctest.Wait()
		errs.Close()
		errs.Close()
		report(leaf, 6, 6)
		if err := <-ended; err != nil {
			t.Errorf("ForEach() = %v, want nil", err)
		}
		if all, err := errs.Stream().Collect(t.Context()); len(all) != 0 || err != nil {
			t.Errorf("Collect() after the end = %v, %v, want nothing", all, err)
		}
		mustClose(t, top)
		got.want(t, "the reader", "0s /top/leaf: e1", "1s /top/leaf: e2", "1m0s /top/leaf: e3", "1m1s /top/leaf: e4", "1m2s /top/leaf: e5")
		up.want(t, "up", "1m0s /top/leaf: e6")
	})
}

func TestErrorStreamHandsUpWhatOverflowsAndWhatNobodyRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newTold()
		top, leaf, errs := streamed(t, up, 2)
		report(leaf, 1, 3)
		up.want(t, "up", "0s /top/leaf: e3")
		for e, err := range errs.Stream().All(t.Context()) {
			if err != nil || e.Err.Error() != "e1" {
				t.Errorf("first event %v, %v, want e1", e, err)
			}
			break
		}
		report(leaf, 4, 4)
		time.Sleep(time.Second)
		errs.Close()
		up.want(t, "up", "0s /top/leaf: e3", "1s /top/leaf: e2", "1s /top/leaf: e4")
		mustClose(t, top)
	})
}

func TestCutReaderGetsTheCauseLastAndLeavesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newTold()
		top, leaf, errs := streamed(t, up, 10)
		report(leaf, 1, 3)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var events []string
		for e, err := range errs.Stream().All(ctx) {
			events = append(events, fmt.Sprint(e, err))
			cancel(errBoom)
		}
		if got := strings.Join(events, "; "); got != "/top/leaf: e1 <nil>; <nil> boom" {
			t.Errorf("events: %s", got)
		}
		if e, err := errs.Stream().First(t.Context()); err != nil || e.Err.Error() != "e2" {
			t.Errorf("First() = %v, %v, want e2", e, err)
		}
		waiting, stop := context.WithTimeoutCause(t.Context(), time.Second, errCrash)
		defer stop()
		all, err := errs.Stream().Collect(waiting)
		if len(all) != 1 || !errors.Is(err, errCrash) {
			t.Errorf("Collect() = %v, %v, want e3, %v", all, err, errCrash)
		}
		if _, err := errs.Stream().Collect(ctx); !errors.Is(err, errBoom) {
			t.Errorf("Collect() under an ended context = %v, want %v", err, errBoom)
		}
		errs.Close()
		mustClose(t, top)
		up.want(t, "up")
	})
}

func TestReaderThatLeavesAfterCloseSendsTheRestUp(t *testing.T) {
	for how, leave := range map[string]func(){
		"break":  func() {},
		"panic":  func() { panic(errCrash) },
		"Goexit": func() { exits(context.Background(), nil) },
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newTold()
				top, leaf, errs := streamed(t, up, 10)
				report(leaf, 1, 3)
				left := make(chan struct{})
				go func() {
					defer close(left)
					defer func() { _ = recover() }()
					for _, err := range errs.Stream().All(t.Context()) {
						if err != nil {
							t.Errorf("event %v, want a value", err)
						}
						errs.Close()
						up.want(t, "up while there is a reader")
						leave()
						break
					}
				}()
				<-left
				mustClose(t, top)
				up.want(t, "up", "0s /top/leaf: e2", "0s /top/leaf: e3")
			})
		})
	}
}

// TestReaderThatLeavesWakesAnother wakes one of two readers for an error and
// has it leave before it can take it.
func TestReaderThatLeavesWakesAnother(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			top, leaf, errs := streamed(t, sink.Discard(), 10)
			var got atomic.Int32
			short, cancel := context.WithCancel(t.Context())
			defer cancel()
			var wg sync.WaitGroup
			for _, ctx := range []context.Context{short, t.Context()} {
				wg.Go(func() {
					_ = errs.Stream().ForEach(ctx, func(*scope.TaskError) error { got.Add(1); return nil })
				})
				synctest.Wait()
			}
			report(leaf, 1, 1)
			cancel()
			synctest.Wait()
			if n := got.Load(); n != 1 {
				t.Errorf("%d errors were read, want 1", n)
			}
			errs.Close()
			wg.Wait()
			mustClose(t, top)
		})
	}
}

// TestReaderAtWorkDoesNotKeepErrorsFromAnother has two readers that each hold
// on to an error until the other has one too.
func TestReaderAtWorkDoesNotKeepErrorsFromAnother(t *testing.T) {
	const rounds = 5000
	synctest.Test(t, func(t *testing.T) {
		top, leaf, errs := streamed(t, sink.Discard(), 10)
		both := make(chan struct{})
		done := 0 // written by whoever receives from both
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				_ = errs.Stream().ForEach(t.Context(), func(*scope.TaskError) error {
					select {
					case both <- struct{}{}:
					case <-both:
						if done++; done < rounds {
							report(leaf, 1, 2)
						}
					}
					return nil
				})
			})
		}
		report(leaf, 1, 2)
		synctest.Wait()
		if done != rounds {
			t.Errorf("a reader starved in round %d", done)
			close(both)
		}
		errs.Close()
		wg.Wait()
		mustClose(t, top)
	})
}

func TestErrorStreamLosesNothingWhileReadersComeAndGo(t *testing.T) {
	for round := range 20 {
		up := newTold()
		top, _, errs := streamed(t, up, 8)
		var got atomic.Int32
		var readers sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for i := range 4 {
			readers.Go(func() {
				for ctx.Err() == nil {
					taken := 0
					for _, err := range errs.Stream().All(ctx) {
						if err == nil {
							got.Add(1)
							taken++
						}
						if taken > i {
							break
						}
					}
					if round%2 == 0 && i == 0 {
						return
					}
				}
			})
		}
		go func() {
			time.Sleep(0)
			if round%3 == 0 {
				errs.Close()
			}
		}()
		storm(t, top, errs, 64, 5)
		errs.Close()
		stop()
		readers.Wait()
		mustClose(t, top)
		if n := int(got.Load()) + len(up.all()); n != 320 {
			t.Fatalf("%d were read and %d went up, want 320 in all", got.Load(), len(up.all()))
		}
	}
}

func TestErrorOfTheReaderItselfGoesUpAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newTold()
		top, leaf, errs := streamed(t, up, 4)
		mustGo(t, leaf, func(ctx context.Context) error {
			return errs.Stream().ForEach(ctx, func(e *scope.TaskError) error { return errCrash })
		})
		leaf.Report(t.Context(), errBoom)
		synctest.Wait()
		up.want(t, "up")
		errs.Close()
		mustClose(t, top)
		up.want(t, "up", "0s /top/leaf: crash")
	})
}
