package fan

import "sync"

// A gate bounds how far one source runs ahead of what the loop has made of its
// messages.
type gate struct {
	mu     sync.Mutex // guards what follows
	opened sync.Cond
	free   int
	closed bool
}

func newGate(size int) *gate {
	g := &gate{free: size}
	g.opened.L = &g.mu
	return g
}

// pass waits for a place. It reports false if the gate was closed.
func (g *gate) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.free == 0 && !g.closed {
		g.opened.Wait()
	}
	g.free--
	return !g.closed
}

// release makes room for n more.
func (g *gate) release(n int) {
	g.mu.Lock()
	g.free += n
	g.mu.Unlock()
	g.opened.Signal()
}

func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.opened.Broadcast()
}
