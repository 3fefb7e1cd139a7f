package dial_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/dial"
	"github.com/rxscope/rxscope/scope"
)

func TestAddressesThatAreTheSame(t *testing.T) {
	mapped := addr("::ffff:192.0.2.1")
	runScenarios(t, []scenario{
		{
			"4in6 is IPv4", nil, addrs(mapped),
			nil, "0s 192.0.2.1", "20ms 192.0.2.1",
		},
		{
			"and no IPv6 to alternate with", addrs(v6a), addrs(mapped, v4b),
			func(w *world) {
				for a := range w.hosts {
					w.hosts[a] = hole
				}
				w.hosts[v4b] = alive
			},
			"0s 2001:db8::a, 250ms 192.0.2.1, 500ms 192.0.2.2", "520ms 192.0.2.2",
		},
		{
			"duplicates are tried once", addrs(v6a, v6a), addrs(mapped, v4a, v4b),
			func(w *world) { w.hosts[v6a], w.hosts[v4a] = refused, refused },
			"0s 2001:db8::a, 20ms 192.0.2.1, 40ms 192.0.2.2", "60ms 192.0.2.2",
		},
	})
}

func TestLiteralsAreNotLookedUp(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:80":       "192.0.2.1",
		"[2001:db8::a]:80":   "2001:db8::a",
		"[fe80::1%eth0]:80":  "fe80::1%eth0",
		"[::ffff:1.2.3.4]:1": "1.2.3.4",
	} {
		inWorld(t, nil, nil, func(t *testing.T, w *world) {
			w.hosts[addr(want)] = alive
			got, err := w.runTo(t, t.Context(), "tcp", address)
			if err != nil || got != "20ms "+want || len(w.asked) != 0 {
				t.Errorf("%s: won %s, %v, asked %v, want %s and no question", address, got, err, w.asked, want)
			}
		})
	}
}

func TestNetworkAndLocalAddressChooseTheFamily(t *testing.T) {
	for _, c := range []struct {
		network, local string
		asked, want    string
	}{
		{"tcp4", "", "0s ip4", "20ms 192.0.2.1"},
		{"tcp6", "", "0s ip6", "20ms 2001:db8::a"},
		{"tcp", "192.0.2.99", "0s ip4", "20ms 192.0.2.1"},
		{"tcp", "2001:db8::99", "0s ip6", "20ms 2001:db8::a"},
	} {
		inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
			if c.local != "" {
				w.Net.LocalAddr = &net.TCPAddr{IP: net.ParseIP(c.local)}
			}
			got, err := w.runTo(t, t.Context(), c.network, "host:80")
			if asked := strings.Join(w.asked, ", "); err != nil || got != c.want || asked != c.asked {
				t.Errorf("%+v: won %s, %v, asked %s", c, got, err, asked)
			}
		})
	}
	d := dial.Dialer{Net: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}}
	if _, err := d.Dial("tcp6", "host:80"); err == nil || !strings.Contains(err.Error(), "mismatched local address type") {
		t.Errorf("error %v, want a mismatch", err)
	}
}

func TestErrorsNameWhatWasTried(t *testing.T) {
	noHost := &net.DNSError{Err: "no such host", Name: "host", IsNotFound: true}
	for _, c := range []struct {
		name   string
		v6, v4 []netip.Addr
		set    func(w *world)
		is     []error
		want   string
	}{
		{
			"all refuse", addrs(v6a), addrs(v4a),
			func(w *world) { w.hosts[v6a], w.hosts[v4a] = refused, refused },
			[]error{syscall.ECONNREFUSED},
			"dial tcp host:80: [2001:db8::a]:80: connection refused; 192.0.2.1:80: connection refused",
		},
		{
			"no such host", nil, nil,
			func(w *world) { w.names["ip6"], w.names["ip4"] = answered{err: noHost}, answered{err: noHost} },
			[]error{noHost},
			"dial tcp host:80: lookup host: no such host",
		},
		{
			"two empty answers", nil, nil, nil, nil,
			"dial tcp host:80: lookup host: no addresses",
		},
		{
			"attempts before lookups", nil, addrs(v4a),
			func(w *world) {
				w.names["ip6"] = answered{err: errCut}
				w.hosts[v4a] = refused
			},
			[]error{errCut, syscall.ECONNREFUSED},
			"dial tcp host:80: 192.0.2.1:80: connection refused; cut by the test",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, c.v6, c.v4, func(t *testing.T, w *world) {
				if c.set != nil {
					c.set(w)
				}
				_, err := w.run(t, t.Context())
				if err == nil || err.Error() != c.want {
					t.Fatalf("error %v, want %s", err, c.want)
				}
				for _, is := range c.is {
					if !errors.Is(err, is) {
						t.Errorf("error %v is not %v", err, is)
					}
				}
				op, ok := err.(*net.OpError) //nolint:errorlint // what net.Dialer returns
				if !ok || op.Op != "dial" || op.Net != "tcp" || op.Timeout() || op.Addr.String() != "host:80" || op.Addr.Network() != "tcp" {
					t.Errorf("error %#v, want the OpError of a dial", err)
				}
				if (&url.Error{Err: err}).Timeout() {
					t.Error("Timeout() = true, but no deadline was there")
				}
			})
		})
	}
}

func TestErrorOfManyAddressesIsShort(t *testing.T) {
	var many []netip.Addr
	for i := range 1000 {
		many = append(many, netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}))
	}
	inWorld(t, nil, many, func(t *testing.T, w *world) {
		clear(w.hosts) // all refuse
		_, err := w.run(t, t.Context())
		e, ok := errors.AsType[*dial.DialError](err)
		if !ok || len(e.Attempts) != 1000 || len(err.Error()) > 500 || !strings.Contains(err.Error(), "; and 992 more attempts") {
			t.Errorf("error %v of %d attempts, want a short one of 1000", err, len(e.Attempts))
		}
		if last := e.Attempts[999]; last.Started != 999*20*ms || last.Elapsed != 20*ms || !errors.Is(last.Err, syscall.ECONNREFUSED) {
			t.Errorf("last attempt %+v", last)
		}
	})
}

func TestTimeoutIsToldOnlyIfADeadlineEndedTheDial(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(w *world)
		with func(ctx context.Context) (context.Context, context.CancelFunc)
		want bool
	}{
		{"deadline of the context", nil, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 300*ms)
		}, true},
		{"Timeout", func(w *world) { w.Net.Timeout = 300 * ms }, nil, true},
		{"Deadline", func(w *world) { w.Net.Deadline = time.Now().Add(300 * ms) }, nil, true},
		{"both, the earlier counts", func(w *world) {
			w.Net.Timeout = 300 * ms
			w.Net.Deadline = time.Now().Add(time.Hour)
		}, nil, true},
		{"cancelled", nil, func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(300*ms, cancel)
			return ctx, cancel
		}, false},
		{"the kernel gave up", func(w *world) {
			w.hosts[v6a] = host{after: 290 * ms, err: syscall.ETIMEDOUT}
			w.hosts[v4a] = host{after: 50 * ms, err: syscall.ETIMEDOUT}
		}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
				w.hosts[v6a], w.hosts[v4a] = refused, hole
				if c.set != nil {
					c.set(w)
				}
				ctx := t.Context()
				if c.with != nil {
					var cancel context.CancelFunc
					ctx, cancel = c.with(ctx)
					defer cancel()
				}
				took, err := w.run(t, ctx)
				e, _ := errors.AsType[*dial.DialError](err)
				if took != "300ms" || e == nil || (&url.Error{Err: err}).Timeout() != c.want || len(e.Attempts) != 2 {
					t.Fatalf("%s, %v, want a failure with two attempts at 300ms", took, err)
				}
				if errors.Is(err, context.DeadlineExceeded) != c.want {
					t.Errorf("error %v, want DeadlineExceeded in it: %v", err, c.want)
				}
				var ne net.Error
				if !errors.As(err, &ne) || ne.Timeout() != c.want {
					t.Errorf("error %v as net.Error, want Timeout() to be %v", err, c.want)
				}
			})
		})
	}
}

func TestHandshakeIsPartOfTheAttempt(t *testing.T) {
	shake := func(after map[netip.Addr]host) func(context.Context, net.Conn) (net.Conn, error) {
		return func(ctx context.Context, c net.Conn) (net.Conn, error) {
			h := after[c.(*conn).at.Addr()]
			if err := rest(ctx, h.after, h.deaf); err != nil {
				return nil, err
			}
			return c, h.err
		}
	}
	runScenarios(t, []scenario{
		{
			"the first to shake hands wins", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.hosts[v6a] = host{after: 100 * ms}
				w.Handshake = shake(map[netip.Addr]host{v6a: {after: time.Hour}, v4a: {after: 50 * ms}})
			},
			"0s 2001:db8::a, 350ms 192.0.2.1", "420ms 192.0.2.1", // 250 ms after TCP was connected
		},
		{
			"who fails has failed", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.Handshake = shake(map[netip.Addr]host{v6a: {after: 10 * ms, err: errCut}})
			},
			"0s 2001:db8::a, 30ms 192.0.2.1", "50ms 192.0.2.1",
		},
		{
			"a panic too", addrs(v6a), addrs(v4a),
			func(w *world) {
				w.Handshake = func(_ context.Context, c net.Conn) (net.Conn, error) {
					if c.(*conn).at.Addr() == v6a {
						panic("no hands")
					}
					return c, nil
				}
			},
			"0s 2001:db8::a, 20ms 192.0.2.1", "40ms 192.0.2.1",
		},
	})
}

func TestPanicAndGoexitOfAttemptsAreInTheError(t *testing.T) {
	inWorld(t, addrs(v6a, v6b), nil, func(t *testing.T, w *world) {
		w.Handshake = func(_ context.Context, c net.Conn) (net.Conn, error) {
			if c.(*conn).at.Addr() == v6a {
				panic(errCut)
			}
			runtime.Goexit()
			return c, nil
		}
		_, err := w.run(t, t.Context())
		if !errors.Is(err, errCut) || !errors.Is(err, scope.ErrGoexit) || strings.Contains(err.Error(), "is being tried") {
			t.Errorf("error %v, want the panic and the Goexit", err)
		}
	})
	// They have ended for the last resort too.
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		noIPv4(w)
		w.Handshake = func(_ context.Context, c net.Conn) (net.Conn, error) {
			if c.(*conn).at.Addr() == v6a {
				panic(errCut)
			}
			return c, nil
		}
		w.wantDial(t, "0s 2001:db8::a, 20ms 64:ff9b::c000:201", "40ms 64:ff9b::c000:201")
	})
}

func TestNoConnectionAndNoErrorIsAnError(t *testing.T) {
	inWorld(t, addrs(v6a), nil, func(t *testing.T, w *world) {
		w.Handshake = func(context.Context, net.Conn) (net.Conn, error) { return nil, nil }
		if _, err := w.run(t, t.Context()); err == nil || !strings.Contains(err.Error(), "neither a connection nor an error") {
			t.Errorf("error %v", err)
		}
	})
	d := dial.Dialer{Attempt: func(context.Context, string, string) (net.Conn, error) { return nil, nil }}
	if _, err := d.Dial("tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "neither a connection nor an error") {
		t.Errorf("error %v", err)
	}
}

func TestAttemptsAndLookupsAreSeenInTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(addrs(v6a), addrs(v4a))
		w.hosts[v6a] = host{after: time.Minute, deaf: true}
		w.names["ip4"] = answered{after: 100 * ms, addrs: addrs(v4a)}
		s := scope.New(t.Context(), "server")
		tasks := func() (names []string) {
			for _, child := range s.Snapshot().Children {
				for _, task := range child.Tasks {
					names = append(names, child.Name+" "+task.Name)
				}
			}
			return names
		}
		if err := s.Go(t.Context(), func(ctx context.Context) error {
			c, err := w.DialContext(ctx, "tcp", "host:80")
			if err == nil {
				err = c.Close()
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * ms)
		if got, want := fmt.Sprint(tasks()), "[race lookup ip4 race [2001:db8::a]:80]"; got != want {
			t.Errorf("tasks %s, want %s", got, want)
		}
		time.Sleep(time.Second) // the dial is over
		if got, want := fmt.Sprint(tasks()), "[race [2001:db8::a]:80]"; got != want {
			t.Errorf("tasks %s, want %s until it ends", got, want)
		}
		if err := s.Shutdown(t.Context()); err == nil {
			t.Error("Shutdown() = nil, want the attempt to be named that does not end")
		}
		time.Sleep(time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open != 0 {
			t.Errorf("%d connections are open", w.open)
		}
	})
}

func TestPanicOfAResolverIsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(addrs(v6a), addrs(v4a))
		d := w.Dialer
		d.Resolver = panicking{w}
		s := scope.New(t.Context(), "server", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
		if err := s.Do(t.Context(), func(ctx context.Context) error {
			c, err := d.DialContext(ctx, "tcp", "host:80")
			if err == nil {
				err = c.Close()
			}
			return err
		}); err != nil {
			t.Errorf("DialContext() = %v, want a connection by the other family", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
}

type panicking struct{ w *world }

func (p panicking) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if network == "ip6" {
		panic("no resolver")
	}
	return p.w.LookupNetIP(ctx, network, host)
}

func TestHooksOfHTTPTraceAreCalledAsPackageNetDoes(t *testing.T) {
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		w.hosts[v6a] = hole
		w.names["ip4"] = answered{after: 100 * ms, addrs: addrs(v4a)}
		var told []string
		d := w.Dialer
		d.Resolver = tracing{w, t}
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			DNSStart: func(i httptrace.DNSStartInfo) { told = append(told, "start "+i.Host) },
			DNSDone:  func(i httptrace.DNSDoneInfo) { told = append(told, fmt.Sprint("done ", i.Addrs, i.Err)) },
		})
		c, err := d.DialContext(ctx, "tcp", "host:80")
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if got, want := strings.Join(told, ", "), "start host, done [{2001:db8::a }] <nil>"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	})
	inWorld(t, nil, nil, func(t *testing.T, w *world) {
		var done []httptrace.DNSDoneInfo
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			DNSDone: func(i httptrace.DNSDoneInfo) { done = append(done, i) },
		})
		if _, err := w.run(t, ctx); err == nil || len(done) != 1 || done[0].Err == nil {
			t.Errorf("told %+v, %v, want one end with an error", done, err)
		}
	})
}

// A tracing resolver looks whether it could call the hooks.
type tracing struct {
	*world
	t *testing.T
}

func (r tracing) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if httptrace.ContextClientTrace(ctx) != nil {
		r.t.Error("the resolver sees the hooks")
	}
	return r.world.LookupNetIP(ctx, network, host)
}

func TestTraceTellsEachInstant(t *testing.T) {
	inWorld(t, addrs(v6a), addrs(v4a), func(t *testing.T, w *world) {
		w.hosts[v6a] = host{after: 400 * ms, deaf: true}
		w.names["ip4"] = answered{after: 100 * ms, addrs: addrs(v4a)}
		w.Trace = func(e dial.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, e)
		}
		if _, err := w.run(t, t.Context()); err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range w.events {
			what := e.Addr.String()
			if e.Network != "" {
				what = strings.TrimSpace(e.Network + " " + strings.Trim(fmt.Sprint(e.Addrs), "[]"))
			}
			told = append(told, fmt.Sprint(e.At, " ", e.Kind, " ", what))
		}
		slices.Sort(told[:4]) // of one instant
		const want = `0s answer ip6 2001:db8::a
0s attempt [2001:db8::a]:80
0s lookup ip4
0s lookup ip6
100ms answer ip4 192.0.2.1
250ms attempt 192.0.2.1:80
270ms end 192.0.2.1:80
270ms won 192.0.2.1:80
400ms end [2001:db8::a]:80
400ms closed [2001:db8::a]:80`
		got := strings.Join(told, "\n")
		if got != want {
			t.Errorf("told\n%s\nwant\n%s", got, want)
		}
	})
	if got, want := dial.Kind(99).String(), "unknown"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func TestBadAddressesAreErrors(t *testing.T) {
	var d dial.Dialer
	for address, want := range map[string]string{
		"host":         "dial tcp host: address host: missing port in address",
		"host:nothing": "dial tcp host:nothing: lookup tcp/nothing: unknown port",
	} {
		if _, err := d.Dial("tcp", address); err == nil || err.Error() != want {
			t.Errorf("Dial(%q) = %v, want %q", address, err, want)
		}
	}
	if _, err := d.Dial("nonet", "host:1"); err == nil || !strings.Contains(err.Error(), "unknown network nonet") {
		t.Errorf("error %v, want an unknown network", err)
	}
	defer func() {
		if got, want := recover(), "dial: DialContext: ctx is nil"; got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	_, _ = d.DialContext(nil, "tcp", "host:1") //nolint:staticcheck // what the test is about
}
