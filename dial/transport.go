package dial

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
)

// Transport returns an [http.Transport] that connects as a Dialer with the
// defaults does, with the settings of [http.DefaultTransport] otherwise: HTTP/2,
// and proxies from the environment.
func Transport() *http.Transport { return new(Dialer).Transport() }

// Transport is the function [Transport] with d.
func (d *Dialer) Transport() *http.Transport {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if std, ok := http.DefaultTransport.(*http.Transport); ok {
		t = std.Clone()
	}
	t.DialContext = d.DialContext
	t.ForceAttemptHTTP2 = true // it is off by default for those who dial themselves
	return t
}

// TLSTransport is [Dialer.Transport] for which the handshake of TLS is part of an
// attempt, as with [Dialer.DialTLS]: an address that accepts connections but does not
// get as far as TLS does not win. Connections by way of a proxy are made as with
// Transport. If config is nil, the zero Config is used.
func (d *Dialer) TLSTransport(config *tls.Config) *http.Transport {
	t := d.Transport()
	if config == nil {
		config = new(tls.Config)
	}
	t.TLSClientConfig = config.Clone()
	own := config.Clone()
	if len(own.NextProtos) == 0 {
		own.NextProtos = []string{"h2", "http/1.1"}
	}
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return d.DialTLS(ctx, network, address, own)
	}
	return t
}

// DialTLS is [Dialer.DialContext] for a [*tls.Conn], whose handshake is part of each
// attempt: the first to have shaken hands wins, as the drafts of Happy Eyeballs
// version 3 ask for, and the next attempt waits a whole delay from when TCP
// was connected. A Handshake of d comes before that. If config has no server name,
// it is the host of address; if config is nil, the zero Config is used. Networks
// that are not TCP are an error.
func (d *Dialer) DialTLS(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	if config == nil {
		config = new(tls.Config)
	}
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, opError(network, address, err)
		}
		config = config.Clone()
		config.ServerName = host
	}
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, opError(network, address, net.UnknownNetworkError(network))
	}
	return d.dial(ctx, network, address, func(ctx context.Context, conn net.Conn) (_ net.Conn, err error) {
		if d.Handshake != nil {
			if conn, err = d.Handshake(ctx, conn); err != nil {
				return nil, err
			}
		}
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // may be another than the one that was connected
			return nil, fmt.Errorf("tls handshake: %w", err)
		}
		return secure, nil
	})
}
