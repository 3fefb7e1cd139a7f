package main

import (
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPatchesFitTheTree keeps the patches true while the code moves on.
func TestPatchesFitTheTree(t *testing.T) {
	names, err := fs.Glob(patches, "*.patch")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d patches, error %v, want at least 12", len(names), err)
	}
	for _, name := range names {
		patch, err := patches.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		what, told := field(patch, "What: ")
		find, finds := field(patch, "Find: ")
		if !told || !finds || !strings.HasPrefix(find, "go test ") || !strings.HasSuffix(what, ".") {
			t.Errorf("%s says %q and is to be found by %q", name, what, find)
		}
		cmd := exec.Command("git", "apply", "--check", "-")
		cmd.Dir, cmd.Stdin = "../..", strings.NewReader(string(patch))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestSymptomIsTheSeedAndWhatTheTestSaid(t *testing.T) {
	for out, want := range map[string]string{
		"--- FAIL: TestX (0.1s)\n    --- FAIL: TestX/seed_7 (0.0s)\n        x_test.go:9: broken": "seed_7: x_test.go:9: broken",
		"--- FAIL: TestX (0.1s)\n    --- FAIL: TestX/17 (0.0s)\npanic: deadlock: all [x]":        "17: panic: deadlock: all [x]",
	} {
		if got, err := symptom([]byte(out)); got != want || err != nil {
			t.Errorf("symptom(%q) = %q, %v, want %q", out, got, err, want)
		}
	}
	if got, err := symptom([]byte("FAIL x [build failed]")); err == nil {
		t.Errorf("symptom of a build = %q, want an error", got)
	}
}
