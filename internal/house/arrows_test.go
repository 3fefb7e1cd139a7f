package house_test

import (
	"cmp"
	"fmt"
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

// A room is one package of the root module and what it may import beside the
// standard library.
type room struct {
	dir     string
	rooms   []string // of this module
	modules []string // other modules
	why     string   // told to whoever draws an arrow that is not listed
}

// under is what the rooms on top stand on.
var under = []string{"stream", "scope", "internal/queue", "internal/discard", "internal/fan"}

// rooms is the table of allowed arrows, from the ground up: a room imports
// only rooms above it in this list, so the table itself allows no circle.
var rooms = []room{
	{
		dir: "internal/house",
		why: "it judges the other rooms, so it depends on none of them",
	},
	{
		dir: "internal/gallery",
		why: "it draws the other rooms in its tests, and nothing stands on it",
	},
	{
		dir: "internal/guides",
		why: "it runs what the guides for users of other libraries say, and nothing stands on it",
	},
	{
		dir: "internal/planted",
		why: "it breaks a copy of the other rooms and runs their tests, and needs none of them itself",
	},
	{
		dir: "internal/queue",
		why: "a queue knows neither streams nor scopes, so that every room can stand on it",
	},
	{
		dir: "internal/discard",
		why: "it only gives back what nobody received, and every room that may drop a value stands on it",
	},
	{
		dir: "stream",
		why: "stream is the ground floor: it knows nothing of scopes, and whoever wants only sequences carries nothing else",
	},
	{
		dir:     "scope",
		rooms:   []string{"stream", "internal/discard"},
		modules: []string{"golang.org/x/sync"},
		why: "scope stays small: what can be built on its public face is a room of its own, " +
			"which also proves that a user's package could be built there",
	},
	{
		dir:     "scope/supervise",
		rooms:   []string{"stream", "scope"},
		modules: []string{"github.com/cenkalti/backoff/v5"},
		why:     "supervise restarts tasks through the public face of scope, as a user's package could",
	},
	{
		dir:   "scope/sink",
		rooms: []string{"stream", "scope"},
		why:   "sinks stand on the public face of scope, as those of a user do",
	},
	{
		dir:   "scope/timer",
		rooms: []string{"stream", "scope"},
		why:   "timer stands on the public face of scope, as a user's package could",
	},
	{
		dir:   "scope/record",
		rooms: []string{"scope"},
		why:   "record is told what happens through the hooks of scope, as a user's monitor is",
	},
	{
		dir:   "internal/fan",
		rooms: []string{"stream", "scope", "internal/queue", "internal/discard"},
		why:   "fan is what the asynchronous rooms share: it stands under all of them and knows none of them",
	},
	{
		dir:     "operators",
		rooms:   under,
		modules: []string{"golang.org/x/time"},
		why:     sideways,
	},
	{
		dir:     "merge",
		rooms:   under,
		modules: []string{"github.com/samber/lo"},
		why:     sideways,
	},
	{
		dir:   "race",
		rooms: under,
		why:   sideways,
	},
	{
		dir:   "dial",
		rooms: []string{"stream", "scope", "race"},
		why:   "dial is a race and stands on its public face, as a user's dialer could",
	},
	{
		dir:   "streamtest",
		rooms: []string{"stream", "scope"},
		why:   "streamtest judges operators by the public face of stream and scope: it must judge those of a user as well as ours",
	},
	{
		dir:   "scopehttp",
		rooms: []string{"scope"},
		why:   "scopehttp ties net/http to scopes and no more: what a handler does with streams is its own affair",
	},
}

const (
	sideways = "rooms side by side do not import each other, so that each can be read, used and changed alone; " +
		"what two of them share and no user needs goes to internal/"
	thirdParty = "every module that the core imports comes along with every go get of it; " +
		"what is heavy or optional lives in examples/, benchmarks/ or contrib/, and docs/DEPENDENCIES.md says why each is there"
	cgo      = "the library builds with the Go toolchain alone, for every platform that has one"
	homeless = "a package without a row in the table of internal/house has no place in the house: " +
		"decide what it may import, add the row and its line in ARCHITECTURE.md"
)

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	house := os.DirFS("../..")
	module := modulePath(t, house)
	seen, breaches, err := survey(house, module)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
	for _, r := range rooms {
		if !slices.Contains(seen, r.dir) {
			t.Errorf("the table has a row for %s, but there is no such package: take the row out, it grants arrows to nobody", r.dir)
		}
	}
}

func TestTableAllowsNoCircle(t *testing.T) {
	for i, r := range rooms {
		if r.why == "" {
			t.Errorf("room %s does not say why its other arrows are forbidden", r.dir)
		}
		for _, to := range r.rooms {
			if !slices.ContainsFunc(rooms[:i], func(r room) bool { return r.dir == to }) {
				t.Errorf("room %s may import %s, which is not above it in the table", r.dir, to)
			}
		}
	}
}

// TestForbiddenArrowsAreFound plants each kind of breach in a house of its
// own, so that a survey that finds nothing in ours means something.
func TestForbiddenArrowsAreFound(t *testing.T) {
	const module = "example.com/house"
	tests := []struct {
		name, file, src string
		want            []string // parts of the one breach; none: it is allowed
	}{
		{"up", "stream/of.go", `import "example.com/house/scope"`, []string{"stream/of.go:2", "example.com/house/scope", "ground floor"}},
		{"up, renamed", "stream/of.go", `import s "example.com/house/scope"`, []string{"example.com/house/scope"}},
		{"up, for effect", "stream/of.go", `import _ "example.com/house/scope"`, []string{"example.com/house/scope"}},
		{"up, behind a build tag", "stream/of_plan9.go", `import "example.com/house/scope"`, []string{"example.com/house/scope"}},
		{"second of two", "stream/of.go", "import (\n\"io\"\n\"example.com/house/scope\"\n)", []string{"stream/of.go:4"}},
		{"sideways", "race/race.go", `import "example.com/house/operators"`, []string{"side by side"}},
		{"into a room below a room", "race/race.go", `import "example.com/house/scope/sink"`, []string{"example.com/house/scope/sink"}},
		{"the module itself", "race/race.go", `import "example.com/house"`, []string{"example.com/house"}},
		{"another module", "race/race.go", `import "github.com/samber/lo"`, []string{"github.com/samber/lo", "go get"}},
		{"a module with a like name", "merge/merge.go", `import "example.com/household"`, []string{"go get"}},
		{"cgo", "scope/c.go", `import "C"`, []string{"toolchain alone"}},
		{"new room", "timer/timer.go", `import "time"`, []string{"timer", "row in the table"}},
		{"new room without imports", "scope/attic/tee.go", ``, []string{"scope/attic", "row in the table"}},
		{"package at the root", "rxscope.go", ``, []string{"row in the table"}},

		{"down", "scope/scope.go", `import "example.com/house/stream"`, nil},
		{"standard library", "stream/of.go", "import (\n\"io/fs\"\n\"context\"\n)", nil},
		{"test file", "stream/of_test.go", `import "example.com/house/operators"`, nil},
		{"nested module", "examples/digest/main.go", `import "github.com/samber/lo"`, nil},
		{"test data", "stream/testdata/x.go", `import "example.com/house/scope"`, nil},
		{"hidden folder", ".cache/x.go", `import "example.com/house/scope"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			planted := fstest.MapFS{
				"go.mod":          {Data: []byte("module " + module + "\n")},
				"examples/go.mod": {Data: []byte("module " + module + "/examples\n")},
				tt.file:           {Data: []byte("package x\n" + tt.src + "\n")},
			}
			_, breaches, err := survey(planted, module)
			if err != nil {
				t.Fatal(err)
			}
			want := min(len(tt.want), 1)
			if len(breaches) != want {
				t.Fatalf("survey found %q, want %d breaches", breaches, want)
			}
			for _, part := range tt.want {
				if !strings.Contains(breaches[0], part) {
					t.Errorf("breach = %q, want it to say %q", breaches[0], part)
				}
			}
		})
	}
}

func TestModuleGrantCoversItsPackagesOnly(t *testing.T) {
	granted := []string{"github.com/samber/lo"}
	for imp, want := range map[string]bool{
		"github.com/samber/lo":         true,
		"github.com/samber/lo/mutable": true,
		"github.com/samber/lorem":      false,
		"github.com/samber":            false,
	} {
		if got := grants(granted, imp); got != want {
			t.Errorf("grants(%q, %q) = %v, want %v", granted, imp, got, want)
		}
	}
}

// survey reads the packages of the module in house, not those of the modules
// nested in it, and returns their folders and a text for each import that the
// table forbids.
func survey(house fs.FS, module string) (seen, breaches []string, err error) {
	err = fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(house, name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		if dir := path.Dir(name); !slices.Contains(seen, dir) {
			seen = append(seen, dir)
		}
		found, err := judge(house, module, name)
		breaches = append(breaches, found...)
		return err
	})
	return seen, breaches, err
}

// enter returns [fs.SkipDir] for a folder whose packages are not the module's.
func enter(house fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(house, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// judge returns what is wrong with the imports of one file.
func judge(house fs.FS, module, name string) ([]string, error) {
	dir := path.Dir(name)
	i := slices.IndexFunc(rooms, func(r room) bool { return r.dir == dir })
	if i < 0 {
		return []string{fmt.Sprintf("%s: package %s: %s", name, dir, homeless)}, nil
	}
	src, err := fs.ReadFile(house, name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var breaches []string
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if why := rooms[i].forbids(module, imp); why != "" {
			breaches = append(breaches, fmt.Sprintf("%s: room %s may not import %s: %s", fset.Position(spec.Pos()), dir, imp, why))
		}
	}
	return breaches, nil
}

// forbids returns why r may not import imp, "" if it may.
func (r room) forbids(module, imp string) string {
	first, _, _ := strings.Cut(imp, "/")
	switch own, inside := strings.CutPrefix(imp, module); {
	case imp == "C":
		return cgo
	case inside && (own == "" || own[0] == '/'):
		if slices.Contains(r.rooms, strings.TrimPrefix(own, "/")) {
			return ""
		}
		return r.why + "; " + r.listing()
	case !strings.Contains(first, "."): // the standard library has no dot there
		return ""
	case grants(r.modules, imp):
		return ""
	}
	return thirdParty
}

func (r room) listing() string {
	return "it may import " + cmp.Or(strings.Join(r.rooms, ", "), "no other room")
}

// grants reports whether imp is a package of one of modules.
func grants(modules []string, imp string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return imp == m || strings.HasPrefix(imp, m+"/")
	})
}
