package scope_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// readyAfter returns a function that is ready with v after the first duration
// and returns err after the second, whatever happens to its context.
func readyAfter[V any](d time.Duration, v V, more time.Duration, err error) func(context.Context, func(V)) error {
	return func(_ context.Context, ready func(V)) error {
		time.Sleep(d)
		ready(v)
		time.Sleep(more)
		return err
	}
}

func TestStartReturnsWhatTheTaskIsReadyWithAndLeavesItRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		v, err := scope.Start(t.Context(), s, readyAfter(time.Second, 7, 2*time.Second, errBoom))
		d.note("Start() = %v, %v", v, err)
		mustWait(t, s)
		d.note("idle")
		mustClose(t, s)
		d.want(t, "1s Start() = 7, <nil>", "3s told /s: boom, attempt 1", "3s idle")
	})
}

func TestFailureBeforeReadyIsThatOfStartAndGoesNowhereElse(t *testing.T) {
	tests := map[string]struct {
		fn   func(context.Context, func(int)) error
		want error
	}{
		"error":     {func(context.Context, func(int)) error { return errBoom }, errBoom},
		"nil":       {func(context.Context, func(int)) error { return nil }, scope.ErrNotReady},
		"Goexit":    {func(ctx context.Context, _ func(int)) error { return goexit(ctx) }, scope.ErrGoexit},
		"panic":     {func(context.Context, func(int)) error { panic(errCrash) }, errCrash},
		"cancelled": {func(ctx context.Context, _ func(int)) error { return untilEnd(ctx) }, context.Canceled},
	}
	for name, tt := range tests {
		for _, policy := range []scope.Option{scope.Continue(), scope.FailFast()} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sink := new(told)
					s := scope.New(t.Context(), "s", scope.WithSink(sink), policy)
					if name == "cancelled" {
						time.AfterFunc(time.Second, func() { s.Cancel(nil) })
					}
					v, err := scope.Start(t.Context(), s, tt.fn, scope.Named("x"))
					e, failed := err.(*scope.TaskError) //nolint:errorlint // as it is
					if v != 0 || !errors.Is(err, tt.want) || failed == (name == "cancelled") {
						t.Errorf("Start() = %v, %v, want 0, %v", v, err, tt.want)
					}
					if failed && (e.Task != "x" || !strings.Contains(e.Site, "TestFailureBeforeReady")) {
						t.Errorf("failure %+v, want the name and the site of the function", e)
					}
					mustClose(t, s) // nor does the scope tell of it
					sink.want(t)
				})
			})
		}
	}
}

func TestFailureBeforeReadyEndsAFailFastScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink), scope.FailFast())
		_, err := scope.Start(t.Context(), s, func(context.Context, func(int)) error { return errBoom })
		if cause := context.Cause(s.Context()); !errors.Is(cause, errBoom) {
			t.Errorf("Cause() = %v after Start() = %v, want %v", cause, err, errBoom)
		}
		mustClose(t, s)
		sink.want(t)
	})
}

func TestFailureAfterReadyEndsAFailFastScopeAndIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.FailFast())
		if v, err := scope.Start(t.Context(), s, readyAfter(0, 7, time.Second, errBoom)); v != 7 || err != nil {
			t.Errorf("Start() = %v, %v, want 7, nil", v, err)
		}
		if err := s.Wait(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, errBoom)
		}
		mustClose(t, s)
	})
}

func TestStartCutByItsContextCancelsTheTaskAndGivesALateValueBack(t *testing.T) {
	tests := map[string]struct {
		fn   func(ctx context.Context, ready func(*closer)) error
		late bool // a value comes after the end
		told []string
	}{
		"returns the end": {func(ctx context.Context, _ func(*closer)) error { return untilEnd(ctx) }, false, nil},
		"returns nil":     {func(ctx context.Context, _ func(*closer)) error { <-ctx.Done(); return nil }, false, nil},
		"fails":           {func(ctx context.Context, _ func(*closer)) error { <-ctx.Done(); return errBoom }, false, []string{"/s: boom"}},
		"is ready": {func(ctx context.Context, ready func(*closer)) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			ready(theCloser(ctx))
			ready(theCloser(ctx)) // ignored
			return context.Cause(ctx)
		}, true, nil},
	}
	for name, tt := range tests {
		for _, how := range []string{"closed", "discarded"} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sink, c := new(told), &closer{}
					s := scope.New(t.Context(), "s", scope.WithSink(sink))
					ctx, cancel := context.WithTimeoutCause(context.WithValue(t.Context(), key{}, c), time.Second, errCrash)
					defer cancel()
					var opts []scope.TaskOption
					discarded := 0
					if how == "discarded" {
						opts = append(opts, scope.Discard(func(*closer) { discarded++ }))
					}
					begun := time.Now()
					v, err := scope.Start(ctx, s, func(ctx context.Context, ready func(*closer)) error {
						defer func() {
							if cut, ok := context.Cause(ctx).(*scope.Cancelled); !ok || cut.By != "Start" || cut.Path != "/s" || cut.Reason != errCrash { //nolint:errorlint // as it is
								t.Errorf("Cause() = %v, want a *Cancelled by Start with %v", context.Cause(ctx), errCrash)
							}
						}()
						return tt.fn(ctx, ready)
					}, opts...)
					if v != nil || err != errCrash || time.Since(begun) != time.Second { //nolint:errorlint // as it is
						t.Errorf("Start() = %v, %v after %v, want nil, %v after 1s", v, err, time.Since(begun), errCrash)
					}
					mustWait(t, s)
					want := 0
					if tt.late {
						want = 1
					}
					if got := int(c.n.Load()) + discarded; got != want || (how == "closed") != (c.n.Load() == int32(want)) && want > 0 {
						t.Errorf("%d values were given back, want %d", got, want)
					}
					mustClose(t, s)
					sink.want(t, tt.told...)
				})
			})
		}
	}
}

func theCloser(ctx context.Context) *closer { return ctx.Value(key{}).(*closer) }

func TestStartIsRefusedAsAnyTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		mustGo(t, s, untilEnd)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCrash)
		defer cancel()
		if _, err := scope.Start(ctx, s, readyAfter(0, 7, 0, nil)); !errors.Is(err, errCrash) {
			t.Errorf("Start() = %v at the limit, want %v", err, errCrash)
		}
		mustClose(t, s)
		if _, err := scope.Start(t.Context(), s, readyAfter(0, 7, 0, nil)); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Start() = %v on a closed scope, want %v", err, scope.ErrClosed)
		}
	})
}

func TestAttemptsOfAStartShareOneReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		n := 0
		v, err := scope.Start(t.Context(), s, func(_ context.Context, ready func(int)) error {
			if n++; n > 1 {
				ready(n)
			}
			return errBoom
		}, scope.Retry(3, backOff(1, 1)))
		d.note("Start() = %v, %v", v, err)
		mustWait(t, s)
		mustClose(t, s)
		d.want(t, "1s told /s: boom, attempt 1", "1s Start() = 2, <nil>", "2s told /s: boom, attempt 2", "2s told /s: boom, attempt 3")
	})
}

func TestStartThatMakesNoSensePanics(t *testing.T) {
	s := scope.New(t.Context(), "s")
	fn := readyAfter(0, 7, 0, nil)
	var none context.Context
	for want, call := range map[string]func(){
		"scope: Start: s is nil":   func() { _, _ = scope.Start(t.Context(), nil, fn) },
		"scope: Start: ctx is nil": func() { _, _ = scope.Start(none, s, fn) },
		"scope: Start: fn is nil":  func() { _, _ = scope.Start[int](t.Context(), s, nil) },
		"scope: Start: Discard takes func(string), the task returns int": func() {
			_, _ = scope.Start(t.Context(), s, fn, scope.Discard(func(string) {}))
		},
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
	mustClose(t, s)
}

// Starts are cut, become ready and fail at random instants, also the same ones.
// Each failure is told once, to the caller or the sink, and each value comes
// to one of them.
func TestStartLosesNothingAtTheBoundary(t *testing.T) {
	for seed := range uint64(rounds(300)) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 2))
			ms := func(n int) time.Duration { return time.Duration(rnd.IntN(n)) * time.Millisecond }
			failures, values := map[int]int{}, map[int]int{}
			var mu sync.Mutex
			count := func(m map[int]int, i int) {
				mu.Lock()
				defer mu.Unlock()
				m[i]++
			}
			tell := func(err error) {
				if n, ok := errors.AsType[numbered](err); ok {
					count(failures, int(n))
				}
			}
			s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { tell(e) })))
			var starts sync.WaitGroup
			failed, ready := map[int]bool{}, map[int]bool{}
			for i := range 10 {
				till, then, patience, fails := ms(4), ms(3), ms(6), rnd.IntN(2) == 0
				starts.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					v, err := scope.Start(ctx, s, func(_ context.Context, ready1 func(int)) error {
						time.Sleep(till)
						if i%3 != 0 {
							mu.Lock()
							ready[i] = true
							mu.Unlock()
							ready1(i)
							time.Sleep(then)
						}
						if fails {
							mu.Lock()
							failed[i] = true
							mu.Unlock()
							return numbered(i)
						}
						return nil
					}, scope.Discard(func(i int) { count(values, i) }))
					if err == nil {
						count(values, v)
					}
					tell(err)
				})
			}
			starts.Wait()
			mustClose(t, s)
			if l := s.Ledger(); l.Pending() != 0 {
				t.Errorf("seed %d: Ledger() = %+v, want nothing pending", seed, l)
			}
			for i := range failed {
				if failures[i] != 1 {
					t.Errorf("seed %d: failure %d was told %d times, want once", seed, i, failures[i])
				}
			}
			for i := range ready {
				if values[i] != 1 {
					t.Errorf("seed %d: value %d came to %d places, want one", seed, i, values[i])
				}
			}
		})
	}
}

func ExampleStart() {
	s := scope.New(context.Background(), "server")
	defer s.Close() //nolint:errcheck // nothing can go wrong here
	serve := func(ctx context.Context, ready func(addr string)) error {
		ready("127.0.0.1:8080") // now that it listens
		<-ctx.Done()
		return ctx.Err()
	}
	addr, err := scope.Start(context.Background(), s, serve, scope.Named("http"))
	fmt.Println(addr, err)

	forgetful := func(context.Context, func(string)) error { return nil }
	_, err = scope.Start(context.Background(), s, forgetful)
	fmt.Println(err)
	// Output:
	// 127.0.0.1:8080 <nil>
	// /server: scope: returned before it was ready
}
