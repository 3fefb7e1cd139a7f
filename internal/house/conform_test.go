package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// TestEveryOperatorIsTriedForConformity wants, for each exported function of
// these rooms that returns a stream, a call in conform_test.go or table_test.go
// with a text that begins with the function's name.
func TestEveryOperatorIsTriedForConformity(t *testing.T) {
	for _, dir := range []string{"operators", "merge", "race"} {
		missing, err := untried(os.DirFS("../.."), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range missing {
			t.Errorf("%s.%s returns a stream, but %s/conform_test.go does not try it: add a call of conform(t, %q, …)", dir, name, dir, name)
		}
	}
}

func TestUntriedOperatorsAreFound(t *testing.T) {
	house := fstest.MapFS{
		"ops/a.go": {Data: []byte(`package ops
			func Tried() stream.Stream[int] { return nil }
			func Untried[T any](s stream.Stream[T]) stream.Stream[T] { return nil }
			func Pair() (stream.Stream[int], stream.Stream[int]) { return nil, nil }
			func Collect(s stream.Stream[int]) []int { return nil }
			func hidden() stream.Stream[int] { return nil }
			func (o *Op) Method() stream.Stream[int] { return nil }`)},
		"ops/a_test.go":       {Data: []byte(`package ops; func Helper() stream.Stream[int] { return nil }`)},
		"ops/conform_test.go": {Data: []byte(`package ops; func TestX(t *testing.T) { t.Run("Tried of all", nil); t.Run("TriedToo", nil) }`)},
		"bare/b.go":           {Data: []byte(`package bare; func Alone() stream.Stream[int] { return nil }`)},
	}
	for dir, want := range map[string][]string{"ops": {"Untried", "Pair"}, "bare": {"Alone"}} {
		got, err := untried(house, dir)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("untried(%q) = %q, %v, want %q", dir, got, err, want)
		}
	}
}

// untried returns the exported functions of a package that return a stream and
// are not tried.
func untried(house fs.FS, dir string) (missing []string, err error) {
	files, err := fs.Glob(house, path.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var operators, tried []string
	for _, name := range files {
		src, err := fs.ReadFile(house, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			return nil, err
		}
		switch {
		case path.Base(name) == "conform_test.go", path.Base(name) == "table_test.go":
			tried = append(tried, namesInCalls(file)...)
		case !strings.HasSuffix(name, "_test.go"):
			operators = append(operators, operatorsOf(file)...)
		}
	}
	return slices.DeleteFunc(operators, func(name string) bool { return slices.Contains(tried, name) }), nil
}

// operatorsOf returns the exported functions of a file that return a stream.
func operatorsOf(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
			continue
		}
		if slices.ContainsFunc(f.Type.Results.List, func(r *ast.Field) bool { return isStream(r.Type) }) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// isStream reports whether e is stream.Stream of some type.
func isStream(e ast.Expr) bool {
	of, ok := e.(*ast.IndexExpr)
	if !ok {
		return false
	}
	sel, ok := of.X.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "stream" && sel.Sel.Name == "Stream"
}

// namesInCalls returns the first words of the texts that are arguments.
func namesInCalls(file *ast.File) (names []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					name, _, _ := strings.Cut(text, " ")
					names = append(names, name)
				}
			}
		}
		return true
	})
	return names
}
