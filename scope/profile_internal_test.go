package scope

import (
	"runtime"
	"sync"
	"testing"
)

func TestCallsAtOnceShareOneProfile(t *testing.T) {
	const n = 100
	before := reading.asked.Load()
	got := make([]*Profile, n)
	var all sync.WaitGroup
	reading.mu.Lock()
	for i := range got {
		all.Go(func() { got[i] = goroutinesNow() })
	}
	for reading.asked.Load() < before+n {
		runtime.Gosched()
	}
	reading.mu.Unlock()
	all.Wait()
	for i, p := range got {
		if p == nil || p != got[0] {
			t.Errorf("call %d got the profile %p, call 0 %p", i, p, got[0])
		}
	}
	if reading.last != nil {
		t.Error("the profile is still held when nobody waits for it")
	}
	if p := goroutinesNow(); p == got[0] {
		t.Error("a later call got a profile that was read before it")
	}
}
