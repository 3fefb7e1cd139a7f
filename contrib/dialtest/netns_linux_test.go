package dialtest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// inside is set in the environment of a test that runs in a network of its own.
const inside = "RXSCOPE_DIALTEST_NETNS"

// network is what is on the wire of that network: a neighbour whose address is
// known and who is not there, of both families, and routes that lead nowhere.
const network = `
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.55.0.1/24 dev v0
ip addr add 2001:db8:55::1/64 dev v0 nodad
ip neigh add 10.55.0.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
ip neigh add 2001:db8:55::9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
ip route add unreachable 198.51.100.1/32
ip route add prohibit 198.51.100.2/32
`

// inNetwork runs the rest of the calling test in a network namespace of its own, by
// running the test anew as a process; it skips the test where that cannot be
// had.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		if out, err := exec.Command("sh", "-ec", network).CombinedOutput(); err != nil { //nolint:gosec // a constant
			fmt.Printf("no network: %v: %s\n", err, out)
			t.SkipNow()
		}
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=60s") //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), inside+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && len(out) == 0, strings.Contains(string(out), "--- SKIP"):
		t.Skipf("no network namespace: %v %s", err, out)
	case err != nil:
		t.Errorf("in a network of its own: %v\n%s", err, out)
	}
	return false
}

// A book is a resolver that has the addresses at hand.
type book []netip.Addr

func (b book) LookupNetIP(_ context.Context, network, _ string) (addrs []netip.Addr, _ error) {
	for _, a := range b {
		if a.Is4() == (network == "ip4") {
			addrs = append(addrs, a)
		}
	}
	return addrs, nil
}

func addrs(texts ...string) (b book) {
	for _, text := range texts {
		b = append(b, netip.MustParseAddr(text))
	}
	return b
}

// listen starts a server on all addresses of the network.
func listen(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// syns returns how many connections have been begun in this network.
func syns(t *testing.T) (begun int) {
	t.Helper()
	text, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case fields[0] != "Tcp:":
		case names == nil:
			names = fields
		default:
			for i, name := range names {
				if name == "ActiveOpens" {
					begun, err = strconv.Atoi(fields[i])
				}
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return begun
}

func TestNetworkWithAHoleInIPv6(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	d := dial.Dialer{Resolver: addrs("2001:db8:55::9", "10.55.0.1")}
	begun := time.Now()
	c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("host", listen(t)))
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 250*time.Millisecond || took > 5*time.Second {
		t.Errorf("connected after %v, want the delay of an attempt", took)
	}
	if at := c.RemoteAddr().String(); !strings.HasPrefix(at, "10.55.0.1:") {
		t.Errorf("connected to %s", at)
	}
	_ = c.Close()
}

func TestNetworkThatSaysUnreachable(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := listen(t)
	d := dial.Dialer{Resolver: addrs("198.51.100.1", "198.51.100.2", "203.0.113.1", "10.55.0.1")}
	begun := time.Now()
	c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("host", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if took := time.Since(begun); took >= 250*time.Millisecond {
		t.Errorf("connected after %v, want no delay", took)
	}
	d.Resolver = addrs("198.51.100.1", "198.51.100.2", "203.0.113.1")
	_, err = d.DialContext(t.Context(), "tcp", net.JoinHostPort("host", port))
	for _, want := range []error{syscall.EHOSTUNREACH, syscall.EACCES, syscall.ENETUNREACH} {
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v in it", err, want)
		}
	}
	// A destination without a way comes last, whatever the resolver says.
	e, ok := errors.AsType[*dial.DialError](err)
	if !ok || len(e.Attempts) != 3 {
		t.Errorf("error %v, want three attempts", err)
	}
}

func TestNoMoreSYNsThanNetDialer(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := listen(t)
	d := dial.Dialer{Resolver: addrs("2001:db8:55::1", "::1", "10.55.0.1", "127.0.0.1")}
	for _, c := range []struct {
		name string
		dial func(ctx context.Context, network, address string) (net.Conn, error)
	}{
		{"by name", func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, net.JoinHostPort("host", port))
		}},
		{"literal", d.DialContext},
		{"net.Dialer", new(net.Dialer).DialContext},
	} {
		before := syns(t)
		for range 10 {
			conn, err := c.dial(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		}
		if n := syns(t) - before; n != 10 {
			t.Errorf("%s: %d SYNs for 10 connections, want 10", c.name, n)
		}
	}
	// With a hole in front both begin two.
	d.Resolver = addrs("2001:db8:55::9", "10.55.0.1")
	before := syns(t)
	conn, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("host", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if n := syns(t) - before; n != 2 {
		t.Errorf("%d SYNs with a hole in front, want 2", n)
	}
}
