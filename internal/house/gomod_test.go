package house_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// mayRequire lists the modules that the root go.mod may name, so that a go get
// of the library stays thrifty. docs/DEPENDENCIES.md has their reasons.
var mayRequire = []string{
	"go.uber.org/goleak", // in tests only
	"github.com/samber/lo",
	"golang.org/x/text", // which lo needs
	"github.com/cenkalti/backoff/v5",
	"golang.org/x/sync",
	"golang.org/x/time",
}

func TestRootModuleRequiresOnlyWhatItMay(t *testing.T) {
	for _, fault := range faults(goMod(t, os.DirFS("../.."), "go.mod")) {
		t.Error(fault)
	}
}

// TestDependenciesHaveTheirReason holds docs/DEPENDENCIES.md to the go.mod files
// of all modules.
func TestDependenciesHaveTheirReason(t *testing.T) {
	house := os.DirFS("../..")
	reasons := readFile(t, house, "docs/DEPENDENCIES.md")
	own := modulePath(t, house)
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Base(name) != "go.mod" {
			return err
		}
		for _, r := range unexplained(goMod(t, house, name), own, reasons) {
			t.Errorf("%s requires %s, and docs/DEPENDENCIES.md does not say why", name, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnexplainedDependenciesAreFound(t *testing.T) {
	planted := fstest.MapFS{"go.mod": {Data: []byte("require (\n\tour.org/x v0.0.0\n\ta.org/a v1.0.0\n\tb.org/b v1.0.0\n\tc.org/c v1.0.0 // indirect\n)\n")}}
	got := unexplained(goMod(t, planted, "go.mod"), "our.org/x", "`a.org/a`, and a.org/b")
	if want := []string{"b.org/b"}; !slices.Equal(got, want) {
		t.Errorf("unexplained = %q, want %q", got, want)
	}
}

// unexplained returns the modules that are required directly, are not ours and
// do not occur in reasons.
func unexplained(directives [][]string, own, reasons string) []string {
	var missing []string
	for _, d := range directives {
		if d[0] == "require" && d[len(d)-1] != "indirect" && !grants([]string{own}, d[1]) && !strings.Contains(reasons, "`"+d[1]+"`") {
			missing = append(missing, d[1])
		}
	}
	return missing
}

func TestForbiddenDirectivesAreFound(t *testing.T) {
	tests := []struct {
		name, line string
		want       int
	}{
		{"allowed", "require go.uber.org/goleak v1.3.0", 0},
		{"allowed, in a block", "require (\n\tgolang.org/x/time v0.1.0\n)", 0},
		{"comment", "// require example.com/x v1.0.0", 0},
		{"other module", "require example.com/x v1.0.0", 1},
		{"other module, in a block", "require (\n\tgolang.org/x/time v0.1.0\n\texample.com/x v1.0.0 // indirect\n)", 1},
		{"tool", "tool example.com/x", 1},
		{"tools, in a block", "tool (\n\texample.com/x\n\texample.com/y\n)", 2},
		{"replace", "replace example.com/x => ../x", 1},
		{"toolchain", "toolchain go1.27.3", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			planted := fstest.MapFS{"go.mod": {Data: []byte("module example.com/house\n\ngo 1.26\n\n" + tt.line + "\n")}}
			if got := faults(goMod(t, planted, "go.mod")); len(got) != tt.want {
				t.Errorf("faults = %q, want %d", got, tt.want)
			}
		})
	}
}

// faults returns a text for each directive that the root go.mod may not have.
func faults(directives [][]string) []string {
	var texts []string
	for _, d := range directives {
		line := strings.Join(d, " ")
		switch d[0] {
		case "module", "go":
		case "require":
			if !slices.Contains(mayRequire, d[1]) {
				texts = append(texts, "go.mod: "+line+": "+thirdParty)
			}
		default:
			texts = append(texts, "go.mod: "+line+": the root go.mod holds nothing but module, go and require: "+
				"tools and replacements of this repository are no matter of those who import it")
		}
	}
	return texts
}

func modulePath(t *testing.T, house fs.FS) string {
	for _, d := range goMod(t, house, "go.mod") {
		if d[0] == "module" {
			return d[1]
		}
	}
	t.Fatal("go.mod names no module")
	return ""
}

// goMod returns the directives of a go.mod file in words, blocks unfolded; the
// last word of an indirect requirement is "indirect".
func goMod(t *testing.T, house fs.FS, name string) [][]string {
	t.Helper()
	var directives [][]string
	var block []string
	for line := range strings.Lines(readFile(t, house, name)) {
		line, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			block = nil
		case words[len(words)-1] == "(":
			block = words[:1]
		default:
			if strings.TrimSpace(comment) == "indirect" {
				words = append(words, "indirect")
			}
			directives = append(directives, slices.Concat(block, words))
		}
	}
	return directives
}
