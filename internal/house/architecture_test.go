package house_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestArchitectureNamesTestsThatExist keeps the last table of ARCHITECTURE.md
// true: whoever renames a test renames it there too.
func TestArchitectureNamesTestsThatExist(t *testing.T) {
	root := os.DirFS("../..")
	page := readFile(t, root, "ARCHITECTURE.md")
	if lines := strings.Count(page, "\n"); lines > 120 {
		t.Errorf("ARCHITECTURE.md has %d lines, want at most 120: it is read in ten minutes", lines)
	}
	named, missing := namedTests(page, allCode(t, root))
	if named == 0 {
		t.Error("ARCHITECTURE.md names no test")
	}
	for _, name := range missing {
		t.Errorf("ARCHITECTURE.md names %s, which does not exist", name)
	}
}

// TestDialingNamesTestsThatExist does so for the tables of docs/dialing.md.
func TestDialingNamesTestsThatExist(t *testing.T) {
	root := os.DirFS("../..")
	named, missing := namedTests(readFile(t, root, "docs/dialing.md"), allCode(t, root))
	if named == 0 {
		t.Error("docs/dialing.md names no test")
	}
	for _, name := range missing {
		t.Errorf("docs/dialing.md names %s, which does not exist", name)
	}
}

func TestMissingTestsAreFound(t *testing.T) {
	named, missing := namedTests("`TestA` and `TestB`", "func TestA(t *testing.T) {}\nfunc TestBoth(t *testing.T) {}\n")
	if named != 2 || len(missing) != 1 || missing[0] != "TestB" {
		t.Errorf("namedTests() = %d, %q, want 2 and TestB missing", named, missing)
	}
}

var testName = regexp.MustCompile(`\bTest[A-Z]\w*`)

// namedTests returns how many tests page names, and which of them are not in
// code.
func namedTests(page, code string) (named int, missing []string) {
	for _, name := range testName.FindAllString(page, -1) {
		named++
		if !strings.Contains(code, "\nfunc "+name+"(") && !strings.HasPrefix(code, "func "+name+"(") {
			missing = append(missing, name)
		}
	}
	return named, missing
}
