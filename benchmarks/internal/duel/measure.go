package duel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// A Plan says how to measure.
type Plan struct {
	Rounds   int           // that count, of each row
	Slice    time.Duration // of one contestant in one round, about
	Patience time.Duration // with a busy machine, for each row
	Machine  Machine
}

// A Machine knows whether it has something else to do.
type Machine interface {
	Cores() float64 // that the process could get just now
	Quiet() float64 // below which a round does not count
}

// pause is how long a round waits for a machine that is busy.
const pause = 100 * time.Millisecond

// A Result is what was measured for a row.
type Result struct {
	Row    Row
	Rounds int     // on a quiet machine: those that count, or if there is none, all do
	Wanted int     // rounds that the plan asked for
	All    int     // rounds made
	Cores  float64 // that the process could get in the rounds that count, the median
	Scores []Score // in the order of the contestants
}

// A Score is what one contestant came to. Times and counts are for one unit.
type Score struct {
	Contestant Contestant
	NS         Quartiles
	Ratio      Quartiles // to the floor of the same round
	CPU        float64   // ns; more than NS if several goroutines worked
	Allocs     float64
	Bytes      float64
}

// Missed reports whether a goal was missed.
func (s Score) Missed() bool {
	c := s.Contestant
	return c.Ratio > 0 && s.Ratio.Median > c.Ratio || c.Allocs > 0 && s.Allocs > c.Allocs
}

// Measure times the contestants of row, in another order each round. A round
// waits until the machine is quiet, and is made again if the machine is busy
// when it is over, as long as the patience lasts. An error says that a
// contestant did not do the work.
func Measure(row Row, plan Plan) (Result, error) {
	turns := make([]turn, len(row.Contestants))
	for i, c := range row.Contestants {
		turns[i] = turn{row: row, contestant: c, reps: 1}
		if err := turns[i].calibrate(plan.Slice); err != nil {
			return Result{}, err
		}
	}
	var rounds []round
	order := rand.New(rand.NewPCG(1, 2))
	quiet := 0
	lost := time.Duration(0) // of the patience
	before := plan.Machine.Cores()
	for quiet < plan.Rounds && (lost < plan.Patience || len(rounds) < plan.Rounds) {
		if before < plan.Machine.Quiet() && lost < plan.Patience {
			time.Sleep(pause)
			lost += pause
			before = plan.Machine.Cores()
			continue
		}
		start := time.Now()
		r := round{samples: make([]sample, len(turns))}
		for _, i := range order.Perm(len(turns)) {
			s, err := turns[i].take()
			if err != nil {
				return Result{}, err
			}
			r.samples[i] = s
		}
		after := plan.Machine.Cores()
		r.cores = min(before, after)
		before = after
		if r.cores >= plan.Machine.Quiet() {
			quiet++
		} else {
			lost += time.Since(start)
		}
		rounds = append(rounds, r)
	}
	res := summarise(row, rounds, plan.Machine.Quiet())
	res.Wanted = plan.Rounds
	return res, nil
}

// A turn is what one contestant does in each round.
type turn struct {
	row        Row
	contestant Contestant
	reps       int
}

// A sample is one turn's measure, for one unit.
type sample struct{ ns, cpu, allocs, bytes float64 }

type round struct {
	cores   float64
	samples []sample
}

// calibrate warms up and finds how often the work fits into slice.
func (t *turn) calibrate(slice time.Duration) error {
	if err := t.contestant.Do(t.row, t.row.N); err != nil {
		return err
	}
	s, err := t.take()
	if err != nil {
		return err
	}
	t.reps = max(1, int(math.Round(float64(slice)/(s.ns*float64(t.row.N)))))
	return nil
}

// take measures one turn.
func (t *turn) take() (sample, error) {
	runtime.GC()
	var all sample
	if t.contestant.Run != nil {
		got := 0
		all = timed(func() {
			for range t.reps {
				got = t.contestant.Run(t.row.N)
			}
		})
		if err := t.row.check(t.contestant.Name, t.row.N, got); err != nil {
			return all, err
		}
		return all.per(float64(t.reps * t.row.N)), nil
	}
	for range t.reps {
		work := t.contestant.ready(t.row.N)
		got := 0
		s := timed(func() { got = work() })
		if err := t.row.check(t.contestant.Name, t.row.N, got); err != nil {
			return all, err
		}
		all = sample{all.ns + s.ns, all.cpu + s.cpu, all.allocs + s.allocs, all.bytes + s.bytes}
	}
	return all.per(float64(t.reps * t.row.N)), nil
}

func (s sample) per(units float64) sample {
	return sample{s.ns / units, s.cpu / units, s.allocs / units, s.bytes / units}
}

// timed measures one call of f.
func timed(f func()) sample {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	start := time.Now()
	f()
	elapsed := time.Since(start)
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)
	return sample{
		ns:     float64(elapsed),
		cpu:    float64(cpu),
		allocs: float64(after.Mallocs - before.Mallocs),
		bytes:  float64(after.TotalAlloc - before.TotalAlloc),
	}
}

// summarise takes the quiet rounds, or all of them if none was.
func summarise(row Row, rounds []round, enough float64) Result {
	res := Result{Row: row, All: len(rounds)}
	quiet := slices.DeleteFunc(slices.Clone(rounds), func(r round) bool { return r.cores < enough })
	if res.Rounds = len(quiet); res.Rounds > 0 {
		rounds = quiet
	}
	res.Cores = over(rounds, func(r round) float64 { return r.cores }).Median
	for i, c := range row.Contestants {
		res.Scores = append(res.Scores, Score{
			Contestant: c,
			NS:         over(rounds, func(r round) float64 { return r.samples[i].ns }),
			Ratio:      over(rounds, func(r round) float64 { return r.samples[i].ns / r.samples[0].ns }),
			CPU:        over(rounds, func(r round) float64 { return r.samples[i].cpu }).Median,
			Allocs:     over(rounds, func(r round) float64 { return r.samples[i].allocs }).Median,
			Bytes:      over(rounds, func(r round) float64 { return r.samples[i].bytes }).Median,
		})
	}
	return res
}
