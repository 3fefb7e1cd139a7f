package scope_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestOrderKeepsNoScopeThatHasClosed(t *testing.T) {
	// It returns how much the heap has grown by many scopes that came and went.
	grown := func(round func()) int64 {
		heap := func() int64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		round()
		before := heap()
		for range 5000 {
			round()
		}
		return heap() - before
	}
	top := scope.New(t.Context(), "top")
	last := top.Child("s")
	if n := grown(func() {
		next := top.Child("s", scope.After(last))
		mustClose(t, last)
		last = next
	}); n > 200_000 {
		t.Errorf("a chain of 5000 scopes of which one is open keeps %d bytes", n)
	}
	pool := top.Child("pool")
	if n := grown(func() { mustClose(t, top.Child("s", scope.After(pool, last))) }); n > 200_000 {
		t.Errorf("an open scope that 5000 closed ones came after keeps %d bytes", n)
	}
	mustClose(t, top)
	runtime.KeepAlive(last)
}

func TestScopeNamedTwiceInAfterClosesBeforeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(context.Background(), "top")
		a, b := top.Child("a"), top.Child("b")
		mustGo(t, a, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); return nil })
		c := top.Child("c", scope.After(a, b, a), scope.After(b))
		d.noteEnd(c.Context(), "c context ends")
		if p := top.Plan(); !slices.Equal(p.Steps[2].After, []string{"/top/a", "/top/b"}) {
			t.Errorf("Plan() = %+v, want c after a and b", p)
		}
		mustClose(t, b)
		mustClose(t, top)
		synctest.Wait()
		d.want(t, "1s c context ends")
	})
}
