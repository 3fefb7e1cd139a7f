package linear_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"go.uber.org/goleak"
)

var histories = flag.Int("histories", 1_500, "how many histories of each kind are made")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A history is what the clients of one object did.
type history struct {
	clock atomic.Int64 // orders the calls and returns
	spin  atomic.Int64 // is what takes time between them
	mu    sync.Mutex   // guards what follows
	ops   []porcupine.Operation
}

// do records a call of a client and what came of it.
func (h *history) do(client int, call any, f func() any) {
	begin := h.clock.Add(1)
	out := f()
	h.add(client, call, out, begin)
}

// run runs clients at the same time, on both of two processors: each waits for the
// other to be there before it calls anything.
func (h *history) run(rnd *rand.Rand, clients ...func(pause func())) {
	var all sync.WaitGroup
	var here atomic.Int32
	for _, client := range clients {
		pauses := rand.New(rand.NewPCG(rnd.Uint64(), 1))
		all.Go(func() {
			here.Add(1)
			for begun := time.Now(); int(here.Load()) < min(2, len(clients)) && time.Since(begun) < 20*time.Microsecond; {
			}
			client(func() {
				for range pauses.IntN(200) {
					h.spin.Add(1)
				}
				if pauses.IntN(8) == 0 {
					runtime.Gosched()
				}
			})
		})
	}
	all.Wait()
}

// add records a call that began when the clock said so, and has returned now.
func (h *history) add(client int, call, out any, begin int64) {
	end := h.clock.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: call, Output: out, Call: begin, Return: end})
}

// String lists the calls in the order in which they began.
func (h *history) String() string {
	slices.SortFunc(h.ops, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	for _, o := range h.ops {
		fmt.Fprintf(&b, "\n%3d to %3d  client %d  %+v: %+v", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return b.String()
}

// A kind of object: step says whether a call may come to out in a state, and which
// state that leads to. States are compared by their text.
type object[S, C, O any] struct {
	init S
	step func(s S, call C, out O) (next S, ok bool)
}

func (o object[S, C, O]) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return o.init },
		Step: func(s, call, out any) (bool, any) {
			next, ok := o.step(s.(S), call.(C), out.(O))
			return ok, next
		},
		Equal: func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) },
	}
}

// check makes histories and looks for an order in each. What run does is chosen by
// the seed, what comes of it by the scheduler too, so a history that has no order is
// printed.
func (o object[S, C, O]) check(t *testing.T, run func(rnd *rand.Rand, h *history)) {
	t.Helper()
	model := o.model()
	for seed := range uint64(*histories) {
		var h history
		run(rand.New(rand.NewPCG(seed, 6)), &h)
		switch porcupine.CheckOperationsTimeout(model, h.ops, time.Minute) {
		case porcupine.Illegal:
			t.Fatalf("seed %d: no order of these calls explains what they came to:%v", seed, &h)
		case porcupine.Unknown:
			t.Fatalf("seed %d: no order was found within a minute:%v", seed, &h)
		}
	}
}

// rejects fails if the model finds an order in calls that were made one after the
// other and cannot have come to what they say.
func (o object[S, C, O]) rejects(t *testing.T, name string, calls ...any) {
	t.Helper()
	var h history
	for i := 0; i < len(calls); i += 2 {
		h.do(0, calls[i], func() any { return calls[i+1] })
	}
	if porcupine.CheckOperations(o.model(), h.ops) {
		t.Errorf("%s: an order was found in%v", name, &h)
	}
}
