package operators_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

const sec = time.Second

// ticking is a source of 1, 2 and so on to n, one a second, with an error for 2.
func ticking(n int) *streamtest.Source[int] {
	var steps []streamtest.Step[int]
	for v := 1; v <= n; v++ {
		step := streamtest.Step[int]{After: sec, Value: v}
		if v == 2 {
			step = streamtest.Step[int]{After: sec, Err: errBoom}
		}
		steps = append(steps, step)
	}
	return streamtest.Script(steps...)
}

// A visit is one subscriber: when it comes, and after how many events it leaves.
type visit struct {
	at    time.Duration
	takes int // 0: all
}

// visits runs s for each and returns what they got, with the instants since they
// came, and when each run returned.
func visits(ctx context.Context, s ints, all ...visit) []string {
	got := make([]string, len(all))
	var runs sync.WaitGroup
	for i, v := range all {
		runs.Go(func() {
			time.Sleep(v.at)
			taken := s
			if v.takes > 0 {
				taken = firstEvents(s, v.takes)
			}
			got[i] = streamtest.Record(ctx, taken).String()
		})
	}
	runs.Wait()
	return got
}

// firstEvents leaves s after n events, errors included.
func firstEvents(s ints, n int) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		left := n
		s(ctx, func(v int, err error) bool {
			left--
			return yield(v, err) && left > 0
		})
	}
}

func TestShareRunsItsSourceOnceForAll(t *testing.T) {
	for name, tt := range map[string]struct {
		share  func(s *scope.Scope, src ints) ints
		visits []visit
		want   []string
		runs   int
	}{
		"together": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src) },
			[]visit{{0, 0}, {2500 * ms, 0}},
			[]string{"1s 1, 2s boom, 3s 3, 4s 4, 4s |", "500ms 3, 1.5s 4, 1.5s |"}, 1,
		},
		"one leaves": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src) },
			[]visit{{0, 2}, {500 * ms, 0}},
			[]string{"1s 1, 2s boom, 2s |", "500ms 1, 1.5s boom, 2.5s 3, 3.5s 4, 3.5s |"}, 1,
		},
		"the last one stops it": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src) },
			[]visit{{0, 1}, {5 * sec, 1}},
			[]string{"1s 1, 1s |", "1s 1, 1s |"}, 2,
		},
		"it is run again after its end": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src) },
			[]visit{{0, 0}, {5 * sec, 1}},
			[]string{"1s 1, 2s boom, 3s 3, 4s 4, 4s |", "1s 1, 1s |"}, 2,
		},
		"it lingers for the next": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src, operators.Linger(2*sec)) },
			[]visit{{0, 1}, {2500 * ms, 0}},
			[]string{"1s 1, 1s |", "500ms 3, 1.5s 4, 1.5s |"}, 1,
		},
		"it lingers in vain": {
			func(s *scope.Scope, src ints) ints { return operators.Share(s, src, operators.Linger(sec)) },
			[]visit{{0, 1}, {2500 * ms, 1}},
			[]string{"1s 1, 1s |", "1s 1, 1s |"}, 2,
		},
		"replay": {
			func(s *scope.Scope, src ints) ints { return operators.ShareReplay(s, src, 2, 0) },
			[]visit{{0, 0}, {3500 * ms, 0}, {9 * sec, 0}},
			[]string{"1s 1, 2s boom, 3s 3, 4s 4, 4s |", "0s boom, 0s 3, 500ms 4, 500ms |", "0s 3, 0s 4, 0s |"}, 1,
		},
		"replay of a time": {
			func(s *scope.Scope, src ints) ints { return operators.ShareReplay(s, src, 9, sec) },
			[]visit{{0, 0}, {3500 * ms, 0}, {9 * sec, 0}},
			[]string{"1s 1, 2s boom, 3s 3, 4s 4, 4s |", "0s 3, 500ms 4, 500ms |", "0s |"}, 1,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "owner")
			src := ticking(4)
			got := visits(t.Context(), tt.share(s, src.Stream()), tt.visits...)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: Close() = %v", name, err)
			}
			if src.Started() != tt.runs || src.Open() != 0 {
				t.Errorf("%s: %d runs of the source, %d of them open, want %d and none", name, src.Started(), src.Open(), tt.runs)
			}
		})
	}
}

func TestSharedSourceEndsWithItsOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "owner")
		src := ticking(9)
		shared := operators.Share(s, src.Stream())
		go func() { time.Sleep(2500 * ms); _ = s.Close() }()
		got := visits(t.Context(), shared, visit{}, visit{at: 3 * sec})
		if want := "1s 1, 2s boom, 2.5s scope /owner cancelled by Close, 2.5s |"; got[0] != want {
			t.Errorf("got %s, want %s", got[0], want)
		}
		if !strings.HasPrefix(got[1], "0s scope: closed: /owner") {
			t.Errorf("after the close: got %s, want ErrClosed", got[1])
		}
		for _, err := range shared.All(t.Context()) {
			if !errors.Is(err, scope.ErrClosed) || !stream.IsFatal(err) {
				t.Errorf("after the close: got %v, want %v, fatal", err, scope.ErrClosed)
			}
		}
	})
}

func TestLatestDropsWhatABusyConsumerHasNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		src := streamtest.Script(streamtest.Step[int]{After: sec, Value: 1}, streamtest.Step[int]{After: sec, Value: 2},
			streamtest.Step[int]{After: sec, Value: 3}, streamtest.Step[int]{After: sec, Err: errBoom}, streamtest.Step[int]{After: sec, Value: 4})
		begun := time.Now()
		var dropped []int
		for v, err := range operators.Latest(src.Stream(), operators.Discard(func(v int) { dropped = append(dropped, v) })).All(t.Context()) {
			got = append(got, time.Since(begun).String()+" "+streamtest.Occurrence[int]{Value: v, Err: err}.String()[3:])
			time.Sleep(3500 * ms)
		}
		if want := []string{"1s 1", "4.5s boom", "8s 4"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if want := []int{2, 3}; !slices.Equal(dropped, want) {
			t.Errorf("dropped %v, want %v", dropped, want)
		}
	})
}

func TestAsyncLetsTheSourceWorkAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := ticking(5)
		begun := time.Now()
		for range operators.Async(src.Stream(), 8).All(t.Context()) {
			time.Sleep(sec)
		}
		if took := time.Since(begun); took != 6*sec {
			t.Errorf("took %v, want 6s: source and consumer at the same time", took)
		}
	})
}

func TestAsyncAndLatest(t *testing.T) {
	for name, op := range map[string]func(letters) letters{
		"Async":  func(s letters) letters { return operators.Async(s, 2) },
		"Latest": func(s letters) letters { return operators.Latest(s) },
	} {
		t.Run(name, func(t *testing.T) {
			diagrams(t, func(srcs ...letters) letters { return op(srcs[0]) },
				one("as it comes", "-a-b-#-c|", "-a-b-#-c|"),
				one("empty", "|", "|"),
				one("never", "--", "--"),
				one("an error alone", "-#|", "-#|"),
				one("cut", "-a--b", "-aX"),
				one("the consumer leaves", "-a-b", "-(a!)"),
			)
		})
	}
}
