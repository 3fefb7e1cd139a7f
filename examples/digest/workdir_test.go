package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestChdirFlagIsThatOfTheGoCommand(t *testing.T) {
	const goCmd = "/usr/local/go/bin/go"
	tests := []struct {
		name, exe, args string
		dir             string
		known           bool
	}{
		{"usual", goCmd, "go run -C examples ./digest x", "examples", true},
		{"joined", goCmd, "go run -C=examples ./digest x", "examples", true},
		{"two dashes", goCmd, "go run --C examples ./digest x", "examples", true},
		{"before the command", goCmd, "go -C examples run ./digest x", "examples", true},
		{"without", goCmd, "go run ./digest x", "", true},
		{"an argument of the program", goCmd, "go run ./digest -C x", "", true},
		{"alone", goCmd, "go", "", true},
		{"changed toolchain", "/m/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/bin/go", "go run ./digest x", "", false},
		{"downloaded toolchain", "/m/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/bin/go", "go run -C examples ./digest x", "examples", true},
		{"other parent", "/bin/sh", "sh -C examples", "", false},
		{"not to be seen", "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, known := chdirFlag(tt.exe, strings.Fields(tt.args))
			if dir != tt.dir || known != tt.known {
				t.Errorf("chdirFlag(%q) = %q, %v; want %q, %v", tt.args, dir, known, tt.dir, tt.known)
			}
		})
	}
}

func TestUserFolderIsWhereGoWasStarted(t *testing.T) {
	root := write(t, "clone/examples/digest/x", "else/x")
	if err := os.Symlink("clone/examples", root+"/link"); err != nil {
		t.Skip(err)
	}
	clone, examples, elsewhere := root+"/clone", root+"/clone/examples", root+"/else"
	tests := []struct {
		name, cwd, pwd, dir string
		known               bool
		want                string
	}{
		{"flag and PWD agree", examples, clone, "examples", true, clone},
		{"PWD is stale", examples, elsewhere, "examples", true, clone},
		{"PWD is missing", examples, "", "examples", true, clone},
		{"untidy flag", examples, elsewhere, "./clone//examples/", true, root},
		{"no flag", examples, elsewhere, "", true, examples},
		{"flag stays", examples, elsewhere, ".", true, examples},
		{"up and down", examples, elsewhere, "../clone/examples", true, elsewhere},
		{"up and down without PWD", examples, "", "../examples", true, examples},
		{"absolute", examples, elsewhere, examples, true, elsewhere},
		{"absolute without PWD", examples, "", examples, true, examples},
		{"through a link", examples, root, "link", true, root},
		{"flag unknown", examples, clone, "", false, clone},
		{"flag unknown, PWD gone", examples, root + "/gone", "", false, examples},
		{"flag unknown, PWD no folder", examples, elsewhere + "/x", "", false, examples},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := userFolder(tt.cwd, tt.pwd, tt.dir, tt.known)
			if filepath.Clean(got) != tt.want {
				t.Errorf("userFolder = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGoRunIsRecognised(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		exe  string
		want bool
	}{
		{"/tmp/go-build123/b001/exe/digest", true},
		{"/home/u/.cache/go-build/01/" + hash + "-d/digest", true},
		{"/home/u/bin/digest", false},
		{"/home/u/exe/digest", false},
		{"/home/u/nice-d/digest", false},
	}
	for _, tt := range tests {
		if got := builtByGoRun(filepath.FromSlash(tt.exe)); got != tt.want {
			t.Errorf("builtByGoRun(%q) = %v, want %v", tt.exe, got, tt.want)
		}
	}
}

// TestRelativePathsAreTheUsers runs what the README shows.
func TestRelativePathsAreTheUsers(t *testing.T) {
	examples, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	user, clone := write(t, "sub/mine"), filepath.Dir(examples)
	stale := append(os.Environ(), "PWD=/")
	tests := []struct {
		name, in, flag string
		env            []string // nil: PWD is right
		arg, path      string
	}{
		{"elsewhere", user, examples, nil, "sub", "sub/mine"},
		{"elsewhere, dot", user, examples, nil, ".", "./sub/mine"},
		{"in the clone", clone, "examples", nil, "examples/go.mod", "examples/go.mod"},
		{"in the clone, PWD is stale", clone, "examples", stale, "examples/go.mod", "examples/go.mod"},
		{"in examples", examples, ".", stale, "digest/main.go", "digest/main.go"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command("go", "run", "-C", tt.flag, "-buildvcs=false", "./digest", "-quiet", tt.arg)
			cmd.Dir, cmd.Env = tt.in, tt.env
			if got := start(t, cmd); !strings.HasSuffix(got.stdout, "  "+tt.path+"\n") || got.status != 0 {
				t.Errorf("%q in %s = %+v, want the hash of %s", cmd.Args, tt.in, got, tt.path)
			}
		})
	}
}

// TestPlainProgramStaysWhereItIs: only go run moves, so only then is PWD
// looked at.
func TestPlainProgramStaysWhereItIs(t *testing.T) {
	cmd := exec.Command(program, "-quiet", "sub")
	cmd.Dir, cmd.Env = write(t, "sub/mine"), []string{"PWD=" + write(t, "sub/other")}
	if got := start(t, cmd); !strings.HasSuffix(got.stdout, "  sub/mine\n") {
		t.Errorf("digest sub = %+v, want the hash of sub/mine", got)
	}
}
