package scope

import (
	"cmp"
	"runtime/pprof"
	"slices"
	"strconv"
)

// A Stack is where goroutines stand.
type Stack struct {
	Count int    `json:"count"`
	Text  string `json:"text"` // one line a frame
}

// An Orphan is what a scope left behind: goroutines that carry its labels
// although it has closed. Third-party code that a task called has started them,
// as a rule.
type Orphan struct {
	Path   string  `json:"path"` // that the scope had
	ID     string  `json:"id"`   // the value of [LabelID]
	Stacks []Stack `json:"stacks"`
}

// Goroutines returns the stacks of the goroutines that run under the labels of
// s right now: its tasks and whatever they have started, also in third-party
// code, but not those of the scopes below it. Equal stacks are counted. The
// order is that of the profile, the most frequent first. It reads one goroutine
// profile of the process: to look at many scopes, take a [Profile]. Scopes
// [WithoutLabels] have none.
func (s *Scope) Goroutines() []Stack {
	if s.labelID() == "" {
		return nil
	}
	return readGoroutines().Of(s)
}

// Orphans returns what scopes have left behind, in order of opening. It is
// [Profile.Orphans] of a profile taken now.
func Orphans() []Orphan { return TakeProfile().Orphans() }

// A Profile is what the goroutines of all scopes of the process did at one
// moment. It does not change and may be used from any goroutine.
type Profile struct {
	groups  map[string]*labelled // by LabelID
	orphans []Orphan
}

// labelled is the goroutines with the labels of one scope.
type labelled struct {
	path   string
	stacks []Stack
}

// TakeProfile reads the goroutine profile of the process once, whose cost grows
// with the number of goroutines and of open scopes: once a second is fine for a
// page that shows the whole tree, once a request is not.
func TakeProfile() *Profile {
	// A scope that opens from here on has a greater number.
	last := lastID.Load()
	live := appendAbandoned(slices.Collect(Walk()))
	p := readGoroutines()
	// One may have been on its way from the tree to the abandoned ones.
	live = appendAbandoned(live)
	ids := make(map[string]bool, len(live))
	for _, s := range live {
		ids[s.labelID()] = true
	}
	p.findOrphans(ids, last)
	return p
}

// appendAbandoned appends the abandoned scopes and what is open below them.
func appendAbandoned(live []*Scope) []*Scope {
	for _, s := range Abandoned() {
		live = slices.AppendSeq(live, s.Walk())
	}
	return live
}

// Of returns the stacks of the goroutines that ran under the labels of s, as
// [Scope.Goroutines] does.
func (p *Profile) Of(s *Scope) []Stack {
	if g := p.groups[s.labelID()]; g != nil {
		return slices.Clone(g.stacks)
	}
	return nil
}

// Orphans returns what scopes had left behind that were closed, in order of
// opening. Those listed by [Abandoned] are not among them: they are known, and
// their tasks may still end. A goroutine that is on its way out may be listed
// for a moment after the close of its scope.
func (p *Profile) Orphans() []Orphan { return slices.Clone(p.orphans) }

// within returns the stacks of s and of the scopes that are nested in it, with
// all that is below those.
func (p *Profile) within(s *Scope) []Stack {
	stacks := p.Of(s)
	for _, k := range s.Children() {
		if !k.nested {
			continue
		}
		for below := range k.Walk() {
			stacks = append(stacks, p.Of(below)...)
		}
	}
	return stacks
}

// findOrphans makes orphans of the goroutines of scopes up to number last that
// are not among the live ones.
func (p *Profile) findOrphans(live map[string]bool, last uint64) {
	for id, g := range p.groups {
		if n, err := strconv.ParseUint(id, 10, 64); err == nil && n <= last && !live[id] {
			p.orphans = append(p.orphans, Orphan{g.path, id, g.stacks})
		}
	}
	slices.SortFunc(p.orphans, func(a, b Orphan) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
}

// labelID returns the value of LabelID that goroutines of s carry, "" if it has
// no labels.
func (s *Scope) labelID() string {
	l := s.labels.Load()
	if l == nil {
		return ""
	}
	id, _ := pprof.Label(l.ctx, LabelID)
	return id
}
