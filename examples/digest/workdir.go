package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// backToUser makes relative paths mean what the user meant. Started as
//
//	go run -C examples ./digest PATH
//
// the program finds itself in the folder examples, and the user is elsewhere.
func backToUser() error {
	exe, err := os.Executable()
	if err != nil || !builtByGoRun(exe) {
		return nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	dir, known := chdirFlag(parent())
	return os.Chdir(userFolder(cwd, os.Getenv("PWD"), dir, known))
}

// builtByGoRun reports whether exe is where go run puts the programs it runs:
// in a folder for the build, b001/exe, or in the build cache, under a hash.
func builtByGoRun(exe string) bool {
	dir := filepath.Dir(exe)
	name := filepath.Base(dir)
	const hash = 64
	return strings.HasSuffix(filepath.ToSlash(dir), "/b001/exe") ||
		len(name) == hash+len("-d") && strings.HasSuffix(name, "-d")
}

// userFolder returns the folder from which go run -C dir has led to cwd. The
// flag comes first, for it is a fact; pwd, what the shell calls its folder, is
// stale if go was started by a program that moved without saying so.
func userFolder(cwd, pwd, dir string, known bool) string {
	dir = filepath.Clean(dir)
	switch before, moved := strings.CutSuffix(cwd, string(filepath.Separator)+dir); {
	case known && dir == ".":
		return cwd // it has led nowhere
	case known && filepath.IsAbs(pwd) && !filepath.IsAbs(dir) && sameFolder(filepath.Join(pwd, dir), cwd):
		return pwd
	case known && filepath.IsLocal(dir) && moved:
		return before + string(filepath.Separator)
	case sameFolder(pwd, pwd):
		return pwd
	}
	return cwd
}

func sameFolder(a, b string) bool {
	fa, erra := os.Stat(a)
	fb, errb := os.Stat(b)
	return erra == nil && errb == nil && fa.IsDir() && os.SameFile(fa, fb)
}

// chdirFlag returns the value of the flag -C among the arguments of the go
// command exe, "" without one. That is not known where the arguments cannot be
// seen, nor where the go command has changed to another toolchain, for it takes
// the flag away before.
func chdirFlag(exe string, args []string) (dir string, known bool) {
	if filepath.Base(exe) != "go" {
		return "", false
	}
	rest := args[min(1, len(args)):]
	if len(rest) > 0 && rest[0] == "run" {
		rest = rest[1:]
	}
	if len(rest) > 0 {
		flag, dir, joined := strings.Cut(rest[0], "=")
		isC := flag == "-C" || flag == "--C"
		switch {
		case isC && joined:
			return dir, true
		case isC && len(rest) > 1:
			return rest[1], true
		}
	}
	return "", !strings.Contains(exe, "golang.org/toolchain@")
}

// parent returns the executable and the arguments of the process that started
// this one. They are empty if they cannot be seen, as outside Linux.
func parent() (exe string, args []string) {
	proc := fmt.Sprintf("/proc/%d/", os.Getppid())
	exe, err := os.Readlink(proc + "exe")
	if err != nil {
		return "", nil
	}
	cmdline, err := os.ReadFile(proc + "cmdline")
	if err != nil {
		return "", nil
	}
	return exe, strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")
}
