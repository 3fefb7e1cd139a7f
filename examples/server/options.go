package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/rxscope/rxscope/scope"
)

const badUsage = 2 // exit status

type options struct {
	addr     string
	dir      string
	demo     time.Duration
	timeouts scope.Timeouts
	total    time.Duration
}

// parse reads the command line. If that leaves nothing to do, ok is false and
// status is the one to exit with.
func parse(args []string, stderr io.Writer) (opts options, status int, ok bool) {
	opts.timeouts = scope.DefaultTimeouts()
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "serve on `host:port`; port 0 is a free one")
	flags.StringVar(&opts.dir, "dir", "", "keep the databases in `folder`; a temporary one if empty")
	flags.DurationVar(&opts.demo, "demo", 0, "serve clients of its own on a free port for `d`, then end")
	flags.DurationVar(&opts.timeouts.Drain, "drain", opts.timeouts.Drain, "how long each scope waits for its tasks")
	flags.DurationVar(&opts.timeouts.Cancel, "cancel", opts.timeouts.Cancel, "how long it waits for them after that, with their context ended")
	flags.DurationVar(&opts.total, "total", 25*time.Second, "how long the whole server may take to shut down")

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return opts, 0, false
	case err != nil:
		return opts, badUsage, false
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "server: unexpected argument %q\n", flags.Arg(0))
		return opts, badUsage, false
	case opts.demo < 0:
		_, _ = fmt.Fprintf(stderr, "server: -demo is %v, want a time\n", opts.demo)
		return opts, badUsage, false
	}
	if opts.demo > 0 {
		opts.addr = "127.0.0.1:0"
	}
	return opts, 0, true
}
