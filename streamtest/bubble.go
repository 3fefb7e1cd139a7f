package streamtest

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// bubble runs f in a bubble. It returns what the bubble panicked with: its
// goroutines wait for each other, or one is left.
func bubble(t *testing.T, f func(t *testing.T)) (dead any) {
	t.Helper()
	defer func() { dead = recover() }()
	synctest.Test(t, f)
	return nil
}

// goroutine returns what tells the calling goroutine from others.
func goroutine() string {
	buf := make([]byte, 64)
	head, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte(" ["))
	return string(head)
}

// left returns the stacks of goroutines of the bubble beside the caller, once
// all that can end has ended. There were fewer than before in the process
// when none was left.
func left(before int) []string {
	synctest.Wait()
	if runtime.NumGoroutine() <= before {
		return nil // and all need not be stopped to look at them
	}
	return bubbled()
}

// bubbled returns the stacks of all goroutines of the bubble but the caller's,
// that which waits for it in inPlace, and those of the bubble itself.
func bubbled() []string {
	buf := make([]byte, 1<<20)
	all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	_, mine, ok := strings.Cut(all[0], "synctest bubble ")
	mine, _, _ = strings.Cut(mine, "]")
	if !ok {
		return nil
	}
	var others []string
	for _, stack := range all[1:] {
		head, _, _ := strings.Cut(stack, "\n")
		in := strings.Contains(head, "synctest bubble "+mine+"]")
		if in && !strings.Contains(stack, "testing/synctest.Test") && !strings.Contains(stack, ".inPlace(") {
			others = append(others, stack)
		}
	}
	return others
}
