//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func mkfifo(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := write(t, "file")
	mkfifo(t, dir+"/fifo")
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Fatal(err)
	}
	shut(t, l)
	got := inside(t, dir, dir+"/fifo", "/dev/null")
	if got.status != 0 || len(got.lines()) != 1 || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("run = %+v, want status 0, one hash and the summary", got)
	}
}

func TestFileThatIsAFIFOByNowDoesNotHang(t *testing.T) {
	dir := t.TempDir()
	mkfifo(t, dir+"/fifo")
	h := hasher{read: new(atomic.Int64)}
	if _, err := h.hash(t.Context(), dir+"/fifo"); !errors.Is(err, errReplaced) {
		t.Errorf("hash = %v, want %v", err, errReplaced)
	}
	if _, err := tree(dir).Open("fifo"); err != nil { // a folder a moment ago
		t.Errorf("Open = %v, want no error", err)
	}
}

// ordinary makes cmd run as a user whom permissions apply to.
func ordinary(cmd *exec.Cmd) *exec.Cmd {
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

func TestWhatCannotBeReadIsALineAndTheRunGoesOn(t *testing.T) {
	dir := write(t, "a", "folder/unseen", "listed/unseen", "secret", "z")
	for path, mode := range map[string]os.FileMode{
		"/..": 0o755, "": 0o755, "/folder": 0, "/listed": 0o644, "/secret": 0,
	} {
		if err := os.Chmod(dir+path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir+path, 0o755) })
	}
	got := start(t, ordinary(exec.Command(program, dir)))
	if got.status != failed {
		t.Errorf("status %d, want 1", got.status)
	}
	if len(got.lines()) != 2 || !strings.Contains(got.stdout, "/a\n") || !strings.Contains(got.stdout, "/z\n") {
		t.Errorf("hashes = %q, want those of a and z", got.stdout)
	}
	for _, path := range []string{"/folder", "/listed/unseen", "/secret"} {
		if want := dir + path + ": permission denied\n"; strings.Count(got.stderr, want) != 1 {
			t.Errorf("stderr = %q, want one line with %q", got.stderr, want)
		}
	}
	if want := "digest: 2 files, 2 bytes, 3 errors, "; strings.Count(got.stderr, "\n") != 4 || !strings.Contains(got.stderr, want) {
		t.Errorf("stderr = %q, want four lines, the last with %q", got.stderr, want)
	}
}

// TestSignalStopsAtOnce has a file that takes minutes. A machine that is short
// of memory may hold up a read for so long that main gives up waiting, without
// the summary: that is allowed, but not every time.
func TestSignalStopsAtOnce(t *testing.T) {
	dir := write(t, "endless")
	if err := os.Truncate(dir+"/endless", 1<<40); err != nil {
		t.Skip("no sparse files:", err)
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			for range 3 {
				begin := time.Now()
				if signalled(t, sig, dir) {
					t.Logf("ended %v after its start", time.Since(begin))
					return
				}
			}
			t.Error("main had to give up waiting, three times")
		})
	}
}

// signalled runs digest on dir, sends it sig at its work, and reports whether
// it came to its summary.
func signalled(t *testing.T, sig os.Signal, dir string) bool {
	t.Helper()
	cmd := exec.Command(program, dir+"/none", dir) // the missing one is told at once
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stderr)
	if line, err := r.ReadString('\n'); err != nil {
		t.Fatalf("first line = %q, %v", line, err)
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status tells
	if got := cmd.ProcessState.ExitCode(); got != interrupted {
		t.Errorf("status %d, want 130", got)
	}
	if len(rest) > 0 && !bytes.HasPrefix(rest, []byte("digest: interrupted: 0 files, 0 bytes, 1 error, ")) {
		t.Errorf("stderr ends with %q, want the summary", rest)
	}
	return len(rest) > 0
}

// TestSignalStopsABlockedWrite: a pager that does not read must not keep the
// user from leaving.
func TestSignalStopsABlockedWrite(t *testing.T) {
	dir := t.TempDir()
	for i := range 2000 { // more than the buffer and the pipe take
		if err := os.WriteFile(dir+"/"+strings.Repeat("x", 200)+string(rune('a'+i%26))+string(rune('a'+i/26)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pager, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	shut(t, pager)
	shut(t, stdout)
	cmd := exec.Command(program, "-quiet", dir)
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pager.Read(make([]byte, 1)); err != nil { // it has begun to write
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status tells
	if got := cmd.ProcessState.ExitCode(); got != interrupted {
		t.Errorf("status %d, want 130", got)
	}
}

func TestReaderThatLeavesEndsTheRunQuietly(t *testing.T) {
	dir := write(t, "a")
	reader, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	shut(t, stdout)
	cmd := exec.Command(program, dir)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	err = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != failed || stderr.Len() > 0 {
		t.Errorf("status %d, %q, %v; want 1 and no word", got, &stderr, err)
	}
}

func TestFullDiskIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	shut(t, full)
	cmd := exec.Command(program, write(t, "a"))
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &stderr
	_ = cmd.Run() // the status tells
	if got := cmd.ProcessState.ExitCode(); got != failed || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("status %d, %q; want 1 and the reason", got, &stderr)
	}
}
