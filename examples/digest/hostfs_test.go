package main

import (
	"os"
	"strings"
	"testing"
)

func TestPathsAreThoseOfFind(t *testing.T) {
	tests := []struct{ arg, name, want string }{
		{"dir", ".", "dir"},
		{"dir", "a/b", "dir/a/b"},
		{"dir/", ".", "dir/"},
		{"dir/", "a", "dir/a"},
		{"dir//", "a", "dir//a"},
		{".", "a", "./a"},
		{"./", "a", "./a"},
		{"../x/..", "a", "../x/../a"},
		{"/", "a", "/a"},
	}
	for _, tt := range tests {
		if got := tree(tt.arg).path(tt.name); got != tt.want {
			t.Errorf("path of %q in %q = %q, want %q", tt.name, tt.arg, got, tt.want)
		}
	}
}

func TestSymbolicLinksAreNotFollowed(t *testing.T) {
	dir := write(t, "dir/file")
	for link, to := range map[string]string{"to-dir": "dir", "to-file": "dir/file", "dangling": "nothing", "dir/loop": "."} {
		if err := os.Symlink(to, dir+"/"+link); err != nil {
			t.Skip(err)
		}
	}
	tests := []struct {
		name, arg string
		want      []string // paths after dir
	}{
		{"below the argument", "", []string{"/dir/file"}},
		{"folder as argument", "/to-dir", nil},
		{"folder with a slash", "/to-dir/", []string{"/to-dir/file"}},
		{"file as argument", "/to-file", nil},
		{"to nothing", "/dangling", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inside(t, "-quiet", dir+tt.arg)
			var paths []string
			for line := range strings.Lines(got.stdout) {
				_, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  "+dir)
				paths = append(paths, path)
			}
			if strings.Join(paths, "\n") != strings.Join(tt.want, "\n") || got.status != 0 {
				t.Errorf("run = %+v, want status 0 and %q", got, tt.want)
			}
		})
	}
}

func TestNamesOfAnyBytesAreRead(t *testing.T) {
	var names []string
	for _, odd := range oddNames {
		names = append(names, odd.name, "folder "+odd.name+"/"+odd.name)
	}
	if err := os.WriteFile(t.TempDir()+"/\xff", nil, 0o644); err != nil {
		t.Skip("this file system refuses some names:", err)
	}
	dir := write(t, names...)
	got := inside(t, dir)
	if got.status != 0 || len(got.lines()) != len(names) {
		t.Errorf("run = %d with %d lines, %q; want 0 with %d", got.status, len(got.lines()), got.stderr, len(names))
	}
}
