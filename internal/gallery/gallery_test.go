package gallery_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the pictures and the page instead of comparing them")

const folder = "../../docs/operators"

func TestGalleryShowsWhatTheCodeDoes(t *testing.T) {
	want := map[string]string{}
	pages := 0
	for _, f := range families {
		for _, p := range f.pictures {
			file := short(p.name) + ".svg"
			if _, twice := want[file]; twice {
				t.Errorf("%s has two pictures", p.name)
			}
			want[file] = draw(p, perform(t, p))
			pages++
		}
	}
	want["README.md"] = page(t)
	for file, text := range want {
		compare(t, filepath.Join(folder, file), text)
	}
	if have, err := filepath.Glob(folder + "/*"); err != nil || len(have) != len(want) {
		t.Errorf("%s has %d files, want %d (error %v)", folder, len(have), len(want), err)
	}
}

// compare fails if a file has another text, or writes it.
func compare(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != want {
		t.Errorf("%s does not show what the code does: run go generate ./internal/gallery (error %v)", path, err)
	}
}

func TestEveryOperatorHasItsPictureAndLinksIt(t *testing.T) {
	drawn := map[string]bool{}
	for _, f := range families {
		for _, p := range f.pictures {
			drawn[p.name] = true
		}
	}
	for _, o := range operatorsOf(t) {
		if !drawn[o.name] {
			t.Errorf("%s has no picture", o.name)
		}
		delete(drawn, o.name)
		if link := "/docs/operators/" + short(o.name) + ".svg"; !strings.Contains(o.doc, link) {
			t.Errorf("the comment of %s does not link %s", o.name, link)
		}
	}
	for name := range drawn {
		t.Errorf("%s has a picture and is no operator", name)
	}
}

// short returns the name without the package.
func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
