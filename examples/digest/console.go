package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A console is all that digest says: hashes on standard output, the rest on
// standard error, and a tally of both. It may be used by many goroutines at
// once.
type console struct {
	read  atomic.Int64 // bytes read so far, of all files
	start time.Time
	quiet bool
	live  bool // standard output is a terminal

	mu     sync.Mutex // guards what follows
	stdout *bufio.Writer
	stderr io.Writer
	line   []byte
	bar    *progressbar.ProgressBar // nil without a display

	files, bytes, errors int64
}

func newConsole(stdout, stderr io.Writer, quiet bool) *console {
	c := &console{
		start:  time.Now(),
		quiet:  quiet,
		live:   columns(stdout) > 0,
		stdout: bufio.NewWriterSize(stdout, 64<<10),
		stderr: stderr,
	}
	if columns(stderr) >= barWidth && !quiet {
		c.bar = newBar(stderr)
	}
	return c
}

// columns returns the width of a terminal, 0 if w is none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 1 {
		return 80 // it does not say
	}
	return width
}

// sum prints the line of one file.
func (c *console) sum(s sum) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files++
	c.bytes += s.size
	c.line = appendLine(c.line[:0], s)
	if c.live {
		c.clearBar()
	}
	_, err := c.stdout.Write(c.line)
	if err == nil && c.live {
		err = c.stdout.Flush()
	}
	return err
}

// fail prints an error and goes on.
func (c *console) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors++
	c.clearBar()
	say(c.stderr, "digest: %s", message(err))
}

// say writes a line on standard error. If that fails there is nowhere left to
// tell of it.
func say(stderr io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(stderr, format+"\n", args...)
}

// message returns what to say of an error. For a file that is the innermost
// error with a path, which has it as the user knows it; those around it, of the
// walk and of the scope, add only where in the program it came up.
func message(err error) string {
	var inner *fs.PathError
	for e := err; errors.As(e, &inner); e = inner.Err {
		err = inner
	}
	return printable(err.Error())
}

// finish ends the output of a run that has returned err, and returns the exit
// status.
func (c *console) finish(ctx context.Context, err error) int {
	cut := err != nil && ctx.Err() != nil
	c.mu.Lock()
	c.clearBar()
	flushed := c.stdout.Flush()
	c.mu.Unlock()

	switch {
	case !cut && (errors.Is(flushed, syscall.EPIPE) || errors.Is(err, syscall.EPIPE)):
		return failed // whoever read has seen enough, and needs no telling
	case flushed != nil && !errors.Is(flushed, syscall.EPIPE):
		c.fail(flushed)
	case err != nil && !cut:
		c.fail(err)
	}
	c.summarise(cut)
	switch {
	case cut:
		return interrupted
	case c.errors > 0:
		return failed
	}
	return 0
}

func (c *console) summarise(cut bool) {
	if c.quiet {
		return
	}
	how := ""
	if cut {
		how = "interrupted: "
	}
	say(c.stderr, "digest: %s%s, %s, %s, %.3f seconds", how, count(c.files, "file"),
		count(c.bytes, "byte"), count(c.errors, "error"), time.Since(c.start).Seconds())
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
