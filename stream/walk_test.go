package stream_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rxscope/rxscope/stream"
)

func TestWalkVisitsWhatWalkDirVisits(t *testing.T) {
	fsys := fstest.MapFS{
		"a":         {Data: []byte("file")},
		"b/c/d":     {},
		"b/c/e":     {Mode: fs.ModeSymlink, Data: []byte("d")},
		"b/empty":   {Mode: fs.ModeDir},
		"z/y/x/w/v": {},
	}
	for _, root := range []string{".", "b", "b/c", "a"} {
		t.Run(root, func(t *testing.T) {
			var want []string
			err := fs.WalkDir(fsys, root, func(path string, d fs.DirEntry, err error) error {
				want = append(want, fmt.Sprint(path, " ", d.Name(), d.IsDir(), d.Type()))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for e, err := range stream.Walk(fsys, root).All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(e.Path, " ", e.Name(), e.IsDir(), e.Type()))
			}
			slices.Sort(want) // MapFS has no order of its own, Walk sorts nothing
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("entries = %q, want %q", got, want)
			}
		})
	}
}

func TestWalkKeepsTheOrderOfDirectories(t *testing.T) {
	tree := &treeFS{dirs: map[string][]string{".": {"z", "m/", "a"}, "m": {"y/", "b"}, "m/y": {"x"}}}
	got := record(t.Context(), paths(stream.Walk(tree, ".")))
	wantEvents(t, got, ".", "z", "m", "m/y", "m/y/x", "m/b", "a")
}

func TestWalkGoesOnAfterADirectoryThatCannotBeRead(t *testing.T) {
	tree := deepTree()
	events := record(t.Context(), paths(stream.Walk(tree, ".")))
	wantEvents(t, events, ".", "a", "a/x", "a/x/1", "a/x/2", "a/y", "b",
		"c", "!reading directory: open c: permission denied",
		"d", "d/4", "d/5", "!reading directory: readdir d: disk on fire", "e")
	wantPaths := map[string]error{"c": fs.ErrPermission, "d": errDisk}
	for _, e := range events {
		if e.Err == nil {
			continue
		}
		pe, ok := errors.AsType[*fs.PathError](e.Err)
		if !ok || !errors.Is(e.Err, wantPaths[pe.Path]) || stream.IsFatal(e.Err) {
			t.Errorf("error = %#v, want a path error that is not fatal", e.Err)
		}
	}
}

func TestWalkTellsThePathThatItHasItself(t *testing.T) {
	tree := &treeFS{dirs: map[string][]string{".": {"a/"}, "a": nil}}
	other := &fs.PathError{Op: "readdirent", Path: "/mnt/disk/a", Err: errDisk}
	tree.opened = func(name string) {
		if name == "a" {
			tree.denied = map[string]error{"a": other}
		}
	}
	plain := openFunc(func(name string) (fs.File, error) {
		if f, err := tree.Open(name); err == nil {
			return f, nil
		}
		return nil, other
	})
	got := record(t.Context(), paths(stream.Walk(plain, ".")))
	wantEvents(t, got, ".", "a", "!reading directory: open a: readdirent /mnt/disk/a: disk on fire")
}

func TestWalkOfAMissingRootIsOneFatalError(t *testing.T) {
	got := record(t.Context(), paths(stream.Walk(fstest.MapFS{}, "no/such")))
	if len(got) != 1 || !stream.IsFatal(got[0].Err) || !errors.Is(got[0].Err, fs.ErrNotExist) {
		t.Errorf("events = %q, want one fatal error", show(got))
	}
	if pe, ok := errors.AsType[*fs.PathError](got[0].Err); !ok || pe.Path != "no/such" {
		t.Errorf("error = %v, want a path error for no/such", got[0].Err)
	}
}

func TestWalkOfAnUnreadableRootIsTheRootAndAnError(t *testing.T) {
	tree := deepTree()
	tree.broken["."] = 0
	wantEvents(t, record(t.Context(), paths(stream.Walk(tree, "."))), ".", "!reading directory: readdir .: disk on fire")
}

func TestWalkTakesAnyName(t *testing.T) {
	tree := &treeFS{dirs: map[string][]string{
		".":        {"\xff\xfe/", "new\nline", `back\slash`, " ", "..."},
		"\xff\xfe": {"\xc3("},
	}}
	got := record(t.Context(), paths(stream.Walk(tree, ".")))
	wantEvents(t, got, ".", "\xff\xfe", "\xff\xfe/\xc3(", "new\nline", `back\slash`, " ", "...")
}

func bigTree(n int) (*treeFS, []string) {
	tree := &treeFS{dirs: map[string][]string{".": {"big/", "last"}, "big": nil}}
	want := []string{".", "big"}
	for i := range n {
		name := fmt.Sprintf("f%05d", i)
		tree.dirs["big"] = append(tree.dirs["big"], name)
		want = append(want, "big/"+name)
	}
	return tree, append(want, "last")
}

func TestWalkReadsDirectoriesInBatches(t *testing.T) {
	for _, n := range []int{0, 1, 1023, 1024, 1025, 5000} {
		for _, short := range []int{0, 1, 700} {
			for _, quiet := range []bool{false, true} {
				t.Run(fmt.Sprint(n, short, quiet), func(t *testing.T) {
					tree, want := bigTree(n)
					tree.short, tree.quiet = short, quiet
					wantEvents(t, record(t.Context(), paths(stream.Walk(tree, "."))), want...)
					if asked := tree.batch.Load(); asked > 1024 {
						t.Errorf("asked for %d entries at a time", asked)
					}
					if left := tree.left(); left != 0 {
						t.Errorf("%d handles left open", left)
					}
				})
			}
		}
	}
}

func TestWalkClosesSmallDirectoriesBeforeDescending(t *testing.T) {
	const depth = 50
	tree := &treeFS{dirs: map[string][]string{}}
	dir := "."
	for range depth {
		tree.dirs[dir] = []string{"a", "d/", "z"}
		dir = strings.TrimPrefix(dir+"/d", "./")
	}
	tree.dirs[dir] = nil
	n, err := stream.Walk(tree, ".").Count(t.Context())
	if n != 3*depth+1 || err != nil {
		t.Errorf("Count() = %d, %v, want %d", n, err, 3*depth+1)
	}
	if peak := tree.peak.Load(); peak != 1 {
		t.Errorf("up to %d handles open at a time, want 1", peak)
	}
}

func TestWalkKeepsOneHandleForEachLargeDirectoryAbove(t *testing.T) {
	tree, _ := bigTree(2000)
	tree.dirs["big"][0] = "sub/"
	tree.dirs["big/sub"] = []string{"x/"}
	tree.dirs["big/sub/x"] = nil
	if _, err := stream.Walk(tree, ".").Count(t.Context()); err != nil {
		t.Error(err)
	}
	if peak := tree.peak.Load(); peak != 2 {
		t.Errorf("up to %d handles open at a time, want 2", peak)
	}
}

func TestWalkClosesLargeDirectoriesHoweverTheRunEnds(t *testing.T) {
	tree, _ := bigTree(3000)
	s := stream.Walk(tree, ".")
	for _, at := range []int{2, 1024, 1026, 2048} {
		n, held := 0, 0
		body := func(leave func()) func(stream.WalkEntry, error) bool {
			n = 0
			return func(stream.WalkEntry, error) bool {
				if n++; n > at {
					held += tree.left()
					leave()
					return false
				}
				return true
			}
		}
		s(t.Context(), body(func() {}))
		wantPanic(t, errBoom, func() { s(t.Context(), body(func() { panic(errBoom) })) })
		goexit(t, func() { s(t.Context(), body(runtime.Goexit)) })
		if left := tree.left(); left != 0 || held != 3 {
			t.Errorf("at %d: %d handles left open, %d before, want none of 3", at, left, held)
		}
	}
}

func TestWalkReadsWholeDirectoriesOnlyWhereItMust(t *testing.T) {
	tree := deepTree()
	want := show(record(t.Context(), paths(stream.Walk(tree, "."))))
	wantEvents(t, record(t.Context(), paths(stream.Walk(plainFS{tree}, "."))), want...)
	if left := tree.left(); left != 0 {
		t.Errorf("%d handles left open", left)
	}
	for range events(t.Context(), stream.Walk(plainFS{tree}, ".")) {
		break
	}
}

func TestWalkOpensNothingMoreOnceCut(t *testing.T) {
	tree := deepTree()
	ctx, cut := cuttable(t)
	tree.opened = func(name string) {
		if ctx.Err() != nil {
			t.Errorf("%s opened after the context had ended", name)
		}
	}
	for e, err := range stream.Walk(tree, ".").All(ctx) {
		if err == nil && e.Path == "a/x" {
			cut()
		}
	}
}

func TestWalkDoesNotFollowSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "real", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "real", "real/loop": "..", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	walk := func(root string) []string {
		got := show(record(t.Context(), paths(stream.Walk(os.DirFS(dir), root))))
		slices.Sort(got)
		return got
	}
	if got, want := walk("."), []string{".", "dangling", "link", "real", "real/loop", "real/sub"}; !slices.Equal(got, want) {
		t.Errorf("entries = %q, want %q", got, want)
	}
	if got, want := walk("link"), []string{"link"}; !slices.Equal(got, want) {
		t.Errorf("entries below a link = %q, want %q", got, want)
	}
}

func TestWalkOfADirectoryThatVanishesGoesOn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	entries, failures := 0, 0
	for e, err := range stream.Walk(os.DirFS(dir), ".").All(t.Context()) {
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist):
			failures++
		case err != nil:
			t.Error(err)
		default:
			entries++
			if e.Path != "." {
				if err := os.Remove(filepath.Join(dir, e.Path)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if entries != 3 || failures != 2 {
		t.Errorf("%d entries and %d errors, want 3 and 2", entries, failures)
	}
}
