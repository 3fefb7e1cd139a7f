package scope_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestStateTellsEachPhaseOfAShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		d := newDiary()
		note := func(when string) { d.note("%s: %v", when, s.State()) }
		note("before")
		s.Defer("resource", func(context.Context) error {
			time.Sleep(time.Second)
			note("in the release")
			return nil
		})
		mustGo(t, s, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			note("when told to drain")
			<-ctx.Done()
			note("when the context has ended")
			time.Sleep(time.Second)
			return nil
		})
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		note("after")
		d.want(t, "0s before: open", "0s when told to drain: draining", "10s when the context has ended: cancelling",
			"12s in the release: releasing", "12s after: closed")
	})
}

func TestStateIsTextInJSON(t *testing.T) {
	for s := scope.StateOpen; s <= scope.StateClosed; s++ {
		data, err := json.Marshal(s)
		if err != nil || string(data) != `"`+s.String()+`"` {
			t.Errorf("Marshal(%v) = %s, %v", s, data, err)
		}
		var back scope.State
		if err := json.Unmarshal(data, &back); err != nil || back != s {
			t.Errorf("Unmarshal(%s) = %v, %v, want %v", data, back, err, s)
		}
	}
}

func TestStateThatIsNoneIsAnError(t *testing.T) {
	none := scope.StateClosed + 1
	if got, want := none.String(), "State(5)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	for _, text := range []string{`"Open"`, `""`, `"State(5)"`, `1`} {
		s := scope.StateDraining
		if err := json.Unmarshal([]byte(text), &s); err == nil || s != scope.StateDraining {
			t.Errorf("Unmarshal(%s) = %v, %v, want an error", text, s, err)
		}
	}
}
