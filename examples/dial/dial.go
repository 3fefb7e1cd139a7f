package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// A result is one dial that has ended.
type result struct {
	took  time.Duration
	where string // it led to
	err   error
}

func (r result) String() string {
	if r.err != nil {
		return fmt.Sprintf("failed after %s: %v", millis(r.took), r.err)
	}
	return fmt.Sprintf("connected to %s after %s", r.where, millis(r.took))
}

// millis is a time as people compare it.
func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// A dialer is dial.Dialer or net.Dialer.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// once dials and hangs up.
func once(ctx context.Context, dial dialer, network, address string) result {
	begun := time.Now()
	conn, err := dial(ctx, network, address)
	r := result{took: time.Since(begun), err: err}
	if err == nil {
		r.where = conn.RemoteAddr().String()
		_ = conn.Close()
	}
	return r
}

// dialTimes dials as often as the options say, and shows the first time in full.
func dialTimes(ctx context.Context, o *options, out io.Writer) error {
	var results, others []result
	for i := range o.times {
		line := new(timeline)
		d := dial.Dialer{AttemptDelay: o.delay, Net: net.Dialer{Timeout: o.timeout}, Trace: line.note}
		r := once(ctx, o.ours(&d), o.network, o.address)
		results = append(results, r)
		if i == 0 {
			line.end(r)
			if err := o.show(out, o.address, line, r); err != nil {
				return err
			}
		}
		if o.compare {
			others = append(others, once(ctx, o.theirs(), o.network, o.address))
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if err := summarize(out, "dial.Dialer", results); err != nil {
		return err
	}
	if o.compare {
		if err := summarize(out, "net.Dialer", others); err != nil {
			return err
		}
	}
	return results[0].err
}

// show prints a timeline, and draws it if that is asked for.
func (o *options) show(out io.Writer, title string, line *timeline, r result) error {
	if _, err := fmt.Fprintf(out, "%s: %v\n", title, r); err != nil {
		return err
	}
	if err := line.print(out); err != nil {
		return err
	}
	if o.svg == "" {
		return nil
	}
	return os.WriteFile(o.svg, line.draw(title), 0o644) //nolint:gosec // a picture for everybody
}

func (o *options) ours(d *dial.Dialer) dialer {
	if !o.tls {
		return d.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return d.DialTLS(ctx, network, address, nil)
	}
}

func (o *options) theirs() dialer {
	d := net.Dialer{Timeout: o.timeout}
	if !o.tls {
		return d.DialContext
	}
	return (&tls.Dialer{NetDialer: &d}).DialContext
}

// summarize prints the spread of the times, and where they led.
func summarize(out io.Writer, name string, results []result) error {
	times := make([]time.Duration, len(results))
	ends := make(map[string]int)
	for i, r := range results {
		times[i] = r.took
		end := r.where
		if r.err != nil {
			end = "an error"
		}
		ends[end]++
	}
	slices.Sort(times)
	_, err := fmt.Fprintf(out, "%-12s %d times: %s to %s, median %s;", name, len(results),
		millis(times[0]), millis(times[len(times)-1]), millis(times[len(times)/2]))
	for _, end := range slices.SortedFunc(maps.Keys(ends), func(a, b string) int {
		return cmp.Or(cmp.Compare(ends[b], ends[a]), cmp.Compare(a, b))
	}) {
		if err == nil {
			_, err = fmt.Fprintf(out, " %d to %s", ends[end], end)
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(out)
	}
	return err
}
