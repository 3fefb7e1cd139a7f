package scope

import (
	"fmt"
	"math"
)

// A SnapshotOption bounds what a [Snapshot] lists.
type SnapshotOption interface{ applySnapshot(l *snapshotLimits) }

type snapshotOptionFunc func(l *snapshotLimits)

func (f snapshotOptionFunc) applySnapshot(l *snapshotLimits) { f(l) }

type snapshotLimits struct{ tasks, depth, children int }

func newSnapshotLimits(opts []SnapshotOption) snapshotLimits {
	l := snapshotLimits{tasks: 100, depth: math.MaxInt, children: 1000}
	for _, opt := range opts {
		if opt == nil {
			panic("scope: a SnapshotOption is nil")
		}
		opt.applySnapshot(&l)
	}
	return l
}

// MaxTasks bounds the tasks listed of each scope, of which the oldest are
// taken, and the releases. The default is 100; 0 lists none. It panics if
// n < 0.
func MaxTasks(n int) SnapshotOption {
	mustCount("MaxTasks", n)
	return snapshotOptionFunc(func(l *snapshotLimits) { l.tasks = n })
}

// MaxDepth bounds the levels of scopes that are listed below the first. The
// default is no bound; 0 lists none. It panics if n < 0.
func MaxDepth(n int) SnapshotOption {
	mustCount("MaxDepth", n)
	return snapshotOptionFunc(func(l *snapshotLimits) { l.depth = n })
}

// MaxChildren bounds the scopes listed below each scope, of which the oldest
// are taken. The default is 1000; 0 lists none. It panics if n < 0.
func MaxChildren(n int) SnapshotOption {
	mustCount("MaxChildren", n)
	return snapshotOptionFunc(func(l *snapshotLimits) { l.children = n })
}

func mustCount(fn string, n int) {
	if n < 0 {
		panic(fmt.Sprintf("scope: %s: n is %d, want at least 0", fn, n))
	}
}
