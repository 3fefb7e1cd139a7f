package race_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

var races = flag.Int("races", 2_000, "how many random races are held")

// TestRandomRacesKeepTheGuarantees holds races of every mode with options at random,
// among contenders who succeed, fail, panic, leave, wait for their end, ignore it, or
// race themselves. When a race has returned nobody runs, unless it was told not to
// wait; every value has won or was given back, once; and the outcome is one that the
// mode allows.
func TestRandomRacesKeepTheGuarantees(t *testing.T) {
	for seed := range uint64(*races) {
		ok := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { holdRace(t, rand.New(rand.NewPCG(seed, 5))) })
		})
		if !ok {
			return
		}
	}
}

// A meeting is one random race and what is known of it.
type meeting struct {
	t   *testing.T
	rnd *rand.Rand // of the goroutine that makes the race

	mu      sync.Mutex
	running int
	begun   map[int]int  // how often each contender was called
	made    map[int]bool // the values that contenders came to
	back    map[int]int  // and how often each was given back
	failed  []int        // contenders that failed by themselves
}

// A fate is what a contender does.
type fate struct {
	after          time.Duration
	fails, panics  bool
	leaves, lasts  bool // by Goexit; until the end of its context
	deaf           bool // does not look at its context
	nested, refuse bool // races itself; is not accepted
}

func (m *meeting) fate() fate {
	f := fate{after: time.Duration(m.rnd.IntN(8)) * second / 4}
	switch m.rnd.IntN(9) {
	case 0, 1:
		f.fails = true
	case 2:
		f.panics = true
	case 3:
		f.leaves = true
	case 4:
		f.lasts = true
	case 5:
		f.deaf = true
	case 6:
		f.nested = true
	case 7:
		f.refuse = true
	}
	return f
}

func (m *meeting) contender(i int, f fate) scope.Func[int] {
	return func(ctx context.Context) (int, error) {
		m.mu.Lock()
		m.running++
		m.begun[i]++
		m.mu.Unlock()
		defer func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.running--
		}()
		alive := true
		if f.deaf {
			time.Sleep(f.after)
		} else {
			alive = rest(ctx, f.after)
		}
		switch {
		case f.lasts:
			<-ctx.Done()
			return 0, context.Cause(ctx)
		case !alive:
			return 0, context.Cause(ctx)
		case f.fails:
			m.fail(i)
			return 0, errBoom
		case f.panics:
			m.fail(i)
			panic(errCrash)
		case f.leaves:
			m.fail(i)
			runtime.Goexit()
		case f.nested:
			if o, err := race.DeferErrors(ctx, []scope.Func[int]{wins(second/8, 0), wins(second, 0)}); err != nil || o.Index != 0 {
				return 0, err
			}
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.made[i] = true
		return i, nil
	}
}

func (m *meeting) fail(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = append(m.failed, i)
}

func holdRace(t *testing.T, rnd *rand.Rand) {
	m := &meeting{t: t, rnd: rnd, begun: map[int]int{}, made: map[int]bool{}, back: map[int]int{}}
	var contenders []scope.Func[int]
	refused := map[int]bool{}
	for i := range 1 + rnd.IntN(6) {
		f := m.fate()
		refused[i] = f.refuse
		contenders = append(contenders, m.contender(i, f))
	}
	opts := []race.Option{
		race.Discard(func(i int) { m.mu.Lock(); m.back[i]++; m.mu.Unlock() }),
		race.Accept(func(_ context.Context, i int) error {
			if refused[i] {
				m.fail(i)
				return errBoom
			}
			return nil
		}),
	}
	for _, o := range []race.Option{race.Stagger(second / 3), race.Limit(1 + rnd.IntN(3)), race.Prefer(second / 2), race.AttemptTimeout(second)} {
		if rnd.IntN(4) == 0 {
			opts = append(opts, o)
		}
	}
	waits := rnd.IntN(4) > 0
	if !waits {
		opts = append(opts, race.LoserTimeout(time.Duration(rnd.IntN(3))*second/4))
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	cut := time.Minute // for who would wait for ever
	if rnd.IntN(3) == 0 {
		cut = time.Duration(rnd.IntN(16)) * second / 8
	}
	defer time.AfterFunc(cut, func() { cancel(errCut) }).Stop()
	k := 1
	var won []race.Outcome[int]
	var err error
	_ = scope.Run(ctx, "owner", func(ctx context.Context, _ *scope.Scope) error {
		one := func(o race.Outcome[int], e error) { won, err = []race.Outcome[int]{o}, e }
		switch mode := rnd.IntN(4); mode {
		case 0:
			one(race.FailFast(ctx, contenders, opts...))
		case 1:
			one(race.DeferErrors(ctx, contenders, opts...))
		case 2:
			one(race.Lazy(ctx, stream.FromSlice(contenders), opts...))
		default:
			k = 1 + rnd.IntN(3)
			won, err = race.First(ctx, k, contenders, opts...)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if waits && m.running > 0 {
			t.Errorf("%d contenders run when the race has returned", m.running)
		}
		return nil
	}, scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
	time.Sleep(time.Minute) // for contenders that were not waited for
	synctest.Wait()
	m.judge(won, err, k)
}

// judge compares what has become of the values with the outcome.
func (m *meeting) judge(won []race.Outcome[int], err error, k int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running > 0 {
		m.t.Errorf("%d contenders run for ever", m.running)
	}
	winners := map[int]bool{}
	if err == nil {
		for _, o := range won {
			winners[o.Index] = true
			if !m.made[o.Index] || o.Value != o.Index {
				m.t.Errorf("contender %d has won with %d, made %v", o.Index, o.Value, m.made)
			}
		}
		if len(winners) != k {
			m.t.Errorf("winners %v, want %d", winners, k)
		}
	}
	for i := range m.made {
		want := 1
		if winners[i] {
			want = 0
		}
		if m.back[i] != want {
			m.t.Errorf("the value of %d was given back %d times, want %d (winners %v, error %v)", i, m.back[i], want, winners, err)
		}
	}
	for i, n := range m.begun {
		if n != 1 {
			m.t.Errorf("contender %d was called %d times", i, n)
		}
	}
	m.judgeAttempts(won, err)
}

// judgeAttempts compares the attempts that the outcome tells of.
func (m *meeting) judgeAttempts(won []race.Outcome[int], err error) {
	if len(won) == 0 {
		return
	}
	last := time.Duration(0)
	var seen []int
	for _, a := range won[0].Attempts {
		if a.End < last || a.Start > a.End || slices.Contains(seen, a.Index) || m.begun[a.Index] != 1 {
			m.t.Errorf("attempts %+v: one is out of order, or was none", won[0].Attempts)
		}
		last = a.End
		seen = append(seen, a.Index)
	}
	_, timedOut := errors.AsType[*scope.TimeoutError](err)
	if lost, ok := errors.AsType[*race.Error](err); err != nil && (!ok || lost.Cause == nil && len(m.failed) == 0 && !timedOut) {
		m.t.Errorf("error %v, though nobody has failed and the race was not cut", err)
	}
}
