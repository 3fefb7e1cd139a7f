package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runs runs the program.
func runs(t *testing.T, ctx context.Context, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

// listen starts a server that accepts and hangs up.
func listen(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
	return l.Addr().String()
}

func TestDemoShowsWhereNetDialerIsSlow(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "demo.svg")
	status, out, errs := runs(t, t.Context(), "-demo", "-svg", picture)
	if strings.Contains(errs, errors.ErrUnsupported.Error()) {
		t.Skip(errs)
	}
	if status != 0 || errs != "" {
		t.Fatalf("status %d, %s", status, errs)
	}
	for _, h := range demoHosts {
		if !strings.Contains(out, "\n"+h.Name+": connected to ") && !strings.HasPrefix(out, h.Name+": connected to ") {
			t.Errorf("%s was not connected to:\n%s", h.Name, out)
		}
	}
	if !strings.Contains(out, "3 times net.Dialer failed or took more than twice as long.") {
		t.Errorf("the summary is missing, or says another number:\n%s", out)
	}
	wantPicture(t, picture, "one-of-six.test", "try 127.64.0.")
}

// wantPicture checks that a file is well-formed and has the texts.
func wantPicture(t *testing.T, file string, texts ...string) {
	t.Helper()
	b, err := os.ReadFile(file) //nolint:gosec // of the test
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is not well-formed: %v", err)
		}
	}
	for _, text := range texts {
		if !strings.Contains(string(b), text) {
			t.Errorf("the picture says nothing of %q", text)
		}
	}
}

func TestDialsSeveralTimesAndCompares(t *testing.T) {
	address := listen(t)
	picture := filepath.Join(t.TempDir(), "dial.svg")
	status, out, errs := runs(t, t.Context(), "-n", "3", "-compare", "-4", "-svg", picture, address)
	if status != 0 || errs != "" {
		t.Fatalf("status %d, %s", status, errs)
	}
	for _, want := range []string{address + ": connected to " + address, "try 127.0.0.1", "won\n", "dial.Dialer  3 times: ", "net.Dialer   3 times: ", " 3 to " + address} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	wantPicture(t, picture, address)
}

func TestFailuresAreTold(t *testing.T) {
	address := listen(t)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-timeout", "1s", "127.0.0.1:1"}, 1, "connection refused"},
		{[]string{"-tls", "-timeout", "1s", address}, 1, "tls handshake"},
		{[]string{"-6", "127.0.0.1:1"}, 1, "dial tcp6"},
		{[]string{"-delay", "1ms", "localhost:1"}, 1, "AttemptDelay is 1ms"},
		{nil, 2, "one HOST:PORT is wanted"},
		{[]string{"-4", "-6", "x:1"}, 2, "-4 and -6 exclude each other"},
		{[]string{"-n", "0", "x:1"}, 2, "-n is 0"},
		{[]string{"-timeout", "0s", "x:1"}, 2, "-timeout is 0s"},
		{[]string{"-demo", "x:1"}, 2, "-demo takes no address"},
		{[]string{"-nope"}, 2, "flag provided but not defined"},
		{[]string{"-h"}, 0, "usage: dial"},
	} {
		if status, _, errs := runs(t, t.Context(), c.args...); status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%q: status %d and %q, want %d and %q", c.args, status, errs, c.status, c.want)
		}
	}
}

func TestInterruptEndsTheDialing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	if status, _, errs := runs(t, ctx, "-n", "1000000", listen(t)); status != 1 || !strings.Contains(errs, "interrupted") {
		t.Errorf("status %d, %s, want 1 for the interrupt", status, errs)
	}
}
