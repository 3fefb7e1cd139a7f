package benchmarks

import (
	"context"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// fanOut is the number of children of each inner node of the tree.
const fanOut = 10

// treeRows open a tree of n and end it from its root. The result is n if all
// were alive before and none after.
func treeRows() []duel.Row {
	return []duel.Row{{
		Name: "tree", Unit: "scope", N: 100_000, Want: count,
		Contestants: []duel.Contestant{
			{Name: "WithCancelCause", Run: treeContexts},
			{Name: "Child", Run: treeScopes},
		},
	}}
}

// A node is a context that can be ended by itself, as a scope can.
type node struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func newNode(parent context.Context) node {
	ctx, cancel := context.WithCancelCause(parent)
	return node{ctx, cancel}
}

func treeContexts(n int) int {
	nodes := make([]node, n)
	nodes[0] = newNode(context.Background())
	for i := 1; i < n; i++ {
		nodes[i] = newNode(nodes[(i-1)/fanOut].ctx)
	}
	alive := nodes[n-1].ctx.Err() == nil
	nodes[0].cancel(nil)
	return ended(nodes, alive)
}

func treeScopes(n int) int {
	root := scope.New(context.Background(), "root")
	nodes := make([]*scope.Scope, n)
	nodes[0] = root
	for i := 1; i < n; i++ {
		nodes[i] = nodes[(i-1)/fanOut].Child("node")
	}
	alive := nodes[n-1].Context().Err() == nil
	if root.Close() != nil {
		return -1
	}
	got := 0
	for _, s := range nodes {
		got += lived(alive, s.Context())
	}
	return got
}

func ended(nodes []node, alive bool) int {
	got := 0
	for _, n := range nodes {
		got += lived(alive, n.ctx)
	}
	return got
}
