package stream_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// ticked returns up to n events of s with their times, of a consumer who takes
// the time busy says for each value.
func ticked(ctx context.Context, s stream.Stream[int], n int, busy func(v int) time.Duration) []string {
	var got []string
	begin := time.Now()
	for v, err := range s.All(ctx) {
		at := time.Since(begin)
		if err != nil {
			got = append(got, fmt.Sprint(at, " ", err))
		} else {
			got = append(got, fmt.Sprint(at, " ", v))
			time.Sleep(busy(v))
		}
		if len(got) == n {
			break
		}
	}
	return got
}

func TestTicksComeAtTheirInstants(t *testing.T) {
	const s = time.Second
	idle := func(int) time.Duration { return 0 }
	always := func(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }
	once := func(d time.Duration) func(int) time.Duration {
		return func(v int) time.Duration {
			if v == 0 {
				return d
			}
			return 0
		}
	}
	tests := []struct {
		name string
		s    stream.Stream[int]
		busy func(int) time.Duration
		want []string
	}{
		{"Timer", stream.Timer(3 * s), idle, []string{"3s 0"}},
		{"Timer at once", stream.Timer(0), idle, []string{"0s 0"}},
		{"Interval", stream.Interval(2 * s), idle, []string{"2s 0", "4s 1", "6s 2"}},
		{"IntervalFrom", stream.IntervalFrom(5*s, 2*s), idle, []string{"5s 0", "7s 1", "9s 2"}},
		{"IntervalFrom at once", stream.IntervalFrom(0, s), idle, []string{"0s 0", "1s 1", "2s 2"}},
		{"a quick consumer moves nothing", stream.Interval(2 * s), always(s), []string{"2s 0", "4s 1", "6s 2"}},
		{"done in the instant of a tick", stream.Interval(2 * s), always(2 * s), []string{"2s 0", "4s 1", "6s 2"}},
		{"busy for two ticks", stream.Interval(2 * s), once(5 * s), []string{"2s 0", "8s 3", "10s 4"}},
		{"always too slow", stream.Interval(2 * s), always(3 * s), []string{"2s 0", "6s 2", "10s 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for range 2 { // cold
					if got := ticked(t.Context(), tt.s, 3, tt.busy); !slices.Equal(got, tt.want) {
						t.Errorf("events %q, want %q", got, tt.want)
					}
				}
			})
		})
	}
}

func TestTicksAreCutAtOnce(t *testing.T) {
	for name, s := range map[string]stream.Stream[int]{
		"Timer": stream.Timer(time.Hour), "Interval": stream.Interval(time.Hour), "in the instant of a tick": stream.Interval(2 * time.Second),
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cut := cuttable(t)
			time.AfterFunc(2*time.Second, cut)
			if got := ticked(ctx, s, 9, func(int) time.Duration { return 0 }); got[len(got)-1] != "2s "+errCut.Error() {
				t.Errorf("%s: events %q, want the cause at 2s", name, got)
			}
		})
	}
}
