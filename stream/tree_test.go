package stream_test

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A treeFS is a file system of empty files. It keeps the order of its
// directories, takes any name, fails where told to and counts open handles.
type treeFS struct {
	dirs   map[string][]string // names in each directory, those of directories with a slash behind
	denied map[string]error    // what Open answers
	broken map[string]int      // directories that fail after so many entries
	short  int                 // at most so many entries a call
	quiet  bool                // the end of a directory is no entries and no error
	opened func(name string)   // called by Open

	open, peak, batch atomic.Int64
}

var errDisk = errors.New("disk on fire")

func (f *treeFS) Open(name string) (fs.File, error) {
	if f.opened != nil {
		f.opened(name)
	}
	if err := f.denied[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	e := treeEntry(path.Base(name))
	if _, ok := f.dirs[name]; ok {
		e += "/"
	} else if !slices.Contains(f.dirs[path.Dir(name)], path.Base(name)) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f.peak.Store(max(f.peak.Load(), f.open.Add(1)))
	return &treeFile{treeEntry: e, fs: f, path: name}, nil
}

func (f *treeFS) left() int { return int(f.open.Load()) }

type treeFile struct {
	treeEntry
	fs   *treeFS
	path string
	at   int
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.treeEntry, nil }
func (f *treeFile) Read([]byte) (int, error)   { return 0, io.EOF }
func (f *treeFile) Close() error               { f.fs.open.Add(-1); return nil }

func (f *treeFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		panic("a whole directory was asked for")
	}
	f.fs.batch.Store(max(f.fs.batch.Load(), int64(n)))
	if f.fs.short > 0 {
		n = min(n, f.fs.short)
	}
	names := f.fs.dirs[f.path][f.at:]
	limit, broken := f.fs.broken[f.path]
	if broken {
		names = names[:min(limit-f.at, len(names))]
	}
	if len(names) == 0 {
		switch {
		case broken:
			return nil, errDisk
		case f.fs.quiet:
			return nil, nil
		}
		return nil, io.EOF
	}
	names = names[:min(n, len(names))]
	f.at += len(names)
	entries := make([]fs.DirEntry, len(names))
	for i, name := range names {
		entries[i] = treeEntry(name)
	}
	return entries, nil
}

// A treeEntry is the name of a file, or of a directory and a slash.
type treeEntry string

func (e treeEntry) Name() string               { return strings.TrimSuffix(string(e), "/") }
func (e treeEntry) IsDir() bool                { return strings.HasSuffix(string(e), "/") }
func (e treeEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e treeEntry) Size() int64                { return 0 }
func (e treeEntry) ModTime() time.Time         { return time.Time{} }
func (e treeEntry) Sys() any                   { return nil }
func (e treeEntry) Type() fs.FileMode          { return e.Mode().Type() }
func (e treeEntry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// A plainFS has directories without ReadDir(n).
type plainFS struct{ *treeFS }

type plainFile struct{ fs.File }

func (f plainFS) Open(name string) (fs.File, error) {
	file, err := f.treeFS.Open(name)
	if err != nil {
		return nil, err
	}
	return plainFile{file}, nil
}

// ReadDir returns what it could read, and what stopped it.
func (f plainFS) ReadDir(name string) ([]fs.DirEntry, error) {
	names := f.dirs[name]
	limit, broken := f.broken[name]
	if broken {
		names = names[:limit]
	}
	entries := make([]fs.DirEntry, len(names))
	for i, name := range names {
		entries[i] = treeEntry(name)
	}
	if broken {
		return entries, errDisk
	}
	return entries, nil
}
