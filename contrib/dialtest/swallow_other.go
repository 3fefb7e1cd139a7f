//go:build !linux

package dialtest

import (
	"errors"
	"net/netip"
)

const canSwallow = false

// A swallower is what other systems have no way to make.
type swallower struct{ port int }

func swallow(netip.AddrPort) (*swallower, error) { return nil, errors.ErrUnsupported }

func (*swallower) Close() error { return nil }
