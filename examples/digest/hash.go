package main

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
)

// A sum is the digest of one file.
type sum struct {
	path string
	size int64
	hash [sha256.Size]byte
}

// chunk is how much of a file is in memory, and so how much is read between
// two looks at the context.
const chunk = 128 << 10

// A hasher digests files. It may be used by many goroutines at once; each uses
// one chunk of memory.
type hasher struct {
	read *atomic.Int64 // bytes so far, for the progress display
}

// hash digests the file at path.
func (h hasher) hash(ctx context.Context, path string) (sum, error) {
	f, err := openRegular(path)
	if err != nil {
		return sum{}, err
	}
	defer func() { _ = f.Close() }() // it was only read from

	w := works.Get().(*work)
	defer works.Put(w)
	w.sha.Reset()
	s := sum{path: path}
	for {
		n, err := f.Read(w.buf[:])
		w.sha.Write(w.buf[:n])
		s.size += int64(n)
		h.read.Add(int64(n))
		switch {
		case err == io.EOF:
			w.sha.Sum(s.hash[:0])
			return s, nil
		case err != nil:
			return sum{}, err
		case ctx.Err() != nil:
			return sum{}, context.Cause(ctx)
		}
	}
}

// openRegular opens the file at path for reading. The walk has seen a regular
// file there, but files come and go.
func openRegular(path string) (*os.File, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errReplaced}
	}
	if err != nil {
		_ = f.Close() // nothing was read from it
		return nil, err
	}
	return f, nil
}

// work is what digesting a file needs, kept for the next one.
type work struct {
	sha hash.Hash
	buf [chunk]byte
}

var works = sync.Pool{New: func() any { return &work{sha: sha256.New()} }}
