//go:build !unix

package duel

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
