// Package dial connects to a host by trying its addresses as a race, as RFC 8305
// says (Happy Eyeballs, version 2): an address that does not answer costs a quarter
// of a second, not the whole time there is.
//
// A [Dialer] stands wherever a [net.Dialer] does, and [Transport] gives an HTTP
// client with it. What it does for a host:
//
//   - It asks for IPv6 and IPv4 addresses at once and does not wait for both: IPv4
//     addresses wait 50 ms for IPv6 ones, and a family that has no answer holds up
//     nobody.
//   - It sorts the addresses as RFC 6724 says, alternates the families, and starts an
//     attempt every 250 ms, or at once when the newest has failed. What is answered
//     late joins those that have not been tried.
//   - The first to connect, or to shake hands, wins. The others are stopped; what
//     they connect yet is closed.
//   - When the context ends, the dial returns in that instant, with the cause and with
//     all that was tried in a [DialError].
//
// Attempts and lookups are tasks of a scope named race under the scope of the
// context: they are seen in its tree, and end with it. The table of what the RFC asks
// for, with the test for each line, is in docs/dialing.md.
package dial
