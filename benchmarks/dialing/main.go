// Dialing measures how long it takes to connect where addresses or name servers do
// not answer, beside net.Dialer, on the loopback. Each attempt begins later by the
// round trip that the loopback does not have.
//
//	go run -C benchmarks ./dialing [-n N] [-rtt D] [-cases REGEXP]
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/miekg/dns"

	"github.com/rxscope/rxscope/contrib/dialtest"
	"github.com/rxscope/rxscope/dial"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dialing:", err)
		os.Exit(1)
	}
}

const (
	alive    = dialtest.Alive
	refuses  = dialtest.Refuses
	swallows = dialtest.Swallows
)

type kinds = []dialtest.Kind

// A scenario is a host, and the time that a dial has.
type scenario struct {
	name    string
	host    dialtest.Host
	timeout time.Duration
	times   int     // how often net.Dialer is measured, for it may take long
	goal    float64 // at least, as the quotient of the times
}

var scenarios = []scenario{
	{"alive first, of two families", dialtest.Host{V6: kinds{alive}, V4: kinds{alive}}, 10 * time.Second, 0, 0.95},
	{"six refuse, then alive", dialtest.Host{V6: kinds{refuses}, V4: kinds{refuses, refuses, refuses, refuses, refuses, alive}}, 10 * time.Second, 0, 0.95},
	{"hole, then alive, of one family, 10 s", dialtest.Host{V4: kinds{swallows, alive}}, 10 * time.Second, 1, 15},
	{"1 of 6 alive, 30 s", dialtest.Host{V4: kinds{swallows, swallows, swallows, swallows, swallows, alive}}, 30 * time.Second, 1, 18},
	{"AAAA dropped", dialtest.Host{V4: kinds{alive}, AAAA: dialtest.Answer{Drop: true}}, 30 * time.Second, 1, 100},
	{"A dropped", dialtest.Host{V6: kinds{alive}, A: dialtest.Answer{Drop: true}}, 30 * time.Second, 1, 100},
	{"AAAA 300 ms late", dialtest.Host{V6: kinds{refuses}, V4: kinds{alive}, AAAA: dialtest.Answer{After: 300 * time.Millisecond}}, 10 * time.Second, 5, 0},
	{"AAAA fails", dialtest.Host{V4: kinds{alive}, AAAA: dialtest.Answer{Code: dns.RcodeServerFailure}}, 10 * time.Second, 0, 0},
	{"IPv6 hole, IPv4 alive", dialtest.Host{V6: kinds{swallows}, V4: kinds{alive}}, 10 * time.Second, 5, 0},
	{"1 of 6 alive, 5 s", dialtest.Host{V4: kinds{swallows, swallows, swallows, swallows, swallows, alive}}, 5 * time.Second, 1, 0},
}

func run(args []string) error {
	flags := flag.NewFlagSet("dialing", flag.ContinueOnError)
	n := flags.Int("n", 21, "how often each dial is made, unless it takes long")
	rtt := flags.Duration("rtt", 20*time.Millisecond, "how long each attempt takes at least")
	cases := flags.String("cases", "", "measure what matches this regular expression only")
	if err := flags.Parse(args); err != nil {
		return err
	}
	match, err := regexp.Compile(*cases)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s/%s, medians\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	out := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	if _, err := fmt.Fprintln(out, "case\tnet.Dialer\tdial.Dialer\tx faster\tgoal"); err != nil {
		return err
	}
	for _, s := range scenarios {
		if !match.MatchString(s.name) {
			continue
		}
		if err := s.measure(out, *n, *rtt); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return out.Flush()
}

// measure dials in turns, and prints a line.
func (s scenario) measure(out *tabwriter.Writer, n int, rtt time.Duration) (err error) {
	w, err := dialtest.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	s.host.Name = "host.test"
	h, err := w.AddHost(s.host)
	if err != nil {
		return err
	}
	std := net.Dialer{
		Resolver: w.Resolver(), Timeout: s.timeout,
		Control: func(string, string, syscall.RawConn) error { time.Sleep(rtt); return nil },
	}
	ours := dial.Dialer{Resolver: w.Resolver(), Net: std}
	ours.Net.Resolver = nil
	var theirs, mine []sample
	for i := range n {
		if i < cmp.Or(s.times, n) {
			theirs = append(theirs, take(std.DialContext, h.Address()))
		}
		mine = append(mine, take(ours.DialContext, h.Address()))
	}
	a, b := median(theirs), median(mine)
	goal := ""
	if s.goal > 0 {
		goal = fmt.Sprintf(">= %.4g", s.goal)
	}
	_, err = fmt.Fprintf(out, "%s\t%v\t%v\t%.2f\t%s\n", s.name, a, b, float64(a.took)/float64(b.took), goal)
	return err
}

// A sample is one dial.
type sample struct {
	took   time.Duration
	failed bool
}

func (s sample) String() string {
	text := s.took.Round(10 * time.Microsecond).String()
	if s.failed {
		text += " fails"
	}
	return text
}

func take(dial func(ctx context.Context, network, address string) (net.Conn, error), address string) sample {
	begun := time.Now()
	c, err := dial(context.Background(), "tcp", address)
	s := sample{time.Since(begun), err != nil}
	if err == nil {
		_ = c.Close()
	}
	return s
}

func median(samples []sample) sample {
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.took, b.took) })
	return samples[len(samples)/2]
}
