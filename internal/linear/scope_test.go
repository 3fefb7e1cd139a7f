package linear_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// A scopeCall is a call on a scope: "enter" and "leave" of a task, "cancel",
// "close", or a look at its "state".
type scopeCall struct{ op string }

// A scopeOut is what it came to.
type scopeOut struct {
	ok    bool
	state scope.State
}

type scopeState struct {
	running int
	begun   bool        // to close
	seen    scope.State // the furthest
}

func scopeOf(limit int) object[scopeState, scopeCall, scopeOut] {
	step := func(s scopeState, c scopeCall, out scopeOut) (scopeState, bool) {
		switch c.op {
		case "enter":
			if !out.ok {
				return s, s.begun
			}
			s.running++
			return s, !s.begun && s.running <= limit
		case "leave":
			s.running--
			return s, true
		case "cancel":
			s.begun = true
			return s, true
		case "closed":
			s.seen = scope.StateClosed
			return s, s.begun && s.running == 0
		default:
			ok := out.state >= s.seen && (out.state == scope.StateOpen) == !s.begun
			if out.state == scope.StateClosed {
				ok = ok && s.running == 0
			}
			s.seen = out.state
			return s, ok
		}
	}
	return object[scopeState, scopeCall, scopeOut]{init: scopeState{seen: scope.StateOpen}, step: step}
}

func TestScopeIsLinearizable(t *testing.T) {
	for _, limit := range []int{1, 2} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			scopeOf(limit).check(t, func(rnd *rand.Rand, h *history) { useScope(rnd, h, limit) })
		})
	}
}

var errDone = errors.New("done")

// useScope has clients work in a scope with a limit, look at its state, and close it.
func useScope(rnd *rand.Rand, h *history, limit int) {
	s := scope.New(context.Background(), "work", scope.WithLimit(limit))
	var clients []func(pause func())
	for i := range 1 + rnd.IntN(3) {
		n := 1 + rnd.IntN(4)
		clients = append(clients, func(pause func()) {
			for range n {
				pause()
				work(h, 1+i, s, pause)
			}
		})
	}
	for i := range rnd.IntN(3) {
		clients = append(clients, func(pause func()) {
			for range 3 {
				pause()
				h.do(5+i, scopeCall{"state"}, func() any { return scopeOut{state: s.State()} })
			}
		})
	}
	clients = append(clients, func(pause func()) {
		pause()
		pause()
		h.do(9, scopeCall{"cancel"}, func() any { s.Cancel(errDone); return scopeOut{} })
		h.do(9, scopeCall{"closed"}, func() any { _ = s.Close(); return scopeOut{} })
	})
	h.run(rnd, clients...)
}

// work is one task, on the goroutine of the client.
func work(h *history, client int, s *scope.Scope, pause func()) {
	begin := h.clock.Add(1)
	err := s.Do(s.Context(), func(context.Context) error {
		h.add(client, scopeCall{"enter"}, scopeOut{ok: true}, begin)
		pause()
		begin = h.clock.Add(1)
		return nil
	})
	switch {
	case err == nil:
		h.add(client, scopeCall{"leave"}, scopeOut{}, begin)
	case errors.Is(err, scope.ErrClosed):
		h.add(client, scopeCall{"enter"}, scopeOut{}, begin)
	default:
		panic(err)
	}
}

func TestModelOfTheScopeRejects(t *testing.T) {
	enter, leave, cancel, closed := scopeCall{"enter"}, scopeCall{"leave"}, scopeCall{"cancel"}, scopeCall{"closed"}
	yes, no, state := scopeOut{ok: true}, scopeOut{}, func(s scope.State) scopeOut { return scopeOut{state: s} }
	look := scopeCall{"state"}
	o := scopeOf(1)
	o.rejects(t, "two at a time", enter, yes, enter, yes)
	o.rejects(t, "refused while it is open", enter, no)
	o.rejects(t, "taken after the end", cancel, no, enter, yes)
	o.rejects(t, "closed with a task", enter, yes, cancel, no, closed, no, leave, no)
	o.rejects(t, "back to an earlier state", cancel, no, look, state(scope.StateCancelling), look, state(scope.StateDraining))
	o.rejects(t, "open after the end", cancel, no, look, state(scope.StateOpen))
}
