package house_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmeShowsCompiledCode holds the Go blocks of the README to the code:
// the first is a program of its own, the others stand in some Go file, line by
// line, so that what a reader copies compiles and is run by the tests.
func TestReadmeShowsCompiledCode(t *testing.T) {
	root := os.DirFS("../..")
	blocks := blocksOf(readFile(t, root, "README.md"), "go")
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

// TestGuidesShowCompiledCode holds the guides in docs/ to the code in the same
// way. What they show as text is printed by some test or example: it stands in
// a Go file, as a string or in a comment.
func TestGuidesShowCompiledCode(t *testing.T) {
	root := os.DirFS("../..")
	pages, err := fs.Glob(root, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	code := allCode(t, root)
	text := strings.ReplaceAll(code, "\n// ", "\n")
	found := 0
	for _, page := range pages {
		markdown := readFile(t, root, page)
		for _, block := range blocksOf(markdown, "go") {
			found++
			if !strings.Contains(code, unindent(block)) {
				t.Errorf("no Go file contains this block of %s:\n%s", page, block)
			}
		}
		for _, block := range blocksOf(markdown, "text") {
			found++
			if !strings.Contains(text, unindent(block)) {
				t.Errorf("no Go file contains this text of %s:\n%s", page, block)
			}
		}
	}
	if found == 0 {
		t.Error("the guides in docs/ show nothing")
	}
}

// TestPagesLinkToFilesThatExist is about the links between the pages, and to
// files and drawings.
func TestPagesLinkToFilesThatExist(t *testing.T) {
	root := os.DirFS("../..")
	guides, err := fs.Glob(root, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(guides, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") {
		for _, target := range linksOf(readFile(t, root, page)) {
			if _, err := fs.Stat(root, path.Join(path.Dir(page), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
			}
		}
	}
}

func TestLinksAreFound(t *testing.T) {
	got := linksOf("[a](b.md#c) ![d](e/f.svg) [g](https://h) [i](#j)\n```go\nF[T](x)\n```\n")
	if want := []string{"b.md", "e/f.svg"}; !slices.Equal(got, want) {
		t.Errorf("linksOf() = %q, want %q", got, want)
	}
}

var link = regexp.MustCompile(`\]\(([\w./-]+)(#[\w-]*)?\)`)

var fenced = regexp.MustCompile("(?s)```.*?```")

// linksOf returns the files that a page links to.
func linksOf(markdown string) (targets []string) {
	for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(markdown, ""), -1) {
		targets = append(targets, m[1])
	}
	return targets
}

func TestReadmeCheckFindsAStrayBlock(t *testing.T) {
	blocks := blocksOf("text\n```go\nx := 1\n```\n```sh\nls\n```\n", "go")
	if len(blocks) != 1 || blocks[0] != "x := 1\n" {
		t.Fatalf("blocksOf() = %q, want the one Go block", blocks)
	}
	if strings.Contains(unindent("\tx := 2\n"), unindent(blocks[0])) {
		t.Error("a block that is nowhere was found")
	}
}

// blocksOf returns the fenced blocks of one language.
func blocksOf(markdown, language string) []string {
	var blocks []string
	for {
		_, rest, ok := strings.Cut(markdown, "```"+language+"\n")
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
