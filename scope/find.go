package scope

import (
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
)

// Walk ranges over s and the scopes below it, depth first, parents before
// children, siblings in order of opening. No lock is held while the loop runs.
// A scope that is open all the time comes exactly once; one that opens or
// closes meanwhile comes once or not at all.
func (s *Scope) Walk() iter.Seq[*Scope] {
	return func(yield func(*Scope) bool) { s.walk(yield) }
}

// Walk ranges over all scopes of the process, as [Scope.Walk] does from each
// root.
func Walk() iter.Seq[*Scope] {
	return func(yield func(*Scope) bool) {
		for _, r := range Roots() {
			if !r.walk(yield) {
				return
			}
		}
	}
}

func (s *Scope) walk(yield func(*Scope) bool) bool {
	if !yield(s) {
		return false
	}
	for _, k := range s.Children() {
		if !k.walk(yield) {
			return false
		}
	}
	return true
}

// Find returns the scopes below s, and s itself, whose path from s matches
// pattern, in the order of [Scope.Walk]. Elements of the pattern are divided
// by slashes. An element ** stands for any number of elements, also none, so
// that ** alone is all of them; any other is matched against one element as by
// [path.Match]. An element without a number sign is matched against the name,
// so that "w" finds w and w#2; one with a number sign is matched against the
// element as it is in [Scope.Path].
//
// The error wraps [path.ErrBadPattern] if an element is malformed or empty.
func (s *Scope) Find(pattern string) ([]*Scope, error) {
	p, err := parsePattern(pattern, pattern)
	if err != nil {
		return nil, err
	}
	return p.below(nil, s, p.start()), nil
}

// Find returns the scopes of the process whose path matches pattern, which
// begins with a slash as a path does: "/server/**" is a root and all below it.
// The rest is as with [Scope.Find].
func Find(pattern string) ([]*Scope, error) {
	elements, ok := strings.CutPrefix(pattern, "/")
	if !ok {
		return nil, badPattern(pattern)
	}
	p, err := parsePattern(pattern, elements)
	if err != nil {
		return nil, err
	}
	var found []*Scope
	for _, r := range Roots() {
		found = p.enter(found, r, p.start())
	}
	return found, nil
}

func badPattern(pattern string) error {
	return fmt.Errorf("scope: Find: pattern %q: %w", pattern, path.ErrBadPattern)
}

// A pathPattern is the elements of a pattern. While it is matched, a set tells
// for each number of elements whether they match the path so far.
type pathPattern []string

const anyElements = "**"

func parsePattern(pattern, elements string) (pathPattern, error) {
	p := pathPattern(strings.Split(elements, "/"))
	for _, e := range p {
		if e == "" {
			return nil, badPattern(pattern)
		}
		if _, err := path.Match(e, ""); err != nil {
			return nil, badPattern(pattern)
		}
	}
	return p, nil
}

// start returns the set for the empty path.
func (p pathPattern) start() []bool {
	set := make([]bool, len(p)+1)
	set[0] = true
	p.skip(set)
	return set
}

// skip lets each ** in set stand for no element.
func (p pathPattern) skip(set []bool) {
	for i, e := range p {
		if set[i] && e == anyElements {
			set[i+1] = true
		}
	}
}

// enter appends to found what matches in the tree of s, with the set for the
// path of the parent.
func (p pathPattern) enter(found []*Scope, s *Scope, set []bool) []*Scope {
	next := make([]bool, len(set))
	for i, e := range p {
		switch {
		case !set[i]:
		case e == anyElements:
			next[i] = true
		case s.matches(e):
			next[i+1] = true
		}
	}
	p.skip(next)
	if !slices.Contains(next, true) {
		return found
	}
	return p.below(found, s, next)
}

// below is enter with the set for the path of s itself.
func (p pathPattern) below(found []*Scope, s *Scope, set []bool) []*Scope {
	if set[len(p)] {
		found = append(found, s)
	}
	for _, k := range s.Children() {
		found = p.enter(found, k, set)
	}
	return found
}

// matches reports whether s matches one element of a pattern, which is not
// malformed.
func (s *Scope) matches(element string) bool {
	name := s.name
	if strings.Contains(element, "#") {
		name = string(s.appendElement(nil))
	}
	ok, _ := path.Match(element, name)
	return ok
}
