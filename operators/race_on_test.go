//go:build race

package operators_test

// raceEnabled makes long tests shorter, for the race detector makes them slow.
const raceEnabled = true
