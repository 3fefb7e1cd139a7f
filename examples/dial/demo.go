package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/rxscope/rxscope/contrib/dialtest"
	"github.com/rxscope/rxscope/dial"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

const (
	alive    = dialtest.Alive
	refuses  = dialtest.Refuses
	swallows = dialtest.Swallows
)

type kinds = []dialtest.Kind

// demoHosts are the cases of the demonstration.
var demoHosts = []dialtest.Host{
	{Name: "alive.test", V6: kinds{alive}, V4: kinds{alive}},
	{Name: "refused-chain.test", V6: kinds{refuses}, V4: kinds{refuses, refuses, alive}},
	{Name: "ipv6-hole.test", V6: kinds{swallows}, V4: kinds{alive}},
	{Name: "first-is-dead.test", V4: kinds{swallows, alive}},
	{Name: "one-of-six.test", V4: kinds{swallows, swallows, swallows, swallows, swallows, alive}},
	{Name: "no-answer-for-aaaa.test", V4: kinds{alive}, AAAA: dialtest.Answer{Drop: true}},
	{Name: "late-aaaa.test", V6: kinds{alive}, V4: kinds{swallows}, AAAA: dialtest.Answer{After: 150 * time.Millisecond}},
}

// demoTime is what each dial has.
const demoTime = 5 * time.Second

// demoPicture is the host that -svg draws.
const demoPicture = "one-of-six.test"

// A showing is one case of the demonstration, done.
type showing struct {
	name         string
	line         *timeline
	ours, theirs result
}

// demo makes a network and dials in it. All cases are tried at once, for net.Dialer
// takes its time.
func demo(ctx context.Context, o *options, out io.Writer) (err error) {
	w, err := dialtest.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	try := func(ctx context.Context, spec dialtest.Host) (showing, error) {
		h, err := w.AddHost(spec)
		if err != nil {
			return showing{}, err
		}
		return show(ctx, o, w, h), nil
	}
	faster := 0
	for s, err := range operators.MapOrdered(stream.FromSlice(demoHosts), len(demoHosts), try).All(ctx) {
		if err != nil {
			return err
		}
		picture := *o
		if s.name != demoPicture {
			picture.svg = ""
		}
		if err := picture.show(out, s.name, s.line, s.ours); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "  net.Dialer %v\n\n", s.theirs); err != nil {
			return err
		}
		if s.ours.err == nil && (s.theirs.err != nil || s.theirs.took > 2*s.ours.took) {
			faster++
		}
	}
	_, err = fmt.Fprintf(out, "%d hosts, %d times net.Dialer failed or took more than twice as long.\n", len(demoHosts), faster)
	return err
}

// show dials one host both ways.
func show(ctx context.Context, o *options, w *dialtest.World, h *dialtest.Host) showing {
	s := showing{name: h.Name, line: new(timeline)}
	d := dial.Dialer{Resolver: w.Resolver(), AttemptDelay: o.delay, Net: net.Dialer{Timeout: demoTime}, Trace: s.line.note}
	s.ours = once(ctx, d.DialContext, o.network, h.Address())
	s.line.end(s.ours)
	std := net.Dialer{Resolver: w.Resolver(), Timeout: demoTime}
	s.theirs = once(ctx, std.DialContext, o.network, h.Address())
	return s
}
