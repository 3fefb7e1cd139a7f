package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const clearLine = "\x1b[2K\r"

func TestErrorsAreNotWrittenOnTheDisplay(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := newConsole(&stdout, &stderr, false)
	c.bar = newBar(&stderr)
	c.drawBar()
	if stderr.Len() == 0 {
		t.Fatal("nothing drawn")
	}
	stderr.Reset()
	c.fail(errors.New("boom"))
	if got, want := stderr.String(), clearLine+"digest: boom\n"; got != want {
		t.Errorf("stderr = %q, want %q", got, want)
	}
}

func TestHashesOnATerminalAreNotWrittenOnTheDisplay(t *testing.T) {
	var both bytes.Buffer
	c := newConsole(&both, &both, false)
	c.bar, c.live = newBar(&both), true
	c.drawBar()
	both.Reset()
	if err := c.sum(sum{path: "a"}); err != nil {
		t.Fatal(err)
	}
	if got := both.String(); !strings.HasPrefix(got, clearLine) || !strings.HasSuffix(got, "  a\n") {
		t.Errorf("terminal = %q, want a cleared line and the hash", got)
	}
}

func TestDisplayIsClearedBeforeTheSummary(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := newConsole(&stdout, &stderr, false)
	c.bar = newBar(&stderr)
	c.drawBar()
	stderr.Reset()
	if status := c.finish(t.Context(), nil); status != 0 || !strings.HasPrefix(stderr.String(), clearLine+"digest: 0 files") {
		t.Errorf("finish = %d, %q; want 0, a cleared line and the summary", status, &stderr)
	}
}

func TestDisplayIsDrawnTenTimesASecondUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		c := newConsole(&stdout, &stderr, false)
		c.bar = newBar(&stderr)
		errEnd := errors.New("end")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 550*time.Millisecond, errEnd)
		defer cancel()
		begin := time.Now()
		err := c.showProgress(ctx)
		if took := time.Since(begin); took != 550*time.Millisecond || !errors.Is(err, errEnd) {
			t.Errorf("showProgress = %v after %v, want the cause after 550 ms", err, took)
		}
		if got := strings.Count(stderr.String(), "0 files, 0 errors"); got != 5 {
			t.Errorf("%d drawings in %q, want 5", got, &stderr)
		}
	})
}

func TestNoDisplayWithoutATerminal(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := newConsole(&stdout, &stderr, false)
	if err := c.showProgress(t.Context()); err != nil || c.bar != nil {
		t.Errorf("showProgress = %v with display %v, want none and an end at once", err, c.bar)
	}
}
