package streamtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A table says what letters stand for in diagrams of values of type T.
type table[T any] struct {
	errs   map[rune]error
	values []map[rune]T
}

// value returns the value that a letter stands for.
func (t *table[T]) value(letter rune) (v T, err error) {
	for _, values := range t.values {
		if v, ok := values[letter]; ok {
			return v, nil
		}
	}
	rv := reflect.ValueOf(&v).Elem()
	switch {
	case len(t.values) > 0:
	case rv.Kind() == reflect.String:
		rv.SetString(string(letter))
		return v, nil
	case rv.CanInt() && '0' <= letter && letter <= '9':
		rv.SetInt(int64(letter - '0'))
		return v, nil
	}
	return v, fmt.Errorf("%q stands for no %T and no error", letter, v)
}

// check returns an error for the first letter of d that stands for nothing, or
// for two things.
func (t *table[T]) check(d diagram) error {
	for _, m := range d.marks {
		_, isErr := t.errs[m.what]
		named := slices.ContainsFunc(t.values, func(values map[rune]T) bool { _, ok := values[m.what]; return ok })
		switch {
		case isErr && named:
			return fmt.Errorf("%q stands for a value and for an error", m.what)
		case isErr || special(m.what):
			continue
		}
		if _, err := t.value(m.what); err != nil {
			return err
		}
	}
	return nil
}

// special reports whether a mark is no event.
func special(mark rune) bool { return strings.ContainsRune("|^!X", mark) }

// fits reports whether a mark stands for an event.
func (t *table[T]) fits(mark rune, v T, err error) bool {
	want, isErr := t.errs[mark]
	if isErr || err != nil {
		return isErr && err != nil && isError(err, want)
	}
	if special(mark) {
		return false
	}
	wanted, none := t.value(mark)
	return none == nil && reflect.DeepEqual(v, wanted)
}

// A legend gives letters to events, and names those that no diagram has.
type legend[T any] struct {
	*table[T]
	used  []rune
	notes []string
}

// letter returns the mark for an event: hint if that fits, else one that does,
// else one that is free.
func (l *legend[T]) letter(hint rune, v T, err error) rune {
	if l.fits(hint, v, err) {
		return hint
	}
	for r := range l.errs {
		if l.fits(r, v, err) {
			return r
		}
	}
	for _, r := range l.candidates(v) {
		if l.fits(r, v, err) {
			return r
		}
	}
	return l.free(v, err)
}

// candidates are the letters that may stand for v, in a fixed order.
func (l *legend[T]) candidates(v T) (letters []rune) {
	for _, values := range l.values {
		for r := range values {
			letters = append(letters, r)
		}
	}
	slices.Sort(letters)
	if r, _ := utf8.DecodeRuneInString(fmt.Sprint(v)); unicode.IsLetter(r) || unicode.IsDigit(r) {
		letters = append(letters, r)
	}
	return letters
}

// free returns a letter that stands for nothing yet and notes what it stands for.
func (l *legend[T]) free(v T, err error) rune {
	var zero T
	for r := 'z'; r >= 'a'; r-- {
		_, none := l.value(r)
		if _, isErr := l.errs[r]; isErr || none == nil && len(l.values) > 0 || slices.Contains(l.used, r) {
			continue
		}
		l.used = append(l.used, r)
		note := fmt.Sprintf("%c = %+v", r, v)
		if err != nil {
			note = fmt.Sprintf("%c = error %v", r, err)
		}
		if err != nil && !reflect.DeepEqual(v, zero) {
			note += fmt.Sprintf(" beside %+v", v)
		}
		l.notes = append(l.notes, note)
		return r
	}
	return '?'
}
