package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

// Values and errors in one list: mixed(1, errBoom, 2) is a stream that goes on
// after its error.
func mixed(events ...any) stream.Stream[int] {
	return stream.FromSeq2(func(yield func(int, error) bool) {
		for _, e := range events {
			v, _ := e.(int)
			err, _ := e.(error)
			if !yield(v, err) {
				return
			}
		}
	})
}

// A terminal is run for what it returns, as text.
type terminal func(ctx context.Context, s stream.Stream[int]) (string, error)

func result[T any](v T, err error) (string, error) { return fmt.Sprint(v), err }

var terminals = map[string]terminal{
	"Collect":    func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Collect(ctx)) },
	"CollectAll": func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.CollectAll(ctx, 1)) },
	"ForEach": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		var seen []int
		err := s.ForEach(ctx, func(v int) error { seen = append(seen, v); return nil })
		return result(seen, err)
	},
	"ForEachEvent": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		var seen []any
		err := s.ForEachEvent(ctx, func(v int, err error) error {
			if err != nil {
				seen = append(seen, err)
			} else {
				seen = append(seen, v)
			}
			return nil
		})
		return result(seen, err)
	},
	"Drain": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		var seen []error
		err := s.Drain(ctx, func(err error) { seen = append(seen, err) })
		return result(seen, err)
	},
	"First":      func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.First(ctx)) },
	"FirstValue": func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.FirstValue(ctx)) },
	"Last":       func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Last(ctx)) },
	"Single":     func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Single(ctx)) },
	"Count":      func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Count(ctx)) },
	"Reduce": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		return result(stream.Reduce(ctx, s, "", func(a string, v int) string { return a + fmt.Sprint(v) }))
	},
	"ToMap": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		return result(stream.ToMap(ctx, s, func(v int) (bool, int) { return v%2 == 0, v }))
	},
	"ToSet": func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(stream.ToSet(ctx, s)) },
	"Sum":   func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(stream.Sum(ctx, s)) },
	"Min":   func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(stream.Min(ctx, s)) },
	"Max":   func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(stream.Max(ctx, s)) },
	"MinFunc": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		return result(stream.MinFunc(ctx, s, byLastDigit))
	},
	"MaxFunc": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		return result(stream.MaxFunc(ctx, s, byLastDigit))
	},
	"Every":   func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Every(ctx, isOdd)) },
	"Any":     func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.Any(ctx, isEven)) },
	"IsEmpty": func(ctx context.Context, s stream.Stream[int]) (string, error) { return result(s.IsEmpty(ctx)) },
	"Contains": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		return result(stream.Contains(ctx, s, 2))
	},
	"Partition": func(ctx context.Context, s stream.Stream[int]) (string, error) {
		yes, no, err := s.Partition(ctx, 1, isOdd)
		return result([][]int{yes, no}, err)
	},
}

func byLastDigit(a, b int) int { return a%10 - b%10 }

func isEven(v int) bool { return v%2 == 0 }
func isOdd(v int) bool  { return v%2 != 0 }

func TestTerminalsKeepTheirErrorPolicy(t *testing.T) {
	boom2 := errors.New("boom2")
	const many = "stream: more than one value"
	tests := []struct {
		terminal string
		events   []any
		want     string
		err      string // "" for nil
	}{
		{"Collect", []any{}, "[]", ""},
		{"Collect", []any{1, 2}, "[1 2]", ""},
		{"Collect", []any{1, errBoom, 2}, "[1]", "boom"},
		{"CollectAll", []any{}, "[]", ""},
		{"CollectAll", []any{1, 2}, "[1 2]", ""},
		{"CollectAll", []any{1, errBoom, 2, boom2, 3}, "[1 2 3]", "2 errors: boom; 1 more"},
		{"ForEach", []any{}, "[]", ""},
		{"ForEach", []any{1, 2}, "[1 2]", ""},
		{"ForEach", []any{1, errBoom, 2}, "[1]", "boom"},
		{"ForEachEvent", []any{1, errBoom, 2, boom2}, "[1 boom 2 boom2]", ""},
		{"Drain", []any{1, 2}, "[]", ""},
		{"Drain", []any{errBoom, 1, boom2, 2}, "[boom boom2]", ""},
		{"First", []any{}, "0", "stream: empty"},
		{"First", []any{1, errBoom}, "1", ""},
		{"First", []any{errBoom, 1}, "0", "boom"},
		{"FirstValue", []any{}, "0", "stream: empty"},
		{"FirstValue", []any{errBoom, boom2, 1, 2}, "1", ""},
		{"FirstValue", []any{errBoom}, "0", "boom"},
		{"FirstValue", []any{errBoom, boom2}, "0", "2 errors: boom; boom2"},
		{"Last", []any{}, "0", "stream: empty"},
		{"Last", []any{1, 2}, "2", ""},
		{"Last", []any{1, errBoom, 2}, "0", "boom"},
		{"Single", []any{}, "0", "stream: empty"},
		{"Single", []any{7}, "7", ""},
		{"Single", []any{7, 8, errBoom}, "0", many},
		{"Single", []any{7, errBoom, 8}, "0", "boom"},
		{"Single", []any{errBoom, 7}, "0", "boom"},
		{"Count", []any{}, "0", ""},
		{"Count", []any{1, 2, 3}, "3", ""},
		{"Count", []any{1, 2, errBoom, 3}, "2", "boom"},
		{"Reduce", []any{}, "", ""},
		{"Reduce", []any{1, 2, 3}, "123", ""},
		{"Reduce", []any{1, 2, errBoom, 3}, "12", "boom"},
		{"ToMap", []any{}, "map[]", ""},
		{"ToMap", []any{1, 2, 3}, "map[false:3 true:2]", ""},
		{"ToMap", []any{1, 2, errBoom, 3}, "map[false:1 true:2]", "boom"},
		{"ToSet", []any{}, "map[]", ""},
		{"ToSet", []any{2, 1, 2}, "map[1:{} 2:{}]", ""},
		{"ToSet", []any{2, errBoom, 1}, "map[2:{}]", "boom"},
		{"Sum", []any{}, "0", ""},
		{"Sum", []any{1, 2, 3}, "6", ""},
		{"Sum", []any{1, 2, errBoom, 3}, "3", "boom"},
		{"Min", []any{}, "0", "stream: empty"},
		{"Min", []any{3, 1, 2}, "1", ""},
		{"Min", []any{3, errBoom, 1}, "3", "boom"},
		{"Min", []any{errBoom, 1}, "0", "boom"},
		{"Max", []any{}, "0", "stream: empty"},
		{"Max", []any{-3, -1, -2}, "-1", ""},
		{"Max", []any{1, errBoom, 2}, "1", "boom"},
		{"MinFunc", []any{}, "0", "stream: empty"},
		{"MinFunc", []any{15, 21, 11, 31}, "21", ""},
		{"MinFunc", []any{15, errBoom, 21}, "15", "boom"},
		{"MaxFunc", []any{11, 25, 15, 35}, "25", ""},
		{"Every", []any{}, "true", ""},
		{"Every", []any{1, 3}, "true", ""},
		{"Every", []any{1, 2, errBoom}, "false", ""},
		{"Every", []any{1, errBoom, 2}, "false", "boom"},
		{"Any", []any{}, "false", ""},
		{"Any", []any{1, 3}, "false", ""},
		{"Any", []any{1, 2, errBoom}, "true", ""},
		{"Any", []any{1, errBoom, 2}, "false", "boom"},
		{"IsEmpty", []any{}, "true", ""},
		{"IsEmpty", []any{0, errBoom}, "false", ""},
		{"IsEmpty", []any{errBoom}, "false", "boom"},
		{"Contains", []any{1, 3}, "false", ""},
		{"Contains", []any{1, 2, errBoom}, "true", ""},
		{"Contains", []any{errBoom, 2}, "false", "boom"},
		{"Partition", []any{}, "[[] []]", ""},
		{"Partition", []any{1, errBoom, 2, boom2, 3}, "[[1 3] [2]]", "2 errors: boom; 1 more"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.terminal, tt.events), func(t *testing.T) {
			got, err := terminals[tt.terminal](t.Context(), mixed(tt.events...))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if got != tt.want || text != tt.err {
				t.Errorf("result = %s, %q, want %s, %q", got, text, tt.want, tt.err)
			}
		})
	}
}

func TestTerminalsReturnTheCauseOfACut(t *testing.T) {
	for name, run := range terminals {
		t.Run(name, func(t *testing.T) {
			if _, err := run(ended(t), mixed(1, 2)); !errors.Is(err, errCut) {
				t.Errorf("under an ended context: %v, want %v", err, errCut)
			}
			ctx, cut := cuttable(t)
			s := stream.FromSeq2(func(yield func(int, error) bool) {
				for i := range 30 {
					if i == 20 {
						cut()
					}
					if !yield(i, errBoom) { // errors enough for every list to be full
						return
					}
				}
			})
			_, err := run(ctx, s)
			stopsBefore := !slices.Contains([]string{"CollectAll", "Partition", "ForEachEvent", "Drain", "FirstValue"}, name)
			if errors.Is(err, errCut) == stopsBefore || err == nil {
				t.Errorf("cut after 21 errors: %v", err)
			}
		})
	}
}

func TestTerminalsTakeAForeignCancellationForAFailure(t *testing.T) {
	s := mixed(context.Canceled, context.DeadlineExceeded)
	for name, want := range map[string]string{
		"ForEachEvent": "[context canceled context deadline exceeded]",
		"Drain":        "[context canceled context deadline exceeded]",
	} {
		if got, err := terminals[name](t.Context(), s); got != want || err != nil {
			t.Errorf("%s = %s, %v, want %s", name, got, err, want)
		}
	}
}

func TestCollectAllKeepsTheCauseBesidesTheFirstErrors(t *testing.T) {
	for k, want := range []string{
		"2 errors: cut by the test; 1 more",
		"boom; cut by the test",
		"boom; cut by the test",
	} {
		ctx, cut := cuttable(t)
		s := stream.FromFunc(func(context.Context) (int, error) { cut(); return 0, errBoom })
		values, err := s.CollectAll(ctx, k)
		if k > 0 {
			want = "2 errors: " + want
		}
		if len(values) != 0 || err == nil || err.Error() != want {
			t.Errorf("CollectAll(%d) = %v, %v, want %s", k, values, err, want)
		}
	}
}

func TestFirstValueKeepsSixteenErrors(t *testing.T) {
	events := make([]any, 100)
	for i := range events {
		events[i] = errBoom
	}
	_, err := mixed(events...).FirstValue(t.Context())
	joined, ok := errors.AsType[*stream.JoinedError](err)
	if !ok || len(joined.Errs) != 16 || joined.More != 84 {
		t.Errorf("FirstValue() = %v, want 16 errors and 84 more", err)
	}
}

func TestForEachEndsAtTheErrorOfItsFunction(t *testing.T) {
	var seen []int
	err := stream.Range(0, 5).ForEach(t.Context(), func(v int) error {
		seen = append(seen, v)
		if v == 2 {
			return errBoom
		}
		return nil
	})
	if err != errBoom || len(seen) != 3 { //nolint:errorlint // unchanged
		t.Errorf("ForEach() = %v after %v, want %v after 3", err, seen, errBoom)
	}
}

func TestForEachEventEndsAtTheErrorOfItsFunction(t *testing.T) {
	for at := range 3 {
		calls := 0
		err := mixed(1, errBoom, 2).ForEachEvent(t.Context(), func(int, error) error {
			if calls++; calls > at {
				return errCut
			}
			return nil
		})
		if err != errCut || calls != at+1 { //nolint:errorlint // unchanged
			t.Errorf("ForEachEvent() = %v after %d calls, want %v after %d", err, calls, errCut, at+1)
		}
	}
}

func TestForEachEventPrefersTheErrorOfItsFunctionToTheCause(t *testing.T) {
	err := mixed(1).ForEachEvent(ended(t), func(_ int, err error) error { return fmt.Errorf("handling: %w", err) })
	if err == nil || err.Error() != "handling: "+errCut.Error() {
		t.Errorf("ForEachEvent() = %v", err)
	}
}

func TestMinAndMaxOfNaNAreNaN(t *testing.T) {
	s := stream.Of(1, math.NaN(), 2)
	for name, extreme := range map[string]func(context.Context, stream.Stream[float64]) (float64, error){
		"Min": stream.Min[float64], "Max": stream.Max[float64],
	} {
		if got, err := extreme(t.Context(), s); !math.IsNaN(got) || err != nil {
			t.Errorf("%s() = %v, %v, want NaN", name, got, err)
		}
	}
}

func TestMisuseOfATerminalPanics(t *testing.T) {
	ctx, s := t.Context(), stream.Of(1)
	tests := map[string]func(){
		"stream: CollectAll: k is -1, want at least 0": func() { _, _ = s.CollectAll(ctx, -1) },
		"stream: ForEach: f is nil":                    func() { _ = s.ForEach(ctx, nil) },
		"stream: ForEachEvent: f is nil":               func() { _ = s.ForEachEvent(ctx, nil) },
		"stream: Drain: onError is nil":                func() { _ = s.Drain(ctx, nil) },
		"stream: Reduce: f is nil":                     func() { _, _ = stream.Reduce[int](ctx, s, 0, nil) },
		"stream: ToMap: f is nil":                      func() { _, _ = stream.ToMap[int, int, int](ctx, s, nil) },
		"stream: Partition: k is -1, want at least 0":  func() { _, _, _ = s.Partition(ctx, -1, isOdd) },
		"stream: Partition: pred is nil":               func() { _, _, _ = s.Partition(ctx, 0, nil) },
		"stream: Every: pred is nil":                   func() { _, _ = s.Every(ctx, nil) },
		"stream: Any: pred is nil":                     func() { _, _ = s.Any(ctx, nil) },
		"stream: MinFunc: compare is nil":              func() { _, _ = stream.MinFunc(ctx, s, nil) },
		"stream: MaxFunc: compare is nil":              func() { _, _ = stream.MaxFunc(ctx, s, nil) },
	}
	for want, misuse := range tests {
		t.Run(want, func(t *testing.T) { wantPanic(t, want, misuse) })
	}
}

func TestTerminalsLeaveNothingOpen(t *testing.T) {
	for name, run := range terminals {
		t.Run(name, func(t *testing.T) {
			var l logged
			_, _ = run(t.Context(), l.using(mixed(1, errBoom, 2)))
			if want := []string{"open", "release"}; !slices.Equal(l.log, want) {
				t.Errorf("log = %q, want %q", l.log, want)
			}
		})
	}
}

func TestFunctionsOfTerminalsThatPanicOrExitLeaveNothingOpen(t *testing.T) {
	leave := map[string]func(t *testing.T, run func(func())){
		"panic":  func(t *testing.T, run func(func())) { wantPanic(t, errBoom, func() { run(func() { panic(errBoom) }) }) },
		"Goexit": func(t *testing.T, run func(func())) { goexit(t, func() { run(runtime.Goexit) }) },
	}
	runs := map[string]func(ctx context.Context, s stream.Stream[int], f func()){
		"ForEach": func(ctx context.Context, s stream.Stream[int], f func()) {
			_ = s.ForEach(ctx, func(int) error { f(); return nil })
		},
		"ForEachEvent": func(ctx context.Context, s stream.Stream[int], f func()) {
			_ = s.ForEachEvent(ctx, func(int, error) error { f(); return nil })
		},
		"Drain": func(ctx context.Context, s stream.Stream[int], f func()) {
			_ = s.Drain(ctx, func(error) { f() })
		},
		"Reduce": func(ctx context.Context, s stream.Stream[int], f func()) {
			_, _ = stream.Reduce(ctx, s, 0, func(a, _ int) int { f(); return a })
		},
		"ToMap": func(ctx context.Context, s stream.Stream[int], f func()) {
			_, _ = stream.ToMap(ctx, s, func(v int) (int, int) { f(); return v, v })
		},
		"Every": func(ctx context.Context, s stream.Stream[int], f func()) {
			_, _ = s.Every(ctx, func(int) bool { f(); return true })
		},
		"Any": func(ctx context.Context, s stream.Stream[int], f func()) {
			_, _ = s.Any(ctx, func(int) bool { f(); return true })
		},
		"Partition": func(ctx context.Context, s stream.Stream[int], f func()) {
			_, _, _ = s.Partition(ctx, 0, func(int) bool { f(); return true })
		},
	}
	for how, leave := range leave {
		for name, run := range runs {
			t.Run(how+" in "+name, func(t *testing.T) {
				var l logged
				leave(t, func(f func()) { run(t.Context(), l.using(mixed(1, errBoom)), f) })
				if want := []string{"open", "release"}; !slices.Equal(l.log, want) {
					t.Errorf("log = %q, want %q", l.log, want)
				}
			})
		}
	}
}
