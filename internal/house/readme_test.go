package house_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsCompiledCode holds the Go blocks of the README to the code:
// the first is a program of its own, the others stand in some Go file, line by
// line, so that what a reader copies compiles and is run by the tests.
func TestReadmeShowsCompiledCode(t *testing.T) {
	root := os.DirFS("../..")
	blocks := goBlocks(readFile(t, root, "README.md"))
	if len(blocks) < 2 {
		t.Fatalf("README.md has %d Go blocks, want a program and more", len(blocks))
	}
	if program := readFile(t, root, "examples/mirrors/main.go"); blocks[0] != program {
		t.Error("the program in README.md is not examples/mirrors/main.go")
	}
	code := allCode(t, root)
	for _, block := range blocks[1:] {
		if !strings.Contains(code, unindent(block)) {
			t.Errorf("no Go file contains this block of README.md:\n%s", block)
		}
	}
}

func TestReadmeCheckFindsAStrayBlock(t *testing.T) {
	blocks := goBlocks("text\n```go\nx := 1\n```\n```sh\nls\n```\n")
	if len(blocks) != 1 || blocks[0] != "x := 1\n" {
		t.Fatalf("goBlocks() = %q, want the one Go block", blocks)
	}
	if strings.Contains(unindent("\tx := 2\n"), unindent(blocks[0])) {
		t.Error("a block that is nowhere was found")
	}
}

func goBlocks(markdown string) []string {
	var blocks []string
	for {
		_, rest, ok := strings.Cut(markdown, "```go\n")
		if !ok {
			return blocks
		}
		block, rest, ok := strings.Cut(rest, "```\n")
		if !ok {
			return blocks
		}
		blocks = append(blocks, block)
		markdown = rest
	}
}

// unindent makes code comparable that stands at another depth.
func unindent(code string) string {
	lines := strings.Split(code, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimLeft(l, "\t")
	}
	return strings.Join(lines, "\n")
}

func allCode(t *testing.T, root fs.FS) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(path, ".git") {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			all.WriteString(unindent(readFile(t, root, path)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func readFile(t *testing.T, root fs.FS, path string) string {
	t.Helper()
	data, err := fs.ReadFile(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
