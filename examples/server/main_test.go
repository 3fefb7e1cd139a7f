package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// program is the built program, for what is to be seen from outside.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "server")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-buildvcs=false", fmt.Sprint("-race=", underRace()), "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// underRace reports whether the tests run under the race detector, for then
// the program must too.
func underRace() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

func TestUsage(t *testing.T) {
	tests := []struct {
		name, args string
		status     int
		stderr     string // part of it
	}{
		{"help", "-h", 0, "Usage of server"},
		{"unknown flag", "-x", 2, "Usage of server"},
		{"argument", "now", 2, `server: unexpected argument "now"`},
		{"no time for the demo", "-demo -1s", 2, "server: -demo is -1s, want a time"},
		{"address", "-addr nowhere", 1, "server: listen tcp: address nowhere: missing port in address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr strings.Builder
			status := run(strings.Fields(tt.args), &stderr)
			if status != tt.status || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("run(%q) = %d, %q, want %d and a text with %q", tt.args, status, &stderr, tt.status, tt.stderr)
			}
		})
	}
}

func TestDemoLosesNoRequest(t *testing.T) {
	var stderr strings.Builder
	status := run([]string{"-demo", "500ms"}, &stderr)
	for _, want := range []string{"server: terminated: shutting down\n", " requests answered, ", " 0 failed, 0 lost\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("report %q, want %q in it", &stderr, want)
		}
	}
	if status != 0 {
		t.Errorf("run() = %d, want 0", status)
	}
}
