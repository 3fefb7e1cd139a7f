package dial

import (
	"context"
	"testing"
	"time"
)

// A lateContext is one whose deadline is over before it has noticed.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now(), true }

func TestDeadlineThatTheContextHasYetToTellIsATimeout(t *testing.T) {
	for want, ctx := range map[bool]context.Context{true: lateContext{t.Context()}, false: t.Context()} {
		e := new(DialError)
		if e.cutBy(ctx); e.Timeout() != want || (e.Cause != nil) != want {
			t.Errorf("Timeout() = %v by %v, want %v", e.Timeout(), e.Cause, want)
		}
	}
}
