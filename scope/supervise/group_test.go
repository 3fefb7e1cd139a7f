package supervise_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

// children makes ready-awaiting children, so that their order is exact.
func children(fns ...func(context.Context) error) []supervise.Child {
	var cs []supervise.Child
	for i, fn := range fns {
		cs = append(cs, supervise.Child{Name: string(rune('a' + i)), Run: fn, AwaitReady: true})
	}
	return cs
}

func TestStrategiesRestartWhomTheyName(t *testing.T) {
	const (
		told = `1s told /s task "g.b": boom, attempt 1`
		by   = ": scope /s/g cancelled by task g.b: boom"
		stop = "9s stop"
	)
	begin := []string{"0s a runs", "0s b runs", "0s c runs", told}
	for name, tt := range map[string]struct {
		strategy supervise.Strategy
		lines    []string
	}{
		"one for one":  {supervise.OneForOne, []string{"3s b runs", stop}},
		"one for all":  {supervise.OneForAll, []string{"1s c" + by, "1s a" + by, "3s a runs", "3s b runs", "3s c runs", stop}},
		"rest for one": {supervise.RestForOne, []string{"1s c" + by, "3s b runs", "3s c runs", stop}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s", scope.WithSink(d))
				sv := must(t)(supervise.Group(t.Context(), s, "g", tt.strategy,
					children(d.runs("a", nil), d.runs("b", sec(1), errBoom), d.runs("c", nil)), every(2*time.Second)))
				time.Sleep(9 * time.Second)
				d.note("stop")
				d.mu.Lock()
				lines := d.lines
				d.mu.Unlock()
				sv.Stop()
				mustWait(t, sv, nil)
				mustClose(t, s)
				d.lines = lines
				d.want(t, append(slices.Clip(begin), tt.lines...)...)
			})
		})
	}
}

func TestSiblingThatIgnoresItsEndBlocksTheRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		deaf := func(context.Context) error {
			d.note("a runs")
			time.Sleep(10 * time.Second)
			d.note("a ends")
			return nil
		}
		b := d.runs("b", sec(1), errBoom, supervise.ErrDoNotRestart)
		sv := must(t)(supervise.Group(t.Context(), s, "g", supervise.OneForAll,
			[]supervise.Child{{Name: "b", Run: b, AwaitReady: true}, {Name: "a", Run: deaf}}, every(time.Second)))
		time.Sleep(5 * time.Second)
		if got := sv.State(); got != supervise.Stopping {
			t.Errorf("State() = %v, want %v", got, supervise.Stopping)
		}
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s b runs", "0s a runs", `1s told /s task "g.b": boom, attempt 1`, "10s a ends",
			"10s b runs", "10s a runs", "20s a ends")
	})
}

func TestSiblingsThatHaveCompletedStaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		sv := must(t)(supervise.Group(t.Context(), s, "g", supervise.OneForAll,
			children(d.runs("a", sec(0), nil), d.runs("b", sec(1), errBoom, nil)), every(time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s a runs", "0s b runs", `1s told /s task "g.b": boom, attempt 1`, "2s b runs")
	})
}

func TestFailureInFrontOfABackOffWidensTheRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		sv := must(t)(supervise.Group(t.Context(), s, "g", supervise.RestForOne,
			children(d.runs("a", sec(2, 9), errBoom, nil), d.runs("b", sec(9), nil, nil), d.runs("c", sec(1, 9), errBoom, nil)), every(5*time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s a runs", "0s b runs", "0s c runs", `1s told /s task "g.c": boom, attempt 1`,
			`2s told /s task "g.a": boom, attempt 1`, "2s b: scope /s/g cancelled by task g.a: boom",
			"7s a runs", "7s b runs", "7s c runs")
	})
}

func TestGroupsShareOneIntensity(t *testing.T) {
	for name, strategy := range map[string]supervise.Strategy{"one for one": supervise.OneForOne, "one for all": supervise.OneForAll} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(t.Context(), "s", scope.WithSink(newDiary()))
				d := newDiary()
				sv := must(t)(supervise.Group(t.Context(), s, "g", strategy,
					children(d.runs("a", sec(1), errBoom), d.runs("b", sec(5, 3), errBoom, errBoom), d.runs("c", nil)), every(time.Second), supervise.Intensity(1, time.Minute)))
				err := sv.Wait(t.Context())
				var e *supervise.EscalatedError
				if !errors.As(err, &e) || e.Restarts != 1 || time.Since(d.start) != 5*time.Second {
					t.Errorf("Wait() = %v after %v", err, time.Since(d.start))
				}
				mustClose(t, s)
			})
		})
	}
}

func TestNextChildWaitsForReadyOrTheEnd(t *testing.T) {
	for name, strategy := range map[string]supervise.Strategy{"one for one": supervise.OneForOne, "rest for one": supervise.RestForOne} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s")
				slow := func(ctx context.Context) error {
					time.Sleep(2 * time.Second)
					supervise.Ready(ctx)
					supervise.Ready(ctx)
					time.Sleep(5 * time.Second)
					return nil
				}
				brief := func(context.Context) error { time.Sleep(time.Second); return nil }
				sv := must(t)(supervise.Group(t.Context(), s, "g", strategy, children(slow, brief, d.runs("c", sec(0), nil))))
				time.Sleep(time.Second)
				if got := sv.State(); got != supervise.Starting {
					t.Errorf("State() = %v, want %v", got, supervise.Starting)
				}
				mustWait(t, sv, nil)
				d.note("end")
				mustClose(t, s)
				d.want(t, "3s c runs", "7s end")
			})
		})
	}
}

func TestReadyOutsideDoesNothing(t *testing.T) { supervise.Ready(t.Context()) }

// A group larger than the limit waits for slots and can be ended meanwhile.
func TestGroupLargerThanTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithLimit(1), scope.WithSink(d))
		sv := must(t)(supervise.Group(t.Context(), s, "g", supervise.OneForAll,
			children(d.runs("a", sec(1), errBoom, nil), d.runs("b", sec(1), nil), d.runs("c", sec(1), nil)), every(time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s a runs", `1s told /s task "g.a": boom, attempt 1`, "2s a runs", "3s b runs", "4s c runs")
	})
}
