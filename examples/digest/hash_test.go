package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

func TestFilesOfEverySizeAreHashedWhole(t *testing.T) {
	data := make([]byte, 3*chunk)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	path := t.TempDir() + "/file"
	for _, size := range []int{0, 1, 64, chunk - 1, chunk, chunk + 1, 3 * chunk} {
		if err := os.WriteFile(path, data[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		h := hasher{read: new(atomic.Int64)}
		got, err := h.hash(t.Context(), path)
		want := sum{path: path, size: int64(size), hash: sha256.Sum256(data[:size])}
		if err != nil || got != want {
			t.Errorf("hash of %d bytes = %v, %v; want %v", size, got, err, want)
		}
		if read := h.read.Load(); read != int64(size) {
			t.Errorf("%d bytes read, want %d", read, size)
		}
	}
}

// TestHashesAreThoseOfTheirFiles would fail if two files at a time got into
// each other's way.
func TestHashesAreThoseOfTheirFiles(t *testing.T) {
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("%d-%s", i, strings.Repeat("x", i%200)))
	}
	dir := write(t, names...)
	got := inside(t, "-j", "16", "-quiet", dir)
	seen := make(map[string]bool)
	for _, line := range got.lines() {
		seen[line] = true
	}
	for _, name := range names {
		if line := fmt.Sprintf("%x  %s/%s", sha256.Sum256([]byte(name)), dir, name); !seen[line] {
			t.Errorf("no line %q", line)
		}
	}
	if got.status != 0 || len(got.lines()) != len(names) {
		t.Errorf("status %d and %d lines, want 0 and %d", got.status, len(got.lines()), len(names))
	}
}

func TestHashStopsInsideAFile(t *testing.T) {
	dir := write(t, "big")
	if err := os.Truncate(dir+"/big", 10*chunk); err != nil {
		t.Fatal(err)
	}
	errStop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	h := hasher{read: new(atomic.Int64)}
	if _, err := h.hash(ctx, dir+"/big"); !errors.Is(err, errStop) || h.read.Load() > chunk {
		t.Errorf("hash = %v after %d bytes, want the cause after one chunk at most", err, h.read.Load())
	}
}

func TestFileThatIsGoneIsAnError(t *testing.T) {
	h := hasher{read: new(atomic.Int64)}
	if _, err := h.hash(t.Context(), t.TempDir()+"/gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hash = %v, want %v", err, fs.ErrNotExist)
	}
}

func TestFileThatIsAFolderByNowIsAnError(t *testing.T) {
	h := hasher{read: new(atomic.Int64)}
	if _, err := h.hash(t.Context(), t.TempDir()); !errors.Is(err, errReplaced) {
		t.Errorf("hash = %v, want %v", err, errReplaced)
	}
}
