package dial_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/rxscope/rxscope/dial"
)

// A book is a resolver that has the addresses at hand.
type book map[string][]netip.Addr

func (b book) LookupNetIP(_ context.Context, network, host string) (addrs []netip.Addr, _ error) {
	for _, a := range b[host] {
		if a.Is4() == (network == "ip4") {
			addrs = append(addrs, a)
		}
	}
	return addrs, nil
}

// The first address refuses, the second answers.
func Example() {
	server, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close() //nolint:errcheck // the program is over
	_, port, _ := net.SplitHostPort(server.Addr().String())

	d := dial.Dialer{Resolver: book{"db.example": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}}}
	conn, err := d.DialContext(context.Background(), "tcp", net.JoinHostPort("db.example", port))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close() //nolint:errcheck // the program is over
	fmt.Println("connected to", conn.RemoteAddr().(*net.TCPAddr).IP)
	// Output: connected to 127.0.0.2
}

// An HTTP client for which an address that does not answer costs a quarter of a
// second.
func ExampleTransport() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") }))
	defer server.Close()

	client := http.Client{Transport: dial.Transport()}
	resp, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	defer resp.Body.Close() //nolint:errcheck // it is read
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	// Output: hello <nil>
}

func ExampleDialError() {
	d := dial.Dialer{
		Resolver: book{"db.example": {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}},
		Attempt: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no route to host")
		},
	}
	_, err := d.Dial("tcp", "db.example:5432")
	fmt.Println(err)
	if e, ok := errors.AsType[*dial.DialError](err); ok {
		fmt.Println(len(e.Attempts), "attempts, timed out:", e.Timeout())
	}
	// Output:
	// dial tcp db.example:5432: 192.0.2.1:5432: no route to host; 192.0.2.2:5432: no route to host; lookup db.example: no addresses
	// 2 attempts, timed out: false
}

func ExampleHistory() {
	// Each host's fastest address first, and no longer a wait than its round
	// trips ask for.
	d := dial.Dialer{History: dial.NewHistory(1000), Net: net.Dialer{Timeout: 10 * time.Second}}
	client := http.Client{Transport: d.Transport()}
	client.CloseIdleConnections()
}
