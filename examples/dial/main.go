// Dial connects to an address and shows how: who was looked up and tried when, who
// won, and what became of the others.
//
//	dial [-4|-6] [-n N] [-delay D] [-timeout D] [-tls] [-compare] [-svg FILE] HOST:PORT
//	dial -demo [-svg FILE]
//
// With -n it dials several times, and ends with the spread of the times; with
// -compare net.Dialer does the same. -demo makes a network of its own on the
// loopback, with a DNS server and addresses that answer, refuse or say nothing, and
// shows the cases where net.Dialer takes seconds or fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options are what the command line says.
type options struct {
	network string
	address string
	times   int
	delay   time.Duration
	timeout time.Duration
	tls     bool
	compare bool
	svg     string
	demo    bool
}

// run is the program: it does what args say and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	err = scope.Run(ctx, "dial", func(ctx context.Context, _ *scope.Scope) error {
		if o.demo {
			return demo(ctx, o, stdout)
		}
		return dialTimes(ctx, o, stdout)
	})
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "dial:", err)
		return 1
	}
	return 0
}

// parse reads the command line. It has told what is wrong with it.
func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{network: "tcp"}
	flags := flag.NewFlagSet("dial", flag.ContinueOnError)
	flags.SetOutput(stderr)
	v4 := flags.Bool("4", false, "IPv4 only")
	v6 := flags.Bool("6", false, "IPv6 only")
	flags.IntVar(&o.times, "n", 1, "how often to dial")
	flags.DurationVar(&o.delay, "delay", 0, "between attempts, at least 10ms; 0 is 250ms")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "of each dial")
	flags.BoolVar(&o.tls, "tls", false, "shake hands with TLS as part of each attempt")
	flags.BoolVar(&o.compare, "compare", false, "have net.Dialer do the same")
	flags.StringVar(&o.svg, "svg", "", "draw the first dial into this `file`")
	flags.BoolVar(&o.demo, "demo", false, "dial in a network made for it")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: dial [flags] HOST:PORT\n       dial -demo [flags]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *v4 {
		o.network = "tcp4"
	}
	if *v6 {
		o.network = "tcp6"
	}
	o.address = flags.Arg(0)
	err := o.check(flags.NArg(), *v4 && *v6)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "dial:", err)
		flags.Usage()
	}
	return o, err
}

// check reports what is wrong with the options.
func (o *options) check(args int, both bool) error {
	switch {
	case o.demo && args > 0:
		return errors.New("-demo takes no address")
	case !o.demo && args != 1:
		return errors.New("one HOST:PORT is wanted")
	case both:
		return errors.New("-4 and -6 exclude each other")
	case o.times < 1:
		return fmt.Errorf("-n is %d, want at least 1", o.times)
	case o.timeout <= 0:
		return fmt.Errorf("-timeout is %v, want more than 0", o.timeout)
	}
	return nil
}
