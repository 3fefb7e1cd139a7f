package gallery_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A family is one section of the page.
type family struct {
	name     string
	about    string
	pictures []picture
}

// An operator is an exported function that returns a stream of what comes from
// others.
type operator struct {
	name      string // with its package
	signature string
	doc       string
}

// packages are those that have operators.
var packages = []string{"operators", "merge", "race"}

// operatorsOf lists all operators.
func operatorsOf(t *testing.T) (all []operator) {
	t.Helper()
	for _, name := range packages {
		set := token.NewFileSet()
		paths, err := filepath.Glob("../../" + name + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		pkg, err := doc.NewFromFiles(set, files, "github.com/rxscope/rxscope/"+name)
		if err != nil {
			t.Fatal(err)
		}
		funcs := pkg.Funcs
		for _, typ := range pkg.Types {
			funcs = append(funcs, typ.Funcs...)
		}
		for _, f := range funcs {
			if returnsStream(f.Decl) {
				all = append(all, operator{name + "." + f.Name, signature(set, f.Decl), f.Doc})
			}
		}
	}
	return all
}

// returnsStream reports whether a result of f is a stream, or a slice of them.
func returnsStream(f *ast.FuncDecl) bool {
	if f.Type.Results == nil {
		return false
	}
	found := false
	for _, r := range f.Type.Results.List {
		ast.Inspect(r.Type, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Stream" {
				found = true
			}
			return true
		})
	}
	return found
}

func signature(set *token.FileSet, f *ast.FuncDecl) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, set, &ast.FuncDecl{Name: f.Name, Type: f.Type})
	return b.String()
}

// page returns the page that shows all pictures.
func page(t *testing.T) string {
	t.Helper()
	known := map[string]operator{}
	for _, o := range operatorsOf(t) {
		known[o.name] = o
	}
	var b strings.Builder
	b.WriteString("# The operators\n\n" +
		"Each picture is drawn from a run of the operator on a virtual clock; a test fails when one differs from what the code does. Time goes to the\n" +
		"right, a frame is 1 ms. A line is a stream, a bubble a value, a red cross an error, which is an event and not the end. A bar is the end of a\n" +
		"run; a grey cross says that it was stopped, or that its context has ended. The box is the operator, the line below it what comes out.\n")
	for _, f := range families {
		fmt.Fprintf(&b, "\n- [%s](#%s):", f.name, anchor(f.name))
		for i, p := range f.pictures {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, " [%s](#%s)", short(p.name), anchor(p.name))
		}
	}
	b.WriteString("\n")
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", f.name, f.about)
		for _, p := range f.pictures {
			o := known[p.name]
			fmt.Fprintf(&b, "\n### %s\n\n```go\n%s\n```\n\n%s\n\n![%[1]s](%[4]s.svg)\n", p.name, o.signature, synopsis(o.doc), short(p.name))
		}
	}
	return b.String()
}

// synopsis returns the first sentence of a comment, without links.
func synopsis(text string) string {
	return strings.NewReplacer("[", "", "]", "").Replace(new(doc.Package).Synopsis(text))
}

// anchor returns the link that a heading gets.
func anchor(heading string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", ".", "", ",", "").Replace(heading))
}
