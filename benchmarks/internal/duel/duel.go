// Package duel times functions that do the same work against each other: in
// one process, in turns, each round beside a floor of its own.
package duel

import "fmt"

// A Row is one piece of work and those who do it.
type Row struct {
	Name        string // as in "merge/sources=8"
	Unit        string // what N counts, as in "event"
	N           int    // how many of them the report has done in one call
	Want        func(n int) int
	Contestants []Contestant // the first is the floor
}

// A Contestant does the work of its row. It has either Run or Setup.
type Contestant struct {
	Name string
	// Run does the work n times, or for n items, and returns a result that is
	// Want(n) if nothing was left out.
	Run func(n int) int
	// Setup prepares the work and returns what does it; only that is timed.
	Setup func(n int) func() int
	// Ratio is the goal for the time, as a multiple of the floor's; 0: none.
	Ratio float64
	// Allocs is the goal for allocations a unit; 0: none.
	Allocs float64
}

// Do does the work once and checks the result.
func (c Contestant) Do(row Row, n int) error {
	return row.check(c.Name, n, c.ready(n)())
}

// ready returns the work itself, prepared.
func (c Contestant) ready(n int) func() int {
	if c.Setup != nil {
		return c.Setup(n)
	}
	return func() int { return c.Run(n) }
}

func (r Row) check(name string, n, got int) error {
	if want := r.Want(n); got != want {
		return fmt.Errorf("%s: %s: result of %d is %d, want %d", r.Name, name, n, got, want)
	}
	return nil
}

// A Holding is a row about memory: what one unit occupies while it is there.
type Holding struct {
	Name    string // as in "memory/parked-task"
	Unit    string
	N       int
	Holders []Holder // the first is the floor
}

// A Holder keeps something in memory.
type Holder struct {
	Name string
	// Hold makes n units and keeps them until release is called, which returns
	// how many there were.
	Hold func(n int) (release func() int)
	// Above is the goal, in bytes a unit above the floor; 0: none.
	Above float64
}
