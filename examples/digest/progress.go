package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// barWidth is how many columns the display takes at most. A terminal with fewer
// would wrap it, line after line, and gets none.
const barWidth = 70

// tick is how often the display is drawn.
const tick = time.Second / 10

// newBar makes a display for work of unknown length. It draws when it is told
// to, and has no goroutine of its own.
func newBar(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionThrottle(tick/2), // once a tick, though two values change
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetRenderBlankState(false),
	)
}

// showProgress draws the display, if there is one, until ctx ends.
func (c *console) showProgress(ctx context.Context) error {
	if c.bar == nil {
		return nil
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
			c.drawBar()
		}
	}
}

func (c *console) drawBar() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bar.Describe(fmt.Sprintf("%s, %s", count(c.files, "file"), count(c.errors, "error")))
	_ = c.bar.Set64(c.read.Load()) // for the eye only, like all of it
}

// clearBar makes room for a line; the next tick draws the display anew. The
// caller holds c.mu.
func (c *console) clearBar() {
	if c.bar != nil {
		_ = c.bar.Clear() // for the eye only
	}
}
