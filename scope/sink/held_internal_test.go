package sink

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/scope"
)

func numbered(i int) held { return held{err: &scope.TaskError{Index: i}} }

// TestRingIsAQueue grows, wraps around and fills a ring beside a slice.
func TestRingIsAQueue(t *testing.T) {
	for _, limit := range []int{1, 7, 8, 9, 50} {
		r := ring{max: limit}
		var model []int
		next := 0
		for step := range 2000 {
			if step*7%11 < 6 {
				if ok := r.push(numbered(next)); ok != (len(model) < limit) {
					t.Fatalf("max %d, %d held: push() = %v", limit, len(model), ok)
				} else if ok {
					model = append(model, next)
				}
				next++
				continue
			}
			h, ok := r.pop()
			if ok != (len(model) > 0) || ok && h.err.Index != model[0] {
				t.Fatalf("max %d: pop() = %v, %v, want the first of %v", limit, h.err, ok, model)
			}
			if ok {
				model = model[1:]
			}
		}
		all := r.popAll()
		got := make([]int, len(all))
		for i, h := range all {
			got[i] = h.err.Index
		}
		if fmt.Sprint(got) != fmt.Sprint(model) || r.n != 0 {
			t.Errorf("max %d: popAll() = %v, want %v", limit, got, model)
		}
	}
}

// TestOneTokenWakesAllReaders has one wake-up stand for two errors, as when
// they come while no reader waits, and a reader that does not come back.
func TestOneTokenWakesAllReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewErrorStream(2)
		back := make(chan struct{})
		got := make(chan int, 2)
		for range 2 {
			go s.Stream()(t.Context(), func(e *scope.TaskError, _ error) bool {
				got <- e.Index
				<-back
				return false
			})
		}
		synctest.Wait()
		s.push(numbered(1))
		s.push(numbered(2))
		s.signal()
		synctest.Wait()
		if len(got) != 2 {
			t.Errorf("%d errors were read, want 2", len(got))
		}
		close(back)
	})
}
