package scope

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length in bytes that a name is cut to.
const maxName = 128

// sanitise makes a name fit for one element of a path: names are data, and a
// path is read by people and by programs.
func sanitise(name string) string {
	if name == "" {
		return "_"
	}
	if fits(name) {
		return name
	}
	name = strings.NewReplacer("/", "_", "#", "_").Replace(printable(name))
	if name == "." || name == ".." {
		return "_"
	}
	return name
}

// printable makes a name fit for one line of text.
func printable(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '_'
		}
		if b.Len()+utf8.RuneLen(r) > maxName {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fits reports whether name is ASCII and needs no change.
func fits(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '/' || c == '#' || c == '.' {
			return false
		}
	}
	return true
}

// fitName makes the name of s, which is being opened, fit for a path.
func (s *Scope) fitName() {
	if fits(s.name) {
		return
	}
	if name := sanitise(s.name); name != s.name {
		raw := s.name
		s.ownOptions().raw, s.name = &raw, name
	}
}

// Name returns the name s was given, made fit for a path: a slash, a number
// sign and what does not print become underscores, and it is cut to 128 bytes.
// An empty name becomes an underscore.
func (s *Scope) Name() string { return s.name }

// RawName returns the name that s was given, whatever it consists of.
func (s *Scope) RawName() string {
	if s.options != nil && s.options.raw != nil {
		return *s.options.raw
	}
	return s.name
}

// Path returns where s stands in the tree, as in "/server/app-a/timers". A
// second "w" among siblings is "w#2". The path never changes while s is open.
func (s *Scope) Path() string {
	if l := s.labels.Load(); l != nil {
		return l.path
	}
	var short [64]byte
	return string(s.appendPath(short[:0]))
}

func (s *Scope) appendPath(b []byte) []byte {
	if s.parent != nil {
		b = s.parent.appendPath(b)
	}
	return s.appendElement(append(b, '/'))
}

// appendElement appends the last element of the path.
func (s *Scope) appendElement(b []byte) []byte {
	b = append(b, s.name...)
	if s.suffix > 1 {
		b = strconv.AppendUint(append(b, '#'), uint64(s.suffix), 10)
	}
	return b
}

// siblings is a list of scopes in order of opening, with a suffix for each
// name that is taken.
type siblings struct {
	first, last *Scope
	names       map[string]nameCount // made when the list has grown long
}

type nameCount struct {
	open int
	last uint32
}

// fewSiblings is the length up to which a list is searched for a name.
const fewSiblings = 8

// add appends s and returns its suffix.
func (l *siblings) add(s *Scope) uint32 {
	suffix := l.number(s.name)
	if in := s.element(); in != s {
		in.suffix = suffix
		s = in
	}
	s.prev = l.last
	if l.last == nil {
		l.first = s
	} else {
		l.last.next = s
	}
	l.last = s
	return suffix
}

func (l *siblings) number(name string) uint32 {
	if l.names == nil {
		n, last := 0, uint32(0)
		for k := l.first; k != nil; k = k.next {
			n++
			if k.name == name {
				last = max(last, k.suffix)
			}
		}
		if n < fewSiblings {
			return last + 1
		}
		l.names = make(map[string]nameCount)
		for k := l.first; k != nil; k = k.next {
			c := l.names[k.name]
			l.names[k.name] = nameCount{c.open + 1, max(c.last, k.suffix)}
		}
	}
	c := l.names[name]
	c.open++
	c.last++
	l.names[name] = c
	return c.last
}

func (l *siblings) remove(s *Scope) {
	s = s.element()
	if s.prev == nil {
		l.first = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		l.last = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.next, s.prev = nil, nil
	if l.names == nil {
		return
	}
	if l.first == nil {
		l.names = nil
		return
	}
	if c := l.names[s.name]; c.open > 1 {
		c.open--
		l.names[s.name] = c
	} else {
		delete(l.names, s.name)
	}
}

// standItself puts s in the place of what stands for it.
func (l *siblings) standItself(s *Scope) {
	in := s.element()
	if in == s {
		return
	}
	s.options.origin.itself = true
	s.next, s.prev = in.next, in.prev
	in.next, in.prev = nil, nil
	if s.prev == nil {
		l.first = s
	} else {
		s.prev.next = s
	}
	if s.next == nil {
		l.last = s
	} else {
		s.next.prev = s
	}
}

// each ranges over the scopes in order of opening.
func (l *siblings) each(yield func(*Scope) bool) {
	for k := l.first; k != nil; k = k.next {
		if !yield(k.self()) {
			return
		}
	}
}

// back is each the other way.
func (l *siblings) back(yield func(*Scope) bool) {
	for k := l.last; k != nil; k = k.prev {
		if !yield(k.self()) {
			return
		}
	}
}

// attached returns those that are not nested.
func (l *siblings) attached() (kids []*Scope) {
	for k := range l.each {
		if !k.nested {
			kids = append(kids, k)
		}
	}
	return kids
}

// direct returns the nested ones that end with the parent's own context.
func (l *siblings) direct() []*Scope {
	var kids []*Scope
	for k := range l.each {
		if k.direct {
			kids = append(kids, k)
		}
	}
	return kids
}

// all returns a copy of the list.
func (l *siblings) all() []*Scope { return slices.Collect(l.each) }
