package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

var errReplaced = errors.New("no longer a regular file")

// A tree is what lies under one argument, as a file system to walk. In
// contrast to [os.DirFS] it takes names of any bytes, since files do have
// them, and its root may be a file or a symbolic link, which is not followed.
type tree string

// path returns the path of name, as the user would write it: the argument,
// untouched, and what follows it.
func (t tree) path(name string) string {
	switch {
	case name == ".":
		return string(t)
	case strings.HasSuffix(string(t), "/"):
		return string(t) + name
	}
	return string(t) + "/" + name
}

// Open implements [fs.FS].
func (t tree) Open(name string) (fs.File, error) { return open(t.path(name)) }

// Lstat implements [fs.ReadLinkFS], and tells a walk not to follow the root.
func (t tree) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(t.path(name)) }

// ReadLink implements [fs.ReadLinkFS].
func (t tree) ReadLink(name string) (string, error) { return os.Readlink(t.path(name)) }

// open opens for reading. What is a FIFO by now is not waited for: that is
// what the flag is for.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
