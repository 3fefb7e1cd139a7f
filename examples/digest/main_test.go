package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// program is the built program, for what cannot be seen from inside.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "digest")
	if err != nil {
		panic(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // another user runs it too
		panic(err)
	}
	program = filepath.Join(dir, "digest")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// A result is what a run has left behind.
type result struct {
	stdout, stderr string
	status         int
}

// lines returns the lines of standard output.
func (r result) lines() []string {
	return strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
}

// inside runs digest in this process and fails if that leaves a goroutine.
func inside(t *testing.T, args ...string) result {
	t.Helper()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, &stdout, &stderr)
	return result{stdout.String(), stderr.String(), status}
}

// start runs the command to its end.
func start(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// shut closes c at the end of the test.
func shut(t *testing.T, c io.Closer) { t.Cleanup(func() { _ = c.Close() }) }

// write makes a folder with these files; each holds its own name.
func write(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := dir + "/" + name
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExitStatus(t *testing.T) {
	dir := write(t, "a", "b/c")
	tests := []struct {
		name   string
		args   []string
		status int
		stderr string // part of it
	}{
		{"all well", []string{dir}, 0, "digest: 2 files, 4 bytes, 0 errors, "},
		{"one file", []string{dir + "/a"}, 0, "digest: 1 file, 1 byte, 0 errors, "},
		{"missing path", []string{dir + "/none", dir}, 1, "/none: no such file or directory\n"},
		{"empty path", []string{""}, 1, "no such file or directory\n"},
		{"file with a slash", []string{dir + "/a/"}, 1, "not a directory\n"},
		{"no path", nil, 2, "usage: digest "},
		{"unknown flag", []string{"-x", dir}, 2, "usage: digest "},
		{"no job", []string{"-j", "0", dir}, 2, "digest: -j is 0, want at least 1\n"},
		{"jobs not a number", []string{"-j", "many", dir}, 2, "usage: digest "},
		{"help", []string{"-h"}, 0, "usage: digest "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inside(t, tt.args...)
			if got.status != tt.status || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("run(%q) = %d, %q; want %d and a text with %q", tt.args, got.status, got.stderr, tt.status, tt.stderr)
			}
		})
	}
}

func TestErrorsDoNotStopTheRun(t *testing.T) {
	dir := write(t, "a", "b")
	got := inside(t, "-ordered", dir+"/none", dir, dir+"/nothing")
	if got.status != failed || len(got.lines()) != 2 || strings.Count(got.stderr, "\n") != 3 {
		t.Errorf("run = %+v, want status 1, two hashes, two errors and the summary", got)
	}
}

func TestQuietShowsErrorsOnly(t *testing.T) {
	dir := write(t, "a")
	if got := inside(t, "-quiet", dir); got.stderr != "" {
		t.Errorf("stderr = %q, want nothing", got.stderr)
	}
	if got := inside(t, "-quiet", dir+"/none"); strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("stderr = %q, want one line", got.stderr)
	}
}

func TestOrderedIsTheOrderOfTheWalk(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("%d/x", i), fmt.Sprintf("%d/y", i), fmt.Sprintf("%d.z", i))
	}
	dir := write(t, names...)
	got := inside(t, "-ordered", "-j", "7", dir, dir+"/1").lines()
	want := append(walked(t, dir), walked(t, dir+"/1")...)
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if !strings.HasSuffix(got[i], "  "+want[i]) {
			t.Fatalf("line %d = %q, want the hash of %q", i, got[i], want[i])
		}
	}
}

// walked returns the files below dir as the folders have them.
func walked(t *testing.T, dir string) (paths []string) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	shut(t, f)
	entries, err := f.ReadDir(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path := dir + "/" + e.Name(); e.IsDir() {
			paths = append(paths, walked(t, path)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

// A cutter cancels the run at the first write.
type cutter struct{ cancel context.CancelFunc }

func (c cutter) Write(p []byte) (int, error) { c.cancel(); return len(p), nil }

func TestInterruptStopsTheRun(t *testing.T) {
	dir := t.TempDir()
	const files = 5000
	for i := range files {
		if err := os.WriteFile(fmt.Sprintf("%s/%d", dir, i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, order := range []string{"-ordered", "-ordered=false"} {
		t.Run(order, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stderr bytes.Buffer
			status := run(ctx, []string{order, dir}, cutter{cancel}, &stderr)
			if status != interrupted || strings.Count(stderr.String(), "\n") != 1 ||
				!strings.HasPrefix(stderr.String(), "digest: interrupted: ") || strings.Contains(stderr.String(), fmt.Sprint(files)) {
				t.Errorf("run = %d, %q; want 130 and one line that tells of fewer files", status, &stderr)
			}
		})
	}
}

// A leaver is a reader that has left.
type leaver struct{}

func (leaver) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// TestInterruptComesBeforeALostReader: Ctrl-C ends the reader of a pipe too.
func TestInterruptComesBeforeALostReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	c := newConsole(leaver{}, &stderr, false)
	if err := c.sum(sum{path: "a"}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := c.finish(ctx, ctx.Err()); got != interrupted || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("finish = %d, %q; want 130 and the summary", got, &stderr)
	}
}

func TestInterruptedBeforeItBeginsReadsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if got := run(ctx, []string{write(t, "a")}, &stdout, &stderr); got != interrupted || stdout.Len() > 0 {
		t.Errorf("run = %d, %q; want 130 and no hash", got, &stdout)
	}
}
