package scope_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rxscope/rxscope/scope"
)

// openTree opens a scope for each path, relative to top; the parents come
// first.
func openTree(top *scope.Scope, paths ...string) {
	opened := map[string]*scope.Scope{"": top}
	for _, p := range paths {
		dir, name := "", p
		if i := strings.LastIndexByte(p, '/'); i >= 0 {
			dir, name = p[:i], p[i+1:]
		}
		s := opened[dir].Child(name)
		opened[strings.TrimPrefix(s.Path(), top.Path()+"/")] = s
	}
}

func pathsOf(list []*scope.Scope) []string {
	paths := []string{}
	for _, s := range list {
		paths = append(paths, s.Path())
	}
	return paths
}

func TestFindMatchesElementsOfThePath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		openTree(top, "app-a", "app-a/timers", "app-a/timers/tick", "app-b", "app-b/timers", "jobs", "jobs/timers", "jobs/w", "jobs/w", "jobs/w", "a*b")
		other := scope.New(t.Context(), "other")
		tests := []struct{ pattern, want string }{
			{"app-a", "/top/app-a"},
			{"app-*/timers", "/top/app-a/timers /top/app-b/timers"},
			{"*/timers", "/top/app-a/timers /top/app-b/timers /top/jobs/timers"},
			{"timers", ""},
			{"**/timers", "/top/app-a/timers /top/app-b/timers /top/jobs/timers"},
			{"**/t*", "/top/app-a/timers /top/app-a/timers/tick /top/app-b/timers /top/jobs/timers"},
			{"app-[^a]/**", "/top/app-b /top/app-b/timers"},
			{"app-a/**/tick", "/top/app-a/timers/tick"},
			{"app-a/timers/**/tick", "/top/app-a/timers/tick"},
			{"**/**/tick/**", "/top/app-a/timers/tick"},
			{"jobs/w", "/top/jobs/w /top/jobs/w#2 /top/jobs/w#3"},
			{"jobs/w#2", "/top/jobs/w#2"},
			{"jobs/*#*", "/top/jobs/w#2 /top/jobs/w#3"},
			{"jobs/w#1", ""},
			{`a\*b`, "/top/a*b"},
			{"top", ""},
			{"..", ""},
		}
		for _, tt := range tests {
			found, err := top.Find(tt.pattern)
			if got := strings.Join(pathsOf(found), " "); got != tt.want || err != nil {
				t.Errorf("Find(%q) = %q, %v, want %q", tt.pattern, got, err, tt.want)
			}
			found, err = scope.Find("/top/" + tt.pattern)
			if got := strings.Join(pathsOf(found), " "); got != tt.want || err != nil {
				t.Errorf("Find(%q) = %q, %v, want %q", "/top/"+tt.pattern, got, err, tt.want)
			}
		}
		all, err := scope.Find("/**")
		if want := slices.Collect(scope.Walk()); !slices.Equal(all, want) || err != nil {
			t.Errorf("Find(/**) = %q, %v, want %q", pathsOf(all), err, pathsOf(want))
		}
		mustClose(t, top)
		mustClose(t, other)
	})
}

func TestFindRefusesAMalformedPattern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		for _, pattern := range []string{"", "/", "a/", "/a", "a//b", "[", "nothing/[", `\`, "[]a]", "**/[-]"} {
			if found, err := s.Find(pattern); !errors.Is(err, path.ErrBadPattern) || found != nil {
				t.Errorf("s.Find(%q) = %q, %v, want %v", pattern, pathsOf(found), err, path.ErrBadPattern)
			}
			if found, err := scope.Find("/" + pattern); !errors.Is(err, path.ErrBadPattern) || found != nil {
				t.Errorf("Find(%q) = %q, %v, want %v", "/"+pattern, pathsOf(found), err, path.ErrBadPattern)
			}
		}
		_, err := scope.Find("s")
		if want := `scope: Find: pattern "s": syntax error in pattern`; err == nil || err.Error() != want {
			t.Errorf("Find(s) = %v, want %s", err, want)
		}
		mustClose(t, s)
	})
}

// matchSlowly is what Find means, said without regard to time.
func matchSlowly(pattern, elements []string) bool {
	if len(pattern) == 0 {
		return len(elements) == 0
	}
	if pattern[0] == "**" {
		return matchSlowly(pattern[1:], elements) || len(elements) > 0 && matchSlowly(pattern, elements[1:])
	}
	if len(elements) == 0 {
		return false
	}
	element := elements[0]
	if !strings.Contains(pattern[0], "#") {
		element, _, _ = strings.Cut(element, "#")
	}
	ok, err := path.Match(pattern[0], element)
	return ok && err == nil && matchSlowly(pattern[1:], elements[1:])
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"**", "a/**/b", "a#2", "**/a/**/a/**", "[a-b]/*", "*#[2-3]/?", "[", "a//b", `\a`, "***"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if strings.Count(pattern, "**") > 6 {
			return // the reference is slow
		}
		top := scope.New(context.Background(), "top")
		defer mustClose(t, top)
		openTree(top, "a", "a", "b", "a/a", "a/b", "a/b/a", "a/b/a/b", "a#2/a", "a#2/a", "b/*")
		found, err := top.Find(pattern)
		elements := strings.Split(pattern, "/")
		bad := slices.ContainsFunc(elements, func(e string) bool {
			_, err := path.Match(e, "x")
			return e == "" || err != nil
		})
		if bad != errors.Is(err, path.ErrBadPattern) || bad != (err != nil) {
			t.Fatalf("Find(%q) = %v, malformed: %v", pattern, err, bad)
		}
		if bad {
			return
		}
		want := []string{}
		for s := range top.Walk() {
			rel := strings.Split(s.Path(), "/")[2:]
			if matchSlowly(elements, rel) {
				want = append(want, s.Path())
			}
		}
		if got := pathsOf(found); !slices.Equal(got, want) {
			t.Errorf("Find(%q) = %q, want %q", pattern, got, want)
		}
	})
}

func TestWalkComesToParentsBeforeChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		openTree(top, "b", "a", "b/x", "a/y", "b/x/z")
		want := []string{"/top", "/top/b", "/top/b/x", "/top/b/x/z", "/top/a", "/top/a/y"}
		if got := pathsOf(slices.Collect(top.Walk())); !slices.Equal(got, want) {
			t.Errorf("Walk() = %q, want %q", got, want)
		}
		for n := range want {
			var got []string
			for s := range top.Walk() {
				got = append(got, s.Path())
				s.Children() // no lock is held
				if len(got) == n+1 {
					break
				}
			}
			if !slices.Equal(got, want[:n+1]) {
				t.Errorf("a loop left after %d saw %q, want %q", n+1, got, want[:n+1])
			}
		}
		mustClose(t, top)
	})
}

func TestWalkUnderChurnComesOnceToWhatStaysOpen(t *testing.T) {
	top := scope.New(t.Context(), "top")
	stay := map[*scope.Scope]bool{top: true}
	for i := range 20 {
		s := top.Child(fmt.Sprint("stays", i))
		stay[s] = true
		stay[s.Child("below")] = true
	}
	stop := make(chan struct{})
	var churn sync.WaitGroup
	for range 3 {
		churn.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for s := range stay {
					k := s.Child("comes and goes")
					k.Child("below")
					mustClose(t, k)
					break
				}
			}
		})
	}
	for range rounds(300) {
		seen := map[*scope.Scope]int{}
		for s := range top.Walk() {
			seen[s]++
		}
		for s, n := range seen {
			if n > 1 {
				t.Fatalf("%s came %d times", s.Path(), n)
			}
		}
		for s := range stay {
			if seen[s] != 1 {
				t.Fatalf("%s came %d times, want once", s.Path(), seen[s])
			}
		}
	}
	close(stop)
	churn.Wait()
	mustClose(t, top)
}
