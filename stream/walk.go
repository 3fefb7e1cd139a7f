package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// A WalkEntry is a file or directory found by [Walk].
type WalkEntry struct {
	Path string // as for [fs.FS], beginning with the root of the walk
	fs.DirEntry
}

// dirBatch is the number of directory entries read, and held, at a time.
const dirBatch = 1024

// Walk returns a cold stream of the entry at root and everything below it in
// fsys, each directory before what it contains. The path of an entry is
// [path.Join] of its directory's path and its name. Symbolic links are
// delivered and not followed; nor is root, if fsys is an [fs.ReadLinkFS].
//
// Entries come in the order of their directory, as they do from find, not
// sorted: directories are read in batches of 1,024 entries, never whole, so
// memory depends on the depth of the tree and not on the size of a directory.
// A directory with fewer entries is closed before Walk descends from it; one
// with more stays open meanwhile. Only where the directories of fsys have no
// [fs.ReadDirFile] are they read at once, by [fs.ReadDir].
//
// A directory that cannot be opened or read to its end is delivered like any
// other. An error event follows what could be read of it, and the walk goes on
// with what comes after it. A root that is not there is an error marked by
// [Fatal]. These errors wrap an [*fs.PathError] with the path as the walk has
// it.
//
// Names and paths are handed to fsys as they are: what a name may look like is
// for fsys to decide ([os.DirFS] wants UTF-8). The context is looked at before
// each entry. Walk panics if fsys is nil.
func Walk(fsys fs.FS, root string) Stream[WalkEntry] {
	if fsys == nil {
		panic("stream: Walk: fsys is nil")
	}
	return func(ctx context.Context, yield func(WalkEntry, error) bool) {
		w := &walk{ctx: ctx, fsys: fsys, yield: yield}
		if !w.live() {
			return
		}
		info, err := fs.Lstat(fsys, root)
		if err != nil {
			w.fail(Fatal(pathError("finding the root", "lstat", root, err)))
			return
		}
		w.visit(root, fs.FileInfoToDirEntry(info))
	}
}

// A walk is one run of Walk. Its methods report whether to go on.
type walk struct {
	ctx   context.Context
	fsys  fs.FS
	yield func(WalkEntry, error) bool
}

// live tells the cause if the context has ended.
func (w *walk) live() bool {
	if w.ctx.Err() != nil {
		yieldCause(w.ctx, w.yield)
		return false
	}
	return true
}

func (w *walk) fail(err error) bool {
	if IsCut(w.ctx, err) {
		return w.live()
	}
	return w.yield(WalkEntry{}, err)
}

func (w *walk) visit(name string, e fs.DirEntry) bool {
	if !w.live() || !w.yield(WalkEntry{Path: name, DirEntry: e}, nil) {
		return false
	}
	return !e.IsDir() || w.live() && w.descend(name)
}

func (w *walk) visitAll(dir string, entries []fs.DirEntry) bool {
	for _, e := range entries {
		if !w.visit(path.Join(dir, e.Name()), e) {
			return false
		}
	}
	return true
}

// descend visits what the directory contains.
func (w *walk) descend(dir string) bool {
	f, err := w.fsys.Open(dir)
	if err != nil {
		return w.fail(pathError("reading directory", "open", dir, err))
	}
	if d, ok := f.(fs.ReadDirFile); ok {
		return w.visitBatches(dir, d)
	}
	_ = f.Close() // nothing was read from it
	entries, err := fs.ReadDir(w.fsys, dir)
	if !w.visitAll(dir, entries) {
		return false
	}
	return err == nil || w.fail(pathError("reading directory", "readdir", dir, err))
}

// visitBatches visits what d contains, and closes d.
func (w *walk) visitBatches(dir string, d fs.ReadDirFile) bool {
	open := true
	closeDir := func() {
		if open {
			open = false
			_ = d.Close() // it was only read from
		}
	}
	defer closeDir()
	for {
		entries, err := readBatch(d)
		if err != nil {
			closeDir()
		}
		if !w.visitAll(dir, entries) {
			return false
		}
		if err == io.EOF { //nolint:errorlint // as fs.ReadDirFile has it
			return true
		}
		if err != nil {
			return w.fail(pathError("reading directory", "readdir", dir, err))
		}
	}
}

// readBatch reads the next entries of d: a full batch, or fewer and the error
// that says why, io.EOF at the end.
func readBatch(d fs.ReadDirFile) ([]fs.DirEntry, error) {
	var batch []fs.DirEntry
	for len(batch) < dirBatch {
		more, err := d.ReadDir(dirBatch - len(batch))
		batch = append(batch, more...)
		if err != nil {
			return batch, err
		}
		if len(more) == 0 {
			return batch, io.EOF // some file systems end like this
		}
	}
	return batch, nil
}

// pathError says that doing failed at name, as an error that wraps an
// *fs.PathError with that name.
func pathError(doing, op, name string, err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) || pe.Path != name {
		err = &fs.PathError{Op: op, Path: name, Err: err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
