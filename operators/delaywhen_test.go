package operators_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// delayWhen is DelayWhen over the first of srcs, with the others as the signals for
// a, b and c.
func delayWhen(n int) func(srcs ...letters) letters {
	return func(srcs ...letters) letters {
		return operators.DelayWhen(srcs[0], n, func(v string) letters { return srcs[1+v[0]-'a'] })
	}
}

func TestDelayWhen(t *testing.T) {
	drawn := func(name string, want string, srcs ...string) diagram {
		return diagram{name: name, srcs: srcs, want: want}
	}
	diagrams(t, delayWhen(2),
		drawn("each value when its signal emits", "--ba-|", "ab---|", "---x", "-x"),
		drawn("only the first value of a signal counts", "--a--|", "a----|", "--xyz"),
		drawn("a signal that ends lets its value out", "--a--|", "a----|", "--|"),
		drawn("an empty signal", "a-|", "a-|", "|"),
		drawn("the end waits for what is held", "---(a|)", "a|", "---x"),
		drawn("the end and the last signal in one instant", "---(a|)", "a--|", "---x"),
		drawn("a signal that never emits", "-----", "a|", "-"),
		drawn("an error of the source before", "#-a-|", "#a--|", "-x"),
		drawn("an error of the source between passes at once", "-#-a|", "a#--|", "---x"),
		drawn("an error of the source after", "-a#|", "a-#|", "-x"),
		drawn("an error of a signal passes and releases nothing", "-#-a|", "a---|", "-#-x"),
		drawn("a signal that fails and ends", "-#a-|", "a---|", "-#|"),
		drawn("no more than two are held", "--bca-|", "(abc)-|", "----x", "--x", "-x"),
		drawn("empty", "|", "|"),
		drawn("never", "---", "-"),
		drawn("cut drops what is held", "-a-X", "ab---", "-x", "------x"),
		drawn("the consumer leaves", "-(a!)", "ab---", "-x", "------x"),
		drawn("the consumer leaves on an error", "-(#!)", "a#---", "---x"),
	)
	diagrams(t, delayWhen(1),
		drawn("what is behind the one that is held waits", "---(a#)-b|", "ab#------|", "---x", "-----x"),
	)
}

func TestDelayWhenGivesBackWhatIsHeld(t *testing.T) {
	errGone := errors.New("gone")
	for _, tt := range []struct {
		name   string
		signal func(v int) ints
		given  []int
		errs   int
	}{
		{"a signal that panics", func(int) ints { panic("oh") }, []int{1, 2, 3}, 3},
		{"a signal that leaves", func(int) ints { runtime.Goexit(); return nil }, []int{1, 2, 3}, 3},
		{"a nil signal", func(int) ints { return nil }, []int{1, 2, 3}, 3},
		{"cut while all are held", func(int) ints { return stream.Never[int]() }, []int{1, 2, 3}, 1},
		{"a signal that ignores its context", func(int) ints {
			return func(_ context.Context, yield func(int, error) bool) { time.Sleep(time.Hour); yield(1, nil) }
		}, []int{1, 2, 3}, 1},
		{"nothing is held", func(int) ints { return stream.Empty[int]() }, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errGone) })
				var mu sync.Mutex
				var given []int
				s := operators.DelayWhen(stream.Of(1, 2, 3), 3, tt.signal, operators.Discard(func(v int) {
					mu.Lock()
					defer mu.Unlock()
					given = append(given, v)
				}))
				errs := 0
				for _, err := range s.All(ctx) {
					switch {
					case errors.Is(err, errGone), errors.Is(err, scope.ErrGoexit):
						errs++
					case err != nil:
						if _, ok := errors.AsType[*scope.PanicError](err); !ok {
							t.Errorf("error %v, want a panic", err)
						}
						errs++
					}
				}
				slices.Sort(given)
				if !slices.Equal(given, tt.given) || errs != tt.errs {
					t.Errorf("given back %v, %d errors, want %v, %d", given, errs, tt.given, tt.errs)
				}
			})
		})
	}
}
