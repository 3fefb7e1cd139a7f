package queue_test

import (
	"runtime"
	"testing"
	"weak"

	"github.com/rxscope/rxscope/internal/queue"
)

// A thing is large enough to be collected by itself.
type thing struct{ _ [64]byte }

// makeThing puts a thing into the world and returns what tells whether it is
// still there.
func makeThing(give func(*thing)) weak.Pointer[thing] {
	v := new(thing)
	give(v)
	return weak.Make(v)
}

func wantGone(t *testing.T, name string, things ...weak.Pointer[thing]) {
	t.Helper()
	runtime.GC()
	for i, w := range things {
		if w.Value() != nil {
			t.Errorf("%s: item %d is still referenced after it was taken", name, i)
		}
	}
}

func TestQueueDoesNotKeepWhatWasTaken(t *testing.T) {
	q := queue.New[*thing](4, 1)
	var things []weak.Pointer[thing]
	push := func() { things = append(things, makeThing(func(v *thing) { q.Push(v) })) }
	push()
	push()
	// Never empty, and once round: the queue makes room without forgetting.
	for range 10 {
		push()
		q.Take()
	}
	wantGone(t, "Take", things[:10]...)
	if v, ok := q.Take(); v == nil || !ok {
		t.Error("Take() = nil")
	}
	runtime.KeepAlive(q)
}

func TestQueueDoesNotKeepWhatWasDrained(t *testing.T) {
	q := queue.New[*thing](4, 1)
	w := makeThing(func(v *thing) { q.Push(v) })
	batch, _ := q.Drain(nil)
	q.Push(nil)
	batch, _ = q.Drain(batch)
	wantGone(t, "Drain", w)
	runtime.KeepAlive(batch)
	runtime.KeepAlive(q)
}

func TestLineDoesNotKeepWhatWasDrained(t *testing.T) {
	l := queue.NewLine[*thing](4, 1)
	fill := func(v *thing) {
		at, _ := l.Reserve()
		l.Fill(at, v)
	}
	first, second := makeThing(fill), makeThing(fill)
	batch, _ := l.Drain(nil)
	fill(nil)
	batch, _ = l.Drain(batch) // one item, where there were two
	wantGone(t, "Drain", first, second)
	runtime.KeepAlive(batch)
	runtime.KeepAlive(l)
}
