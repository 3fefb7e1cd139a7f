package guides_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables instead of comparing them")

// The marks between which a guide has its table.
const (
	tableBegins = "<!-- the rows are examples of internal/guides -->\n"
	tableEnds   = "<!-- end of the rows -->\n"
)

// TestGuidesSayWhatTheExamplesRun compares the table in docs/from-x.md with the
// examples in from_x_test.go. The comment of an example is the left side, then
// a colon and what there is to know; its first statement is the right side.
func TestGuidesSayWhatTheExamplesRun(t *testing.T) {
	guides, err := filepath.Glob("from_*_test.go")
	if err != nil || len(guides) == 0 {
		t.Fatalf("guides %v, error %v", guides, err)
	}
	for _, path := range guides {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "from_"), "_test.go")
		doc := "../../docs/from-" + name + ".md"
		have, err := os.ReadFile(doc)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := withTable(string(have), table(t, path))
		switch {
		case err != nil:
			t.Errorf("%s: %v", doc, err)
		case want == string(have):
		case *update:
			if err := os.WriteFile(doc, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s does not say what the examples run: run go generate ./internal/guides", doc)
		}
	}
}

// withTable returns a guide with another table.
func withTable(guide, table string) (string, error) {
	before, rest, ok := strings.Cut(guide, tableBegins)
	_, after, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		return "", fmt.Errorf("no table between %q and %q", tableBegins, tableEnds)
	}
	return before + tableBegins + table + tableEnds + after, nil
}

// table makes the rows of the examples in a file.
func table(t *testing.T, path string) string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("\n| there | here | to know |\n| --- | --- | --- |\n")
		}
		theirs, note := leftSide(f.Doc.Text())
		if theirs == "" || !hasOutput(file, f) {
			t.Errorf("%s: %s has no left side or no output that is checked", path, f.Name.Name)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", theirs, rightSide(t, set, f), note)
	}
	b.WriteString("\n")
	return b.String()
}

// leftSide splits a comment in what is written there and what there is to know.
func leftSide(comment string) (theirs, note string) {
	comment = strings.Join(strings.Fields(comment), " ")
	if end := strings.Index(comment, ": "); end >= 0 {
		return comment[:end], comment[end+2:]
	}
	return comment, ""
}

// rightSide returns the first statement of f.
func rightSide(t *testing.T, set *token.FileSet, f *ast.FuncDecl) string {
	t.Helper()
	var b bytes.Buffer
	if err := printer.Fprint(&b, set, f.Body.List[0]); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if strings.ContainsAny(text, "|`") {
		t.Errorf("%s: %s cannot stand in a table", f.Name.Name, text)
	}
	return text
}

// hasOutput reports whether the output of an example is checked.
func hasOutput(file *ast.File, f *ast.FuncDecl) bool {
	for _, c := range file.Comments {
		if c.Pos() > f.Pos() && c.End() < f.End() && strings.Contains(c.Text(), "utput:") {
			return true
		}
	}
	return false
}
