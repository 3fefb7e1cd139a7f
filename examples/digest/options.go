package main

import (
	"errors"
	"flag"
	"io"
	"runtime"
)

// Exit statuses.
const (
	failed      = 1
	badUsage    = 2
	interrupted = 130
)

type options struct {
	jobs           int
	ordered, quiet bool
	paths          []string
}

// parse reads the command line. If that leaves nothing to do, ok is false and
// status is the one to exit with.
func parse(args []string, stderr io.Writer) (opts options, status int, ok bool) {
	flags := flag.NewFlagSet("digest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&opts.jobs, "j", runtime.GOMAXPROCS(0), "read `N` files at a time")
	flags.BoolVar(&opts.ordered, "ordered", false, "print in the order of the walk, not as files are done")
	flags.BoolVar(&opts.quiet, "quiet", false, "show errors only: no progress, no summary")
	flags.Usage = func() {
		say(stderr, "usage: digest [-j N] [-ordered] [-quiet] PATH...")
		flags.PrintDefaults()
	}

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return opts, 0, false
	case err != nil:
		return opts, badUsage, false
	}
	opts.paths = flags.Args()
	switch {
	case opts.jobs < 1:
		say(stderr, "digest: -j is %d, want at least 1", opts.jobs)
	case len(opts.paths) == 0:
		say(stderr, "digest: no path given")
	default:
		return opts, 0, true
	}
	flags.Usage()
	return opts, badUsage, false
}
