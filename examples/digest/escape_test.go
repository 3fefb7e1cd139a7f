package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// oddNames are names that some program or other trips over.
var oddNames = []struct{ name, line string }{
	{"plain", empty + "  plain"},
	{"with space", empty + "  with space"},
	{" around ", empty + "   around "},
	{"-dash", empty + "  -dash"},
	{"*star", empty + "  *star"},
	{"tab\tand\x01bell\a", empty + "  tab\tand\x01bell\a"},
	{`quotes'"`, empty + `  quotes'"`},
	{"grüße", empty + "  grüße"},
	{"not\xffutf\xc3", empty + "  not\xffutf\xc3"},
	{"new\nline", `\` + empty + `  new\nline`},
	{"carriage\rreturn", `\` + empty + `  carriage\rreturn`},
	{`back\slash`, `\` + empty + `  back\\slash`},
	{"all\\\n\r", `\` + empty + `  all\\\n\r`},
	{`\n`, `\` + empty + `  \\n`},
}

func TestLineIsThatOfSha256sum(t *testing.T) {
	for _, tt := range oddNames {
		if got := string(appendLine(nil, sum{path: tt.name, hash: sha256.Sum256(nil)})); got != tt.line+"\n" {
			t.Errorf("line of %q = %q, want %q", tt.name, got, tt.line+"\n")
		}
	}
}

// TestSha256sumAgrees asks the program itself.
func TestSha256sumAgrees(t *testing.T) {
	version, err := exec.Command("sha256sum", "--version").Output()
	if err != nil || !strings.Contains(string(version), "(GNU coreutils) 9") {
		t.Skip("no sha256sum of GNU coreutils 9")
	}
	dir := t.TempDir()
	for _, tt := range oddNames {
		if err := os.WriteFile(dir+"/"+tt.name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sha256sum", "--", tt.name)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil || string(out) != tt.line+"\n" {
			t.Errorf("sha256sum %q = %q, %v; digest has %q", tt.name, out, err, tt.line+"\n")
		}
	}
}

func TestErrorsKeepToTheirLine(t *testing.T) {
	tests := []struct{ msg, want string }{
		{"open a b: denied", "open a b: denied"},
		{`open a\b "c" grüße: denied`, `open a\b "c" grüße: denied`},
		{"open a\nb: denied", `open a\nb: denied`},
		{"open \x1b[31m: denied", `open \x1b[31m: denied`},
		{"open \xff\"\n: denied", `open \xff\"\n: denied`},
	}
	for _, tt := range tests {
		if got := printable(tt.msg); got != tt.want {
			t.Errorf("printable(%q) = %q, want %q", tt.msg, got, tt.want)
		}
	}
}
