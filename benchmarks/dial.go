package benchmarks

import (
	"context"
	"net"
	"strconv"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/contrib/dialtest"
	"github.com/rxscope/rxscope/dial"
)

// dialRows connect n times to an address on the loopback that accepts at once, and
// hang up.
func dialRows() []duel.Row {
	type dialer func(ctx context.Context, network, address string) (net.Conn, error)
	each := func(literal bool, make func(r *net.Resolver) dialer) func(n int) func() int {
		return func(n int) func() int {
			w := need(dialtest.New())
			h := need(w.AddHost(dialtest.Host{Name: "host.test", V4: []dialtest.Kind{dialtest.Alive}}))
			address := h.Address()
			if literal {
				address = net.JoinHostPort(h.Addrs[0].String(), strconv.Itoa(h.Port))
			}
			dial := make(w.Resolver())
			return func() (made int) {
				for range n {
					c := need(dial(context.Background(), "tcp", address))
					_ = c.(*net.TCPConn).SetLinger(0) // the kernel keeps nothing of it
					_ = c.Close()
					made++
				}
				_ = w.Close()
				return made
			}
		}
	}
	std := func(r *net.Resolver) dialer { return (&net.Dialer{Resolver: r}).DialContext }
	ours := func(r *net.Resolver) dialer { return (&dial.Dialer{Resolver: r}).DialContext }
	row := func(name string, literal bool, ratio float64) duel.Row {
		return duel.Row{
			Name: "dial/" + name, Unit: "dial", N: 200, Want: count,
			Contestants: []duel.Contestant{
				{Name: "net.Dialer", Setup: each(literal, std)},
				{Name: "dial.Dialer", Ratio: ratio, Setup: each(literal, ours)},
			},
		}
	}
	return []duel.Row{row("literal", true, 1.05), row("name", false, 1.35)}
}

// need panics if what a row stands on is not there.
func need[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
