package scope_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"github.com/rxscope/rxscope/scope"
)

func TestNamesAreMadeFitForAPath(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct{ name, want string }{
		{"", "_"},
		{"w", "w"},
		{"app-a_1:x", "app-a_1:x"},
		{"two words", "two words"},
		{"a/b", "a_b"},
		{"/", "_"},
		{"//", "__"},
		{"a#2", "a_2"},
		{"#", "_"},
		{".", "_"},
		{"..", "_"},
		{"...", "..."},
		{".hidden", ".hidden"},
		{"v1.2", "v1.2"},
		{"line\nbreak", "line_break"},
		{"tab\tand\x00nul\x7f", "tab_and_nul_"},
		{"\x1b[31mred", "_[31mred"},
		{"größe", "größe"},
		{"日本", "日本"},
		{"no\u00a0break", "no_break"},      // a space that looks like another
		{"\u202egnp.exe", "_gnp.exe"},      // turns the text around
		{"zero\u200bwidth", "zero_width"},  // does not print
		{"\ufeffmark", "_mark"},            // byte order mark
		{"bad\xff\xfebytes", "bad__bytes"}, // no UTF-8
		{"\xc3", "_"},                      // half a character
		{"real \ufffd", "real _"},          // looks like bad bytes
		{"\xed\xa0\x80", "___"},            // a surrogate
		{"100%", "100%"},                   // no verb
		{"a\\b\"c", "a\\b\"c"},             // quotes are for whoever prints
		{long, long[:128]},                 // cut
		{long[:127] + "é", long[:127]},     // not in the middle of a character
		{long[:126] + "é", long[:126] + "é"},
		{strings.Repeat("日", 50), strings.Repeat("日", 42)},
		{strings.Repeat("\xff", 200), strings.Repeat("_", 128)},
	}
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		for _, tt := range tests {
			s := top.Child(tt.name)
			if got := s.Name(); got != tt.want {
				t.Errorf("%q: Name() = %q, want %q", tt.name, got, tt.want)
			}
			if got := s.Path(); got != "/top/"+tt.want {
				t.Errorf("%q: Path() = %q, want %q", tt.name, got, "/top/"+tt.want)
			}
			mustClose(t, s)
		}
		mustClose(t, top)
	})
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"", "w", "a/b", ".", "..", "\xff", "a\x00b", strings.Repeat("é", 100), "w#2", "\u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		top := scope.New(context.Background(), "top")
		defer mustClose(t, top)
		first, second := top.Child(name), top.Child(name)
		element := strings.TrimPrefix(first.Path(), "/top/")
		if element != first.Name() || second.Path() != first.Path()+"#2" {
			t.Errorf("%q: paths %q and %q of name %q", name, first.Path(), second.Path(), first.Name())
		}
		switch {
		case element == "" || element == "." || element == "..":
			t.Errorf("%q: element %q", name, element)
		case len(element) > 128:
			t.Errorf("%q: element of %d bytes", name, len(element))
		case !utf8.ValidString(element):
			t.Errorf("%q: element %q is not UTF-8", name, element)
		case strings.ContainsAny(element, "/#") || strings.ContainsFunc(element, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }):
			t.Errorf("%q: element %q does not print", name, element)
		}
		again := top.Child(element)
		if again.Name() != element {
			t.Errorf("%q: the name of %q is %q, want it unchanged", name, element, again.Name())
		}
	})
}

func TestPathsOfSiblingsDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		opened := map[string]*scope.Scope{}
		open := func(name, want string) {
			t.Helper()
			s := top.Child(name)
			if got := s.Path(); got != "/top/"+want {
				t.Errorf("Path() = %q, want %q", got, "/top/"+want)
			}
			opened[want] = s
		}
		shut := func(name string) {
			t.Helper()
			s := opened[name]
			mustClose(t, s)
			if got := s.Path(); got != "/top/"+name {
				t.Errorf("Path() = %q after the close, want %q", got, "/top/"+name)
			}
		}
		open("w", "w")
		open("w", "w#2")
		open("v", "v")
		open("w#2", "w_2") // cannot pose as the second w
		open("w", "w#3")
		shut("w#2")
		open("w", "w#4") // not #2: w#3 came later and is open
		shut("w#4")
		shut("w#3")
		open("w", "w#2") // the first is still there
		shut("w#2")
		shut("w")
		open("w", "w")
		mustClose(t, top)
	})
}

func TestPathsOfManySiblingsDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		paths := map[string]*scope.Scope{}
		var order []*scope.Scope
		open := func(name string) *scope.Scope {
			s := top.Child(name)
			if other := paths[s.Path()]; other != nil {
				t.Fatalf("two open siblings have the path %s", s.Path())
			}
			paths[s.Path()] = s
			order = append(order, s)
			return s
		}
		shut := func(s *scope.Scope) {
			mustClose(t, s)
			delete(paths, s.Path())
			order = slices.DeleteFunc(order, func(o *scope.Scope) bool { return o == s })
		}
		for i := range 40 { // past the number from which names are counted
			open("w")
			if i%3 == 0 {
				open(fmt.Sprint("v", i%4))
			}
		}
		for i := range 200 {
			shut(order[i*7%len(order)])
			open("w")
			if !slices.Equal(top.Children(), order) {
				t.Fatalf("Children() is not in order of opening after %d rounds", i)
			}
		}
		for len(order) > 0 {
			shut(order[len(order)/2])
		}
		if got := open("w").Path(); got != "/top/w" {
			t.Errorf("Path() = %q when all had closed, want /top/w", got)
		}
		mustClose(t, top)
	})
}

func TestTreeListsWhatIsOpenInOrderOfOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paths := func(list []*scope.Scope) string {
			var b strings.Builder
			for _, s := range list {
				b.WriteString(s.Path() + " ")
			}
			return strings.TrimSpace(b.String())
		}
		want := func(what string, list []*scope.Scope, want string) {
			t.Helper()
			if got := paths(list); got != want {
				t.Errorf("%s = %q, want %q", what, got, want)
			}
		}
		want("Roots()", scope.Roots(), "")
		a := scope.New(t.Context(), "a")
		b := scope.New(t.Context(), "b")
		a2 := scope.New(t.Context(), "a")
		want("Roots()", scope.Roots(), "/a /b /a#2")
		mustClose(t, b)
		want("Roots()", scope.Roots(), "/a /a#2")

		x := a.Child("x")
		y := scope.New(context.WithValue(x.Context(), key{}, 1), "y")
		z := a.Child("z")
		if x.Parent() != a || y.Parent() != x || a.Parent() != nil {
			t.Error("Parent() is not the scope it was opened under")
		}
		mustGo(t, a, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				if s.Parent() != a || s.Path() != "/a/nested" {
					t.Errorf("Path() = %s of a nested scope", s.Path())
				}
				return untilEnd(ctx)
			})
		})
		synctest.Wait()
		want("Children()", a.Children(), "/a/x /a/z /a/nested")
		want("Children()", x.Children(), "/a/x/y")
		want("Children()", z.Children(), "")
		mustClose(t, x)
		want("Children()", a.Children(), "/a/z /a/nested")
		mustClose(t, a)
		want("Children()", a.Children(), "")
		mustClose(t, a2)
		want("Roots()", scope.Roots(), "")
	})
}

func TestPathOfADeepScopeIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "0")
		s, want := top, "/0"
		for i := range 100 {
			s = s.Child(fmt.Sprint(i))
			want += "/" + fmt.Sprint(i)
		}
		if got := s.Path(); got != want {
			t.Errorf("Path() = %s, want %s", got, want)
		}
		mustClose(t, top)
	})
}

func TestContextsOfAScopePrintItsPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_ = scope.Run(t.Context(), "run", func(ctx context.Context, s *scope.Scope) error {
			for _, tt := range []struct {
				ctx  context.Context
				want string
			}{{ctx, "body of scope /run"}, {s.Context(), "scope /run"}} {
				if got := fmt.Sprint(tt.ctx); got != tt.want {
					t.Errorf("context prints as %q, want %q", got, tt.want)
				}
			}
			return s.Do(ctx, func(context.Context) error { return nil })
		})
	})
}
