package merge_test

import (
	"fmt"
	"testing"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
)

func TestCombinationsNameWhatIsWrong(t *testing.T) {
	src := stream.Of(1)
	for want, call := range map[string]func(){
		"merge: Zip2: b is nil":                   func() { merge.Zip2[int, int](src, nil) },
		"merge: Zip3: a is nil":                   func() { merge.Zip3[int](nil, src, src) },
		"merge: ZipN: srcs[1] is nil":             func() { merge.ZipN([]stream.Stream[int]{src, nil}) },
		"merge: CombineLatest2: a is nil":         func() { merge.CombineLatest2[int](nil, src) },
		"merge: WithLatestFrom: b is nil":         func() { merge.WithLatestFrom[int, int](src, nil) },
		"merge: SequenceEqual: b is nil":          func() { merge.SequenceEqual(src, nil) },
		"merge: ForkJoin2: a is nil":              func() { merge.ForkJoin2[int](nil, src) },
		"merge: Flatten: n is 0, want at least 1": func() { merge.Flatten(stream.Of(src), 0) },
		"merge: Switch: srcs is nil":              func() { merge.Switch[int](nil) },
		"merge: Zip2: Discard is func(string), want [func(int) func(int)]": func() {
			merge.Zip2(src, src, merge.Discard(func(string) {}))
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
	for name, s := range map[string]stream.Stream[[]int]{
		"ZipN": merge.ZipN[int](nil), "CombineLatestN": merge.CombineLatestN[int](nil), "ForkJoinN": merge.ForkJoinN[int](nil),
	} {
		if n, err := s.Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%s of no source: %d events, error %v, want the end", name, n, err)
		}
	}
}
