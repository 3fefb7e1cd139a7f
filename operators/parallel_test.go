package operators_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A mapper is MapParallel or MapOrdered for numbers.
type mapper struct {
	name  string
	apply func(src stream.Stream[int], n int, f func(context.Context, int) (int, error), opts ...operators.Option) stream.Stream[int]
}

var mappers = []mapper{
	{"MapParallel", operators.MapParallel[int, int]},
	{"MapOrdered", operators.MapOrdered[int, int]},
}

func forEachMapper(t *testing.T, f func(t *testing.T, m mapper)) {
	t.Helper()
	for _, m := range mappers {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, m) })
		})
	}
}

// seconds is a call that takes as many seconds as its value says.
func seconds(_ context.Context, v int) (int, error) {
	time.Sleep(time.Duration(v) * time.Second)
	return v, nil
}

func TestMapParallelEmitsAsCallsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := timed(t.Context(), operators.MapParallel(stream.Of(3, 1, 4, 2), 2, seconds))
		want := []string{"1s 1", "3s 3", "5s 4", "5s 2"}
		slices.Sort(got) // the last two come in one instant
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestMapOrderedEmitsInOrderOfTheValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := timed(t.Context(), operators.MapOrdered(stream.Of(3, 1, 4, 2), 2, seconds))
		want := []string{"3s 3", "3s 1", "5s 4", "5s 2"}
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestMapParallelPassesErrorsOfTheSourceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := (&probe{events: []stream.Event[int]{{Value: 2}, {Err: errBoom}, {Value: 1}}}).stream()
		got := timed(t.Context(), operators.MapParallel(src, 2, seconds))
		if want := []string{"0s boom", "1s 1", "2s 2"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// TestMapOrderedKeepsEveryEventInItsPlace lets the source and the function fail
// at every set of places, with calls of which the later ones take less time.
func TestMapOrderedKeepsEveryEventInItsPlace(t *testing.T) {
	const n = 4
	errCall := errors.New("call")
	for mask := range uint(1 << (n + 1)) {
		for fails := range uint(1 << n) {
			synctest.Test(t, func(t *testing.T) {
				src := failing(n, mask)
				s := operators.MapOrdered((&probe{events: src}).stream(), 3, func(_ context.Context, v int) (int, error) {
					time.Sleep(time.Duration(n-v) * time.Second)
					if fails&(1<<(v-1)) == 0 {
						return v, nil
					}
					switch v {
					case 2:
						panic(errCall)
					case 3:
						runtime.Goexit()
					}
					return 0, errCall
				})
				k := 0
				for v, err := range s.All(t.Context()) {
					switch e := src[k]; {
					case e.Err != nil:
						if err != e.Err { //nolint:errorlint // unchanged
							t.Errorf("event %d is %v, %v, want %v", k, v, err, e.Err)
						}
					case fails&(1<<(e.Value-1)) == 0:
						if v != e.Value || err != nil {
							t.Errorf("event %d is %v, %v, want %d", k, v, err, e.Value)
						}
					case e.Value == 3:
						if !errors.Is(err, scope.ErrGoexit) {
							t.Errorf("event %d is %v, %v, want %v", k, v, err, scope.ErrGoexit)
						}
					case !errors.Is(err, errCall):
						t.Errorf("event %d is %v, %v, want %v", k, v, err, errCall)
					}
					k++
				}
				if k != len(src) {
					t.Errorf("%d events, want %d", k, len(src))
				}
			})
			if t.Failed() {
				t.Fatalf("errors of the source at %b, of the function at %b", mask, fails)
			}
		}
	}
}

func TestErrorsPassTheMappersUnchanged(t *testing.T) {
	forEachMapper(t, func(t *testing.T, m mapper) {
		fatal := stream.Fatal(errBoom)
		src := (&probe{events: []stream.Event[int]{{Err: errBoom}, {Value: 1}, {Err: fatal}}}).stream()
		f := func(_ context.Context, v int) (int, error) { return 7, errCut }
		var errs []error
		for v, err := range m.apply(src, 1, f).All(t.Context()) {
			if v != 0 {
				t.Errorf("value %d beside error %v", v, err)
			}
			errs = append(errs, err)
		}
		for _, want := range []error{errBoom, errCut, fatal} {
			if !slices.Contains(errs, want) {
				t.Errorf("errors %v, want them to contain %v itself", errs, want)
			}
		}
		if len(errs) != 3 {
			t.Errorf("errors %v, want 3", errs)
		}
	})
}

func TestExactlyNCallsRunAtOnce(t *testing.T) {
	for _, n := range []int{1, 2, 7, 64, 100, 280} {
		forEachMapper(t, func(t *testing.T, m mapper) {
			start := time.Now()
			var now, peak atomic.Int32
			s := m.apply(stream.Range(0, 300), n, func(context.Context, int) (int, error) {
				raise(&peak, now.Add(1))
				time.Sleep(time.Second)
				now.Add(-1)
				return 0, nil
			})
			count, err := s.Count(t.Context())
			if count != 300 || err != nil {
				t.Errorf("n = %d: Count() = %d, %v, want 300", n, count, err)
			}
			if p := int(peak.Load()); p != n {
				t.Errorf("n = %d: %d calls at once", n, p)
			}
			if took, want := time.Since(start), time.Duration((299+n)/n)*time.Second; took != want {
				t.Errorf("n = %d: the run took %v, want %v", n, took, want)
			}
		})
	}
}

// raise makes v the value of peak if it is more.
func raise(peak *atomic.Int32, v int32) {
	for p := peak.Load(); v > p && !peak.CompareAndSwap(p, v); p = peak.Load() {
	}
}

// counted is an endless source that counts the values it has been asked for.
func counted(read *atomic.Int32) stream.Stream[int] {
	return operators.Map(stream.Generate(0, nil, func(v int) int { return v + 1 }), func(v int) int {
		read.Add(1)
		return v
	})
}

func TestMappersReadNoFurtherAheadThanTheySay(t *testing.T) {
	identity := func(_ context.Context, v int) (int, error) { return v, nil }
	stuck := func(ctx context.Context, v int) (int, error) {
		<-ctx.Done()
		return v, nil
	}
	for _, n := range []int{1, 4, 100} {
		forEachMapper(t, func(t *testing.T, m mapper) {
			// 256 wait for the consumer who has taken up to 256, and the source
			// holds one. MapParallel has 64 waiting for the consumer who has taken
			// up to 64, and 64 waiting for a call, and one result in the hands of
			// each call.
			limit := int32(256 + 256 + 1)
			if m.name == "MapParallel" {
				limit = int32(64 + n + 64 + 64 + 1)
			}
			var read atomic.Int32
			delivered := int32(0)
			for range m.apply(counted(&read), n, identity).All(t.Context()) {
				delivered++
				time.Sleep(time.Second)
				if ahead := read.Load() - delivered; ahead > limit {
					t.Fatalf("n = %d: read %d ahead after %d, want at most %d", n, ahead, delivered, limit)
				}
				if delivered == 800 {
					break
				}
			}
		})
		forEachMapper(t, func(t *testing.T, m mapper) {
			limit := int32(64 + n + 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var read atomic.Int32
			if _, err := m.apply(counted(&read), n, stuck).Collect(ctx); err != context.DeadlineExceeded { //nolint:errorlint // the cause
				t.Errorf("Collect() = %v", err)
			}
			// The source, which has waited once, goes on when half of the 64 are
			// taken.
			if got := read.Load(); got > limit || got < limit-32 {
				t.Errorf("n = %d: read %d while no call returns, want at most %d, and no less than 32 fewer", n, got, limit)
			}
		})
	}
}

func TestSlowConsumerHoldsTheMappersBack(t *testing.T) {
	forEachMapper(t, func(t *testing.T, m mapper) {
		var calls atomic.Int32
		s := m.apply(stream.Range(0, 1000), 2, func(_ context.Context, v int) (int, error) {
			calls.Add(1)
			return v, nil
		})
		k := 0
		for range s.All(t.Context()) {
			if k == 0 {
				time.Sleep(time.Hour)
				if n := calls.Load(); n > 256+2+256 {
					t.Errorf("%d calls for a consumer that has taken one event", n)
				}
			}
			k++
		}
		if k != 1000 || calls.Load() != 1000 {
			t.Errorf("%d events of %d calls, want 1000", k, calls.Load())
		}
	})
}

func TestOneSlowCallDoesNotHoldMapParallelUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := operators.MapParallel(stream.Range(0, 1000), 2, func(_ context.Context, v int) (int, error) {
			if v == 0 {
				time.Sleep(time.Minute)
			}
			return v, nil
		})
		k := 0
		for v := range s.All(t.Context()) {
			k++
			if at := time.Since(start); v != 0 && at != 0 || v == 0 && (at != time.Minute || k != 1000) {
				t.Fatalf("%d came as number %d at %v", v, k, at)
			}
		}
	})
}

func TestWindowBoundsWhatMapOrderedHolds(t *testing.T) {
	for _, tt := range []struct{ window, n, calls, done int }{
		{1, 4, 1, 0}, {2, 4, 2, 1}, {3, 2, 2, 2}, {16, 4, 4, 15}, {17, 4, 4, 16}, {400, 4, 4, 399},
	} {
		synctest.Test(t, func(t *testing.T) {
			var now, peak, done atomic.Int32
			s := operators.MapOrdered(stream.Range(0, 1000), tt.n, func(_ context.Context, v int) (int, error) {
				raise(&peak, now.Add(1))
				defer now.Add(-1)
				time.Sleep(time.Millisecond)
				if v == 0 {
					time.Sleep(time.Minute)
					if got := int(done.Load()); got != tt.done {
						t.Errorf("Window(%d): %d calls are done behind the slow one, want %d", tt.window, got, tt.done)
					}
				}
				done.Add(1)
				return v, nil
			}, operators.Window(tt.window))
			if got, err := s.Collect(t.Context()); len(got) != 1000 || err != nil || !slices.IsSorted(got) {
				t.Errorf("Window(%d): %d values, sorted %v, error %v", tt.window, len(got), slices.IsSorted(got), err)
			}
			if got := int(peak.Load()); got != tt.calls {
				t.Errorf("Window(%d): %d calls at once, want %d", tt.window, got, tt.calls)
			}
		})
	}
}

func TestSlowCallAtTheHeadHoldsMapOrderedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done atomic.Int32
		s := operators.MapOrdered(stream.Range(0, 1000), 2, func(_ context.Context, v int) (int, error) {
			if v == 0 {
				time.Sleep(time.Minute)
				if n := done.Load(); n != 255 {
					t.Errorf("%d calls are done behind the slow one, want 255", n)
				}
			}
			done.Add(1)
			return v, nil
		})
		want := 0
		for v := range s.All(t.Context()) {
			if v != want {
				t.Fatalf("value %d, want %d", v, want)
			}
			want++
		}
		if want != 1000 {
			t.Errorf("%d values, want 1000", want)
		}
	})
}

func TestMapParallelInsideMapParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rows := operators.MapParallel(stream.Range(0, 4), 2, func(ctx context.Context, row int) (int, error) {
			if p := scope.Current(ctx).Path(); p != "/map-parallel" {
				t.Errorf("outer call in %s", p)
			}
			cells := operators.MapParallel(stream.Range(0, 4), 4, func(ctx context.Context, cell int) (int, error) {
				if p := scope.Current(ctx).Path(); !strings.HasPrefix(p, "/map-parallel/map-parallel") {
					t.Errorf("inner call in %s", p)
				}
				time.Sleep(time.Second)
				return row*4 + cell, nil
			})
			return stream.Reduce(ctx, cells, 0, sum)
		})
		total, err := stream.Reduce(t.Context(), rows, 0, sum)
		if total != 120 || err != nil {
			t.Errorf("total %d, %v, want 120", total, err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v, want 2s", took)
		}
	})
}

func TestMisuseOfTheMappersPanicsWhereItIsWritten(t *testing.T) {
	src := stream.Of(1)
	for _, m := range mappers {
		for want, f := range map[string]func(){
			"src is nil":                 func() { m.apply(nil, 1, seconds) },
			"f is nil":                   func() { m.apply(src, 1, nil) },
			"n is 0, want at least 1":    func() { m.apply(src, 0, seconds) },
			"n is -100, want at least 1": func() { m.apply(src, -100, seconds) },
		} {
			if got, want := panics(t, f), "operators: "+m.name+": "+want; got != want {
				t.Errorf("panic %q, want %q", got, want)
			}
		}
	}
}
