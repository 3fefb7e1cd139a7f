package dialtest

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

const canSwallow = true

// A swallower listens with a full queue.
type swallower struct {
	port    int
	sockets []int
}

// swallow listens at a, and fills the queue, so that every SYN is dropped from then
// on.
func swallow(a netip.AddrPort) (s *swallower, err error) {
	s = new(swallower)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("swallowing SYNs to %s: %w", a, err), s.Close())
		}
	}()
	l, err := s.socket(a.Addr())
	if err != nil {
		return s, err
	}
	if err := syscall.Bind(l, sockaddr(a)); err != nil {
		return s, err
	}
	if err := syscall.Listen(l, 0); err != nil {
		return s, err
	}
	name, err := syscall.Getsockname(l)
	if err != nil {
		return s, err
	}
	switch n := name.(type) {
	case *syscall.SockaddrInet4:
		s.port = n.Port
	case *syscall.SockaddrInet6:
		s.port = n.Port
	}
	c, err := s.socket(a.Addr())
	if err != nil {
		return s, err
	}
	return s, syscall.Connect(c, sockaddr(netip.AddrPortFrom(a.Addr(), uint16(s.port)))) //nolint:gosec // a port
}

// socket opens a TCP socket of the family of a.
func (s *swallower) socket(a netip.Addr) (int, error) {
	family := syscall.AF_INET6
	if a.Is4() {
		family = syscall.AF_INET
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		s.sockets = append(s.sockets, fd)
	}
	return fd, err
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// Close gives up the port.
func (s *swallower) Close() error {
	var errs []error
	for _, fd := range s.sockets {
		errs = append(errs, syscall.Close(fd))
	}
	s.sockets = nil
	return errors.Join(errs...)
}
