package scope_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// Options that are the same for all scopes are shared by those that have no
// other, so what one of these scopes adds for itself must not show in another.
func TestScopesThatShareAnOptionDoNotShareWhatIsTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, opt := range map[string]scope.Option{
			"FailFast":      scope.FailFast(),
			"Continue":      scope.Continue(),
			"WithoutLabels": scope.WithoutLabels(),
			"WithSink":      scope.WithSink(new(told)),
			"WithTimeouts":  scope.WithTimeouts(scope.DefaultTimeouts()),
		} {
			measured := scope.New(t.Context(), "measured", scope.WithDurations(), scope.WithSites())
			odd := scope.New(measured.Context(), "a/b", opt)
			plain := scope.New(t.Context(), "plain", opt)
			for _, s := range []*scope.Scope{odd, plain} {
				mustGo(t, s, func(context.Context) error { time.Sleep(time.Second); return nil })
				mustWait(t, s)
			}
			if got := odd.RawName(); got != "a/b" || odd.OwnStatistics().Durations == nil || odd.Snapshot().Caller == "" {
				t.Errorf("%s: raw name %q, statistics %+v, caller %q, want all that is its own",
					name, got, odd.OwnStatistics(), odd.Snapshot().Caller)
			}
			if got := plain.RawName(); got != "plain" || plain.OwnStatistics().Durations != nil || plain.Snapshot().Caller != "" {
				t.Errorf("%s: raw name %q, statistics %+v, caller %q, want nothing of the other scope",
					name, got, plain.OwnStatistics(), plain.Snapshot().Caller)
			}
			mustClose(t, measured)
			mustClose(t, plain)
		}
	})
}
