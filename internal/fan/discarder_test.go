package fan_test

import (
	"context"
	"testing"

	"github.com/rxscope/rxscope/internal/fan"
)

// A closing value counts how often it was closed.
type closing struct{ closed *int }

func (c closing) Close() error { *c.closed++; return nil }

func TestDiscarderClosesWhatCanBeClosedWhateverItsType(t *testing.T) {
	ctx, n := t.Context(), 0
	fan.Discarding[closing]("test", nil)(ctx, closing{&n})
	fan.Discarding[*closing]("test", nil)(ctx, &closing{&n})
	fan.Discarding[any]("test", nil)(ctx, closing{&n})
	fan.Discarding[any]("test", nil)(ctx, 1)
	if n != 3 {
		t.Errorf("%d values were closed, want 3", n)
	}
}

func TestDiscardingAValueThatNeedsNothingAllocatesNothing(t *testing.T) {
	give := fan.Discarding[[3]int]("test", nil)
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { give(ctx, [3]int{1, 2, 3}) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
