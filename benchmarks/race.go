package benchmarks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

// raceRows hold n races, one after the other, whose contenders all succeed at
// once, and add up the values that won.
func raceRows() []duel.Row {
	type contest func(ctx context.Context, contenders []scope.Func[int]) (int, error)
	outcome := func(o race.Outcome[int], err error) (int, error) { return o.Value, err }
	failFast := func(ctx context.Context, contenders []scope.Func[int]) (int, error) {
		return outcome(race.FailFast(ctx, contenders))
	}
	deferErrors := func(ctx context.Context, contenders []scope.Func[int]) (int, error) {
		return outcome(race.DeferErrors(ctx, contenders))
	}
	var rows []duel.Row
	for _, k := range []int{2, 8} {
		contenders := slices.Repeat([]scope.Func[int]{one}, k)
		each := func(c contest, n int) func(ctx context.Context) int {
			return func(ctx context.Context) int {
				total := 0
				for range n {
					total += must(c(ctx, contenders))
				}
				return total
			}
		}
		plain := func(c contest) func(n int) int {
			return func(n int) int { return underCancel(each(c, n)) }
		}
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("race/contenders=%d", k), Unit: "race", N: 1_000, Want: count,
			Contestants: []duel.Contestant{
				{Name: "go+record", Run: plain(raceRecord)},
				{Name: "go+wait,bare", Run: plain(raceBare)},
				{Name: "scope+record", Run: plain(raceOwned)},
				{Name: "FailFast", Run: plain(failFast)},
				{Name: "DeferErrors", Run: plain(deferErrors)},
				{Name: "DeferErrors,in-scope", Run: func(n int) int {
					return inBody(func(ctx context.Context, _ *scope.Scope) int { return each(deferErrors, n)(ctx) })
				}},
				{Name: "scope+record,in-scope", Run: func(n int) int {
					return inBody(func(ctx context.Context, _ *scope.Scope) int { return each(raceOwned, n)(ctx) })
				}},
				{Name: "errgroup", Run: plain(raceErrgroup)},
			},
		})
	}
	return rows
}

func raceRecord(ctx context.Context, contenders []scope.Func[int]) (int, error) {
	out, err := raceHand(ctx, contenders, func(int) {})
	return out.value, err
}

func raceOwned(ctx context.Context, contenders []scope.Func[int]) (int, error) {
	out, err := raceScoped(ctx, contenders, func(int) {})
	return out.value, err
}

// raceBare has the losers waited for, and promises nothing else.
func raceBare(ctx context.Context, contenders []scope.Func[int]) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex // guards what follows
		won    bool
		winner int
		errs   []error
	)
	wg.Add(len(contenders))
	for _, fn := range contenders {
		go func() {
			defer wg.Done()
			v, err := fn(ctx)
			mu.Lock()
			first := err == nil && !won
			if first {
				won, winner = true, v
			} else if err != nil {
				errs = append(errs, err)
			}
			mu.Unlock()
			if first {
				cancel(errDecided)
			}
		}()
	}
	wg.Wait()
	if !won {
		return 0, errors.Join(errs...)
	}
	return winner, nil
}

// raceErrgroup has the first success end the group as an error does.
func raceErrgroup(ctx context.Context, contenders []scope.Func[int]) (int, error) {
	g, ctx := errgroup.WithContext(ctx)
	var once sync.Once
	winner := 0
	for _, fn := range contenders {
		g.Go(func() error {
			v, err := fn(ctx)
			if err != nil {
				return nil //nolint:nilerr // a failure must not end the others
			}
			once.Do(func() { winner = v })
			return errDecided
		})
	}
	if err := g.Wait(); !errors.Is(err, errDecided) {
		return 0, errors.New("nobody won")
	}
	return winner, nil
}
