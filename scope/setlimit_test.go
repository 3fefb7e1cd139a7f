package scope_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestSetLimitAdmitsThoseWhoWaitOrLetsRunningTasksFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		for i := range 6 {
			go mustGo(t, s, func(context.Context) error {
				d.note("%d starts", i)
				time.Sleep(10*time.Second + time.Duration(i)*time.Millisecond)
				return nil
			})
			synctest.Wait()
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		s.SetLimit(3) // at 7 s: 0 runs, 1 and 2 are next
		synctest.Wait()
		d.note("limit %d", s.Limit())
		time.Sleep(time.Second)
		s.SetLimit(1) // at 8 s: the next one starts when all three have ended
		d.note("limit %d", s.Limit())
		time.Sleep(time.Minute)
		mustClose(t, s)
		d.wantSorted(t,
			"0s 0 starts",
			"7s 1 starts",
			"7s 2 starts",
			"7s limit 3",
			"8s limit 1",
			"17.002s 3 starts",
			"27.005s 4 starts",
			"37.009s 5 starts",
		)
	})
}

func TestLoweredLimitHoldsForTryGoToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimit(3))
		for i := range 3 {
			mustGo(t, s, failAfter(time.Duration(i+1)*time.Second, nil))
		}
		s.SetLimit(1)
		for at := range 3 {
			if s.TryGo(t.Context(), noop) {
				t.Errorf("TryGo() = true at %d s, want false", at)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if !s.TryGo(t.Context(), noop) {
			t.Error("TryGo() = false below the limit, want true")
		}
		mustClose(t, s)
	})
}

func TestLimitIsZeroWhereThereIsNone(t *testing.T) {
	s := scope.New(t.Context(), "s", scope.FailFast())
	if got := s.Limit(); got != 0 {
		t.Errorf("Limit() = %d, want 0", got)
	}
	if got := s.Child("c", scope.WithLimit(7)).Limit(); got != 7 {
		t.Errorf("Limit() = %d, want 7", got)
	}
	for want, call := range map[string]func(){
		"scope: SetLimit: s was opened without WithLimit": func() { s.SetLimit(1) },
		"scope: SetLimit: n is 0, want at least 1":        func() { s.SetLimit(0) },
		"scope: SetLimit: s is nil":                       func() { (*scope.Scope)(nil).SetLimit(1) },
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
	mustClose(t, s)
}

func TestLimitHoldsWhileItChanges(t *testing.T) {
	for range rounds(30) {
		s := scope.New(context.Background(), "s", scope.WithLimit(8))
		var running, ended atomic.Int32
		stop := make(chan struct{})
		go func() {
			defer close(stop)
			for i := range 100 {
				s.SetLimit(1 + i*7%8)
			}
			s.SetLimit(2)
		}()
		const n = 200
		for range n {
			mustGo(t, s, func(context.Context) error {
				defer ended.Add(1)
				if now := running.Add(1); now > 8 {
					t.Errorf("%d tasks run at one time, want at most 8", now)
				}
				running.Add(-1)
				return nil
			})
		}
		<-stop
		mustWait(t, s)
		release := make(chan struct{})
		for range 2 {
			mustGo(t, s, func(context.Context) error { <-release; return nil })
		}
		if s.TryGo(context.Background(), noop) {
			t.Error("TryGo() = true with 2 tasks at limit 2, want false")
		}
		close(release)
		mustClose(t, s)
		if got := ended.Load(); got != n {
			t.Errorf("%d tasks have run, want %d", got, n)
		}
	}
}

func TestCallsThatWaitForASlotAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithLimit(1))
		block := make(chan struct{})
		wait := func(context.Context) error { <-block; return nil }
		want := func(n int64) {
			t.Helper()
			synctest.Wait()
			if got := s.OwnStatistics().Queued; got != n {
				t.Errorf("Queued = %d, want %d", got, n)
			}
		}
		want(0)
		_ = s.Go(t.Context(), wait)
		ctx, cancel := context.WithCancel(t.Context())
		go s.Go(ctx, wait)         //nolint:errcheck // gives up
		go s.Go(t.Context(), wait) //nolint:errcheck // refused
		want(2)
		cancel()
		want(1)
		s.Cancel(nil)
		want(0)
		close(block)
		_ = s.Close()
	})
}
