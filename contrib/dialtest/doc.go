// Package dialtest makes a small network on the loopback, for trying how a dialer
// does in a world where addresses do not answer and name servers are slow. It
// needs no privileges, and everything it opens is closed with it.
//
// A [World] has a DNS server, whose answers can be late, failing or missing for each
// record type, and hosts whose addresses in 127.0.0.0/8 and ::1 accept
// connections, refuse them, or swallow the first packet, as a dead host behind a
// silent firewall does. For the last it listens with the shortest queue there is
// and fills that: the kernel then drops every further SYN.
//
// It runs on Linux; elsewhere [New] returns [errors.ErrUnsupported].
package dialtest
