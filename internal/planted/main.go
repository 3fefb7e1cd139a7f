// Command planted shows that the tests with random programs can fail: it plants bugs,
// one at a time in a copy of the tree, and runs the test that must find each.
//
//	go run ./internal/planted [-only regexp]
//
// A bug is a patch in the folder of this command, which says above the difference
// what it breaks and which command is to find it. The exit status is 1 if one was not
// found.
package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

//go:embed *.patch
var patches embed.FS

// patience is how long a bug is looked for.
const patience = 10 * time.Minute

func main() {
	only := flag.String("only", "", "plant the bugs whose name matches this regular expression")
	flag.Parse()
	if err := run(context.Background(), *only); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	names, err := fs.Glob(patches, "*.patch")
	if err != nil {
		return err
	}
	var missed []error
	for _, name := range names {
		name = strings.TrimSuffix(name, ".patch")
		if !match.MatchString(name) {
			continue
		}
		began := time.Now()
		found, err := try(ctx, name)
		if err != nil {
			missed = append(missed, fmt.Errorf("%s: %w", name, err))
			fmt.Printf("%-28s NOT FOUND in %.0fs\n", name, time.Since(began).Seconds())
			continue
		}
		fmt.Printf("%-28s %4.0fs  %s\n", name, time.Since(began).Seconds(), found)
	}
	return errors.Join(missed...)
}

// try plants one bug and returns the line that tells of it.
func try(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	patch, err := patches.ReadFile(name + ".patch")
	if err != nil {
		return "", err
	}
	find, ok := field(patch, "Find: ")
	if !ok {
		return "", errors.New("no line says what is to find it")
	}
	dir, err := os.MkdirTemp("", "planted")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := copyTree(dir); err != nil {
		return "", err
	}
	if out, err := output(ctx, dir, patch, "git", "apply", "-"); err != nil {
		return "", fmt.Errorf("applying the patch: %w\n%s", err, out)
	}
	args := strings.Fields(find)
	out, err := output(ctx, dir, nil, args[0], args[1:]...)
	if err == nil {
		return "", fmt.Errorf("%s passes", find)
	}
	return symptom(out)
}

// field returns the rest of the line of the patch that begins with key.
func field(patch []byte, key string) (string, bool) {
	for line := range strings.Lines(string(patch)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// copyTree copies the tree that the command is run in, without what git and tools keep.
func copyTree(to string) error {
	return filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o750)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path) //nolint:gosec // of the tree it is run in
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o600)
	})
}

// output runs a command in dir and returns what it prints.
func output(ctx context.Context, dir string, input []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the commands of the patches
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
	cmd.WaitDelay = time.Second
	return cmd.CombinedOutput()
}

// seed is how the tests name the program that failed.
var seed = regexp.MustCompile(`seed[_ ]\d+|/\d+ \(`)

// symptom returns the seed and the first thing that a failing test said.
func symptom(out []byte) (string, error) {
	if !bytes.Contains(out, []byte("--- FAIL")) && !bytes.Contains(out, []byte("panic:")) && !bytes.Contains(out, []byte("fatal error:")) {
		return "", fmt.Errorf("no test failed:\n%s", out)
	}
	said := string(seed.Find(out))
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "_test.go:") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			if len(line) > 150 {
				line = line[:150]
			}
			return strings.Trim(said, " (/") + ": " + line, nil
		}
	}
	return said, nil
}
