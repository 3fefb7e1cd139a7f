package benchmarks

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// openRows open and close something empty, n times, one after the other. The
// result counts those that were alive in between and ended afterwards.
func openRows() []duel.Row {
	const goal = 1.5
	return []duel.Row{{
		Name: "open", Unit: "scope", N: 1_000, Want: count,
		Contestants: []duel.Contestant{
			{Name: "WithCancelCause", Run: func(n int) int {
				return underCancel(func(parent context.Context) int { return openContext(parent, n) })
			}},
			{Name: "WithCancelCause,root", Run: func(n int) int { return openContext(context.Background(), n) }},
			{Name: "Child", Ratio: goal, Run: func(n int) int { return inBody(openChild(n)) }},
			{Name: "New,in-scope", Ratio: goal, Run: func(n int) int {
				return inBody(func(ctx context.Context, _ *scope.Scope) int { return openNew(ctx, n) })
			}},
			{Name: "New,root", Ratio: goal, Run: func(n int) int { return openNew(context.Background(), n) }},
			{Name: "New,root-under-cancel", Run: func(n int) int {
				return underCancel(func(parent context.Context) int { return openNew(parent, n) })
			}},
			{Name: "Run,nested", Run: func(n int) int {
				return inBody(func(ctx context.Context, _ *scope.Scope) int { return openRun(ctx, n) })
			}},
			{Name: "Run,root", Run: func(n int) int { return openRun(context.Background(), n) }},
			{Name: "errgroup.WithContext", Run: func(n int) int {
				return underCancel(func(parent context.Context) int { return openErrgroup(parent, n) })
			}},
		},
	}}
}

func openContext(parent context.Context, n int) int {
	got := 0
	for range n {
		ctx, cancel := context.WithCancelCause(parent)
		alive := ctx.Err() == nil
		cancel(nil)
		got += lived(alive, ctx)
	}
	return got
}

func openChild(n int) func(context.Context, *scope.Scope) int {
	return func(_ context.Context, parent *scope.Scope) int {
		got := 0
		for range n {
			s := parent.Child("child")
			alive := s.Context().Err() == nil
			if s.Close() == nil {
				got += lived(alive, s.Context())
			}
		}
		return got
	}
}

func openNew(ctx context.Context, n int) int {
	got := 0
	for range n {
		s := scope.New(ctx, "new")
		alive := s.Context().Err() == nil
		if s.Close() == nil {
			got += lived(alive, s.Context())
		}
	}
	return got
}

func openRun(ctx context.Context, n int) int {
	got := 0
	for range n {
		var s *scope.Scope
		alive := false
		err := scope.Run(ctx, "run", func(ctx context.Context, own *scope.Scope) error {
			s, alive = own, ctx.Err() == nil
			return nil
		})
		if err == nil {
			got += lived(alive, s.Context())
		}
	}
	return got
}

func openErrgroup(parent context.Context, n int) int {
	got := 0
	for range n {
		g, ctx := errgroup.WithContext(parent)
		alive := ctx.Err() == nil
		if g.Wait() == nil {
			got += lived(alive, ctx)
		}
	}
	return got
}

// lived is 1 if something was alive and has ended.
func lived(alive bool, ctx context.Context) int {
	if alive && ctx.Err() != nil {
		return 1
	}
	return 0
}
