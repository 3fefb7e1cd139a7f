package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

// publishes sends 1 to n, one a second, and ends the subject a second later.
func publishes(t *testing.T, s *stream.Subject[int], n int) {
	t.Helper()
	for v := 1; v <= n; v++ {
		time.Sleep(time.Second)
		if err := s.Publish(t.Context(), v); err != nil {
			t.Errorf("Publish(%d) = %v", v, err)
		}
	}
	time.Sleep(time.Second)
	s.End()
}

// subscribers runs a stream at several times and returns what each run got.
func subscribers(t *testing.T, s stream.Stream[int], at ...time.Duration) func() []string {
	t.Helper()
	got := make([]string, len(at))
	var all sync.WaitGroup
	for i, d := range at {
		all.Go(func() {
			time.Sleep(d)
			got[i] = streamtest.Record(t.Context(), s).String()
		})
	}
	return func() []string {
		all.Wait()
		return got
	}
}

func TestSubjectsGiveLateSubscribersWhatTheyPromise(t *testing.T) {
	at := []time.Duration{0, 2500 * time.Millisecond, 10 * time.Second}
	for name, tt := range map[string]struct {
		subject func() *stream.Subject[int]
		want    []string // of subscribers before, in between and after the end
	}{
		"subject":                {stream.NewSubject[int], []string{"1s 1, 2s 2, 3s 3, 4s |", "500ms 3, 1.5s |", "0s |"}},
		"behavior":               {func() *stream.Subject[int] { return stream.NewBehavior(7) }, []string{"0s 7, 1s 1, 2s 2, 3s 3, 4s |", "0s 2, 500ms 3, 1.5s |", "0s |"}},
		"replay of 1":            {func() *stream.Subject[int] { return stream.NewReplay[int](1, 0) }, []string{"1s 1, 2s 2, 3s 3, 4s |", "0s 2, 500ms 3, 1.5s |", "0s 3, 0s |"}},
		"replay of 10":           {func() *stream.Subject[int] { return stream.NewReplay[int](10, 0) }, []string{"1s 1, 2s 2, 3s 3, 4s |", "0s 1, 0s 2, 500ms 3, 1.5s |", "0s 1, 0s 2, 0s 3, 0s |"}},
		"replay of a second":     {func() *stream.Subject[int] { return stream.NewReplay[int](10, time.Second) }, []string{"1s 1, 2s 2, 3s 3, 4s |", "0s 2, 500ms 3, 1.5s |", "0s |"}},
		"replay of many seconds": {func() *stream.Subject[int] { return stream.NewReplay[int](100, time.Hour) }, []string{"1s 1, 2s 2, 3s 3, 4s |", "0s 1, 0s 2, 500ms 3, 1.5s |", "0s 1, 0s 2, 0s 3, 0s |"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := tt.subject()
			got := subscribers(t, s.Stream(), at...)
			publishes(t, s, 3)
			if got := got(); !slices.Equal(got, tt.want) {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
			if n := s.Subscribers(); n != 0 {
				t.Errorf("%s: %d subscribers are left", name, n)
			}
			if err := s.Publish(t.Context(), 4); !errors.Is(err, stream.ErrEnded) {
				t.Errorf("%s: Publish() after the end = %v, want %v", name, err, stream.ErrEnded)
			}
		})
	}
}

func TestBehaviorKeepsItsValueAcrossErrorsAndReplayKeepsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behavior, replay := stream.NewBehavior(7), stream.NewReplay[int](2, 0)
		for _, s := range []*stream.Subject[int]{behavior, replay} {
			_ = s.Publish(t.Context(), 1)
			_ = s.PublishError(t.Context(), errBoom)
		}
		behaves, replays := subscribers(t, behavior.Stream(), 0), subscribers(t, replay.Stream(), 0)
		synctest.Wait()
		behavior.End()
		replay.End()
		if got, want := fmt.Sprint(behaves(), replays()), "[0s 1, 0s |] [0s 1, 0s boom, 0s |]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestUnicastKeepsForItsOneSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewUnicast[int](2)
		go publishes(t, s, 3) // the third waits for the subscriber
		got := subscribers(t, s.Stream(), 5*time.Second, 6*time.Second)()
		if want := []string{"0s 1, 0s 2, 0s 3, 1s |", "0s stream: the subject has had its subscriber, 0s |"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestSlowSubscriberGetsWhatItsOverflowSays(t *testing.T) {
	for _, tt := range []struct {
		overflow stream.Overflow
		want     string
		took     time.Duration // to publish 1 to 6, one a second
	}{
		{stream.Overflow{Policy: stream.Block, N: 2}, "1 2 3 4 5 6", 16 * time.Second},
		{stream.Overflow{Policy: stream.DropOldest, N: 2}, "1 (lagged 2) 4 5 6", 6 * time.Second},
		{stream.Overflow{Policy: stream.DropOldest, N: 1}, "1 (lagged 3) 5 6", 6 * time.Second},
		{stream.Overflow{Policy: stream.DropNewest, N: 2}, "1 2 3 (lagged 2) 6", 6 * time.Second},
		{stream.Overflow{Policy: stream.Fail, N: 2}, "1 (lagged 4)", 6 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := stream.NewSubject[int]()
			var got string
			var run sync.WaitGroup
			run.Go(func() {
				for v, err := range s.Stream(tt.overflow).All(t.Context()) {
					if lag, ok := errors.AsType[*stream.Lagged](err); ok {
						got += fmt.Sprintf(" (lagged %d)", lag.N)
						continue
					}
					got += fmt.Sprint(" ", v)
					time.Sleep(4*time.Second + 1)
				}
			})
			synctest.Wait()
			begun := time.Now()
			for v := 1; v <= 6; v++ {
				time.Sleep(time.Second)
				_ = s.Publish(t.Context(), v)
			}
			took := time.Since(begun).Round(time.Second)
			s.End()
			run.Wait()
			if got != " "+tt.want {
				t.Errorf("%+v: got%s, want %s", tt.overflow, got, tt.want)
			}
			if took < tt.took-3*time.Second || tt.overflow.Policy != stream.Block && took != tt.took {
				t.Errorf("%+v: publishing took %v, want %v", tt.overflow, took, tt.took)
			}
		})
	}
}

func TestPublisherThatWouldWaitForItselfIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 2})
		_ = s.Publish(t.Context(), 1)
		for v := range sub.Stream().All(t.Context()) {
			if err := s.Publish(t.Context(), v+1); err != nil { // of its two places one is taken by v itself
				t.Errorf("Publish() with room = %v", err)
			}
			if err := s.Publish(t.Context(), v+2); !errors.Is(err, stream.ErrReentrant) {
				t.Errorf("Publish() without room = %v, want %v", err, stream.ErrReentrant)
			}
			break
		}
	})
}

func TestPublishWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		sub := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 1})
		_ = s.Publish(t.Context(), 1)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
		defer cancel()
		begun := time.Now()
		if err := s.Publish(ctx, 2); !errors.Is(err, errCut) || time.Since(begun) != time.Second {
			t.Errorf("Publish() = %v after %v, want %v after 1s", err, time.Since(begun), errCut)
		}
		go func() { time.Sleep(time.Second); sub.Close() }()
		if err := s.Publish(t.Context(), 3); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("Publish() = %v after %v, want nil after 2s, when the subscriber has left", err, time.Since(begun))
		}
	})
}

func TestSubscriberIsCutLikeAnyRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, errCut)
		defer cancel()
		got := make(chan string, 1)
		go func() { got <- streamtest.Record(ctx, s.Stream()).String() }()
		publishes(t, s, 4)
		if got, want := <-got, "1s 1, 2s 2, 2.5s cut by the test, 2.5s |"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestSubjectConsumesAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewSubject[int]()
		got := subscribers(t, s.Stream(), 0)
		synctest.Wait()
		src := streamtest.Script(streamtest.Step[int]{After: time.Second, Value: 1}, streamtest.Step[int]{After: time.Second, Err: errBoom})
		if err := s.Consume(t.Context(), src.Stream()); err != nil {
			t.Errorf("Consume() = %v", err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
		defer cancel()
		if err := s.Consume(ctx, stream.Never[int]()); !errors.Is(err, errCut) {
			t.Errorf("Consume() = %v, want %v", err, errCut)
		}
		s.End()
		if err := s.Consume(t.Context(), stream.Of(1)); !errors.Is(err, stream.ErrEnded) {
			t.Errorf("Consume() after the end = %v, want %v", err, stream.ErrEnded)
		}
		if got, want := got(), []string{"1s 1, 2s boom, 3s |"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWriteLinesWritesUpToTheFirstError(t *testing.T) {
	var b strings.Builder
	lines := stream.Lines(strings.NewReader("a\nb"))
	if n, err := stream.WriteLines(t.Context(), lines, &b); n != 2 || err != nil || b.String() != "a\nb\n" {
		t.Errorf("WriteLines() = %d, %v, wrote %q, want 2 lines", n, err, b.String())
	}
	if n, err := stream.WriteLines(t.Context(), stream.Throw[string](errBoom), &b); n != 0 || !errors.Is(err, errBoom) {
		t.Errorf("WriteLines() = %d, %v, want 0, %v", n, err, errBoom)
	}
	r, w := io.Pipe()
	_ = r.CloseWithError(errCut)
	if n, err := stream.WriteLines(t.Context(), stream.Of("a"), w); n != 0 || !errors.Is(err, errCut) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("WriteLines() = %d, %v, want 0 and an error of line 1", n, err)
	}
}

func TestSubscriptionRunsOnce(t *testing.T) {
	s := stream.NewSubject[int]()
	sub := s.Subscribe()
	_ = s.Publish(t.Context(), 1)
	s.End()
	for _, want := range []string{"0s 1, 0s |", "0s stream: the subject has ended, 0s |"} {
		synctest.Test(t, func(t *testing.T) {
			if got := streamtest.Record(context.Background(), sub.Stream()).String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestSubjectAgainstAModel lets random publishers and subscribers meet, and
// compares with the list of what was published.
func TestSubjectAgainstAModel(t *testing.T) {
	for seed := range uint64(200) {
		modelSubject(t, rand.New(rand.NewPCG(seed, 0)), seed)
	}
}

func modelSubject(t *testing.T, rnd *rand.Rand, seed uint64) {
	t.Helper()
	s := stream.NewSubject[int]()
	const publishers, each = 3, 50
	var all sync.WaitGroup
	for i := range 4 {
		o := stream.Overflow{Policy: stream.Policy(rnd.IntN(3)), N: 1 + rnd.IntN(100)}
		sub := s.Subscribe(o)
		all.Go(func() {
			seen := map[int]int{} // the last value of each publisher
			came, lagged := 0, 0
			for v, err := range sub.Stream().All(t.Context()) {
				if lag, ok := errors.AsType[*stream.Lagged](err); ok {
					lagged += lag.N
					continue
				}
				came++
				if p := v / 1000; seen[p] >= v {
					t.Errorf("seed %d: subscriber %d got %d after %d", seed, i, v, seen[p])
				} else {
					seen[p] = v
				}
			}
			if came+lagged != publishers*each || o.Policy == stream.Block && lagged > 0 {
				t.Errorf("seed %d: subscriber %d, %+v: got %d, lost %d, want %d in all", seed, i, o, came, lagged, publishers*each)
			}
		})
	}
	leaves := s.Subscribe(stream.Overflow{Policy: stream.Block, N: 1 + rnd.IntN(5)})
	after := rnd.IntN(20)
	all.Go(func() {
		for range leaves.Stream().All(t.Context()) {
			if after--; after < 0 {
				break
			}
		}
	})
	var pubs sync.WaitGroup
	for p := range publishers {
		pubs.Go(func() {
			for v := range each {
				if err := s.Publish(t.Context(), p*1000+v+1); err != nil {
					t.Errorf("seed %d: Publish() = %v", seed, err)
				}
			}
		})
	}
	pubs.Wait()
	s.End()
	all.Wait()
}

func TestSubjectsNameWhatIsWrong(t *testing.T) {
	s := stream.NewSubject[int]()
	for want, call := range map[string]func(){
		"stream: NewReplay: n is 0, want at least 1":                                       func() { stream.NewReplay[int](0, 0) },
		"stream: NewReplay: age is -1ns, want at least 0":                                  func() { stream.NewReplay[int](1, -1) },
		"stream: NewUnicast: n is 0, want at least 1":                                      func() { stream.NewUnicast[int](0) },
		"stream: Publish: ctx is nil":                                                      func() { var none context.Context; _ = s.Publish(none, 1) },
		"stream: PublishError: err is nil":                                                 func() { _ = s.PublishError(t.Context(), nil) },
		"stream: Stream: overflow is {Policy:0 N:0}, want a policy and an N of at least 1": func() { s.Stream(stream.Overflow{}) },
		"stream: Subscribe: 2 overflows, want one at most": func() {
			s.Subscribe(stream.Overflow{N: 1}, stream.Overflow{N: 1})
		},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != want {
					t.Errorf("panic %s, want %s", got, want)
				}
			}()
			call()
		}()
	}
}
