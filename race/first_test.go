package race_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
)

func TestFirstTakesTheFirstSuccesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		outs, err := race.First(t.Context(), 2, fns{wins(9*second, 0), wins(3*second, 1), fails[int](second, errBoom), wins(2*second, 3)})
		if err != nil || len(outs) != 2 || outs[0].Value != 3 || outs[0].Index != 3 || outs[1].Value != 1 || outs[1].Elapsed != 3*second {
			t.Errorf("outcomes %+v, %v, want 3 and then 1", outs, err)
		}
		if at := time.Since(begun); at != 3*second {
			t.Errorf("the race returned at %v, want 3s", at)
		}
		for _, o := range outs {
			if len(o.Attempts) != 4 {
				t.Errorf("outcome %+v, want all four attempts", o)
			}
		}
	})
}

func TestFirstGivesUpWhenThereCannotBeEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var discarded []int
		outs, err := race.First(t.Context(), 3, fns{wins(9*second, 0), wins(second, 1), fails[int](2*second, errBoom), fails[int](3*second, errCrash)},
			race.Discard(func(v int) { discarded = append(discarded, v) }), race.Names(func(i int) string { return string(rune('a' + i)) }))
		const want = "race: no 3 of 4 contenders can succeed: contender 2 (c): boom; contender 3 (d): crash"
		if err != nil && err.Error() != want || !errors.Is(err, errBoom) {
			t.Errorf("error %v, want %q", err, want)
		}
		if len(outs) != 1 || outs[0].Index != -1 || len(outs[0].Attempts) != 4 || !slices.Equal(discarded, []int{1}) {
			t.Errorf("outcomes %+v, discarded %v, want none and 1", outs, discarded)
		}
		if at := time.Since(begun); at != 3*second {
			t.Errorf("the race returned at %v, want 3s, when the others can be no three", at)
		}
	})
}

func TestFirstOfFewerThanItWants(t *testing.T) {
	outs, err := race.First(t.Context(), 3, fns{wins(0, 1), wins(0, 2)})
	if !errors.Is(err, race.ErrNoContenders) || len(outs) != 0 {
		t.Errorf("outcomes %+v, %v, want %v", outs, err, race.ErrNoContenders)
	}
}

func TestFirstPrefersTheLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outs, err := race.First(t.Context(), 2, fns{wins(4*second, 0), wins(9*second, 1), wins(second, 2), wins(2*second, 3)}, race.Prefer(5*second))
		if err != nil || len(outs) != 2 || outs[0].Value != 2 || outs[1].Value != 0 {
			t.Errorf("outcomes %+v, %v, want 2 and 0, who came until 7s", outs, err)
		}
	})
}

func TestFirstStartsTheNextWhenNobodyIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outs, err := race.First(t.Context(), 2, fns{wins(second, 0), wins(second, 1)}, race.Stagger(9*second))
		if err != nil || len(outs) != 2 || outs[1].Elapsed != 2*second {
			t.Errorf("outcomes %+v, %v, want the second after 2s", outs, err)
		}
	})
}

func TestFirstCutGivesBackWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*second, errCut)
		defer cancel()
		var discarded []int
		outs, err := race.First(ctx, 2, fns{wins(9*second, 0), wins(second, 1)}, race.Discard(func(v int) { discarded = append(discarded, v) }))
		if !errors.Is(err, errCut) || len(outs) != 1 || outs[0].Index != -1 || !slices.Equal(discarded, []int{1}) {
			t.Errorf("outcomes %+v, %v, discarded %v, want the cut and 1", outs, err, discarded)
		}
	})
}

func TestFirstNamesWhatIsWrong(t *testing.T) {
	defer func() {
		if got, want := recover(), "race: First: k is 0, want at least 1"; got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	_, _ = race.First(t.Context(), 0, fns{})
}
