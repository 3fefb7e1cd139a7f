package merge_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/stream"
)

func TestAffixesStandBeforeAndAfterTheSource(t *testing.T) {
	fatal := stream.Fatal(errBoom)
	tests := []struct {
		name string
		s    stream.Stream[int]
		want []string
	}{
		{"StartWith", merge.StartWith(every(time.Second, 1, errBoom), 7, 8), []string{"0s 7", "0s 8", "1s 1", "2s boom"}},
		{"StartWith nothing", merge.StartWith(every(time.Second, 1)), []string{"1s 1"}},
		{"EndWith", merge.EndWith(every(time.Second, 1, 2), 7, 8), []string{"1s 1", "2s 2", "2s 7", "2s 8"}},
		{"EndWith after an error", merge.EndWith(every(time.Second, 1, errBoom), 7), []string{"1s 1", "2s boom", "2s 7"}},
		{"EndWith after a failure", merge.EndWith(every(time.Second, 1, fatal), 7), []string{"1s 1", "2s boom"}},
		{"EndWith after one that went on", merge.EndWith(every(time.Second, fatal, 1), 7), []string{"1s boom", "2s 1", "2s 7"}},
		{"EndWith after nothing", merge.EndWith(stream.Empty[int](), 7), []string{"0s 7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for range 2 {
					if got := timed(t.Context(), tt.s); !slices.Equal(got, tt.want) {
						t.Errorf("events %q, want %q", got, tt.want)
					}
				}
			})
		})
	}
}

func TestStartWithStartsItsSourceAfterTheLastValue(t *testing.T) {
	started := false
	src := stream.Defer(func(context.Context) stream.Stream[int] { started = true; return stream.Of(9) })
	for v := range merge.StartWith(src, 1, 2).All(t.Context()) {
		if started != (v == 9) {
			t.Errorf("at %d: started = %v", v, started)
		}
	}
}

func TestAffixesAreLeftOutWhenTheRunIsLeftOrCut(t *testing.T) {
	for at := range 5 {
		for _, how := range []string{"break", "cut"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			var got []string
			s := merge.EndWith(merge.StartWith(stream.Of(3), 1, 2), 4, 5)
			for v, err := range s.All(ctx) {
				got = append(got, fmt.Sprint(v, err))
				if len(got)-1 != at {
					continue
				}
				if how == "break" {
					break
				}
				cancel(errCut)
			}
			cancel(nil)
			want := []string{"1 <nil>", "2 <nil>", "3 <nil>", "4 <nil>", "5 <nil>"}[:at+1]
			if how == "cut" && at < 4 {
				want = append(slices.Clone(want), "0 cut")
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s at %d: got %q, want %q", how, at, got, want)
			}
		}
	}
}
