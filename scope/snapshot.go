package scope

import (
	"slices"
	"strings"
	"time"
)

// A Snapshot is what a scope and the scopes below it are like: plain data,
// made to be written as JSON and to be read back. Durations are nanoseconds
// there, times are RFC 3339.
type Snapshot struct {
	Path    string `json:"path"`
	Name    string `json:"name"`
	RawName string `json:"raw_name,omitempty"` // as given, if that is another; what is not UTF-8 is replaced
	State   State  `json:"state"`
	Nested  bool   `json:"nested,omitempty"` // part of a task of the parent
	Body    bool   `json:"body,omitempty"`   // the body given to Run has not returned

	Since  time.Time `json:"since,omitzero"`   // of the opening, with [WithSites], in UTC
	Caller string    `json:"caller,omitempty"` // file and line of the call that opened the scope, with [WithSites]

	Timeouts   Timeouts   `json:"timeouts"`
	Own        Statistics `json:"own"`        // as of [Scope.OwnStatistics]
	Statistics Statistics `json:"statistics"` // as of [Scope.Statistics]

	Tasks           []TaskSnapshot `json:"tasks,omitempty"` // that run, the oldest first
	OmittedTasks    int            `json:"omitted_tasks,omitempty"`
	Releases        []string       `json:"releases,omitempty"` // names in the order in which they will run
	OmittedReleases int            `json:"omitted_releases,omitempty"`
	Children        []Snapshot     `json:"children,omitempty"` // that have not closed, in order of opening
	OmittedChildren int            `json:"omitted_children,omitempty"`
}

// A TaskSnapshot is one task that runs.
type TaskSnapshot struct {
	Name    string        `json:"name,omitempty"`
	Caller  string        `json:"caller,omitempty"` // file and line of the call that started it, with [WithSites]
	Attempt int           `json:"attempt"`          // 1 for a task that was not restarted
	Age     time.Duration `json:"age_ns"`
}

// Snapshot describes s and the scopes below it. Each scope is looked at in one
// moment, one after the other, and its tasks wait for no longer than that; so
// scopes that open or close meanwhile may be missing, but no task is counted
// twice. What is omitted for the options' sake is in the statistics.
func (s *Scope) Snapshot(opts ...SnapshotOption) Snapshot {
	c := newCamera(opts)
	return c.take(s, s.Path(), c.depth)
}

// SnapshotAll describes all scopes of the process: it returns a [Snapshot] for
// each root, in order of opening.
func SnapshotAll(opts ...SnapshotOption) []Snapshot {
	c := newCamera(opts)
	all := []Snapshot{}
	for _, r := range Roots() {
		all = append(all, c.take(r, r.Path(), c.depth))
	}
	return all
}

// A camera takes the snapshots of one tree.
type camera struct {
	snapshotLimits
	now time.Duration // since epoch
}

func newCamera(opts []SnapshotOption) *camera {
	return &camera{newSnapshotLimits(opts), time.Since(epoch)}
}

// take describes s, which has the given path, and depth levels below it.
func (c *camera) take(s *Scope, path string, depth int) Snapshot {
	sn := Snapshot{Path: path, Name: s.name, Nested: s.nested, Timeouts: s.timeouts()}
	if o := s.options; o != nil && o.origin != nil {
		sn.Since, sn.Caller = o.origin.at.Round(0).UTC(), o.origin.call.String()
	}
	if raw := s.RawName(); raw != s.name {
		sn.RawName = strings.ToValidUTF8(raw, "\uFFFD")
	}
	tasks := oldest{n: c.tasks}
	kids := c.look(s, &sn, &tasks)
	sn.Tasks = c.describe(tasks.all())
	sn.OmittedTasks = int(sn.Own.Running) - len(sn.Tasks)
	shown := kids
	if depth == 0 {
		shown = nil
	} else if len(kids) > c.children {
		shown = kids[:c.children]
	}
	for _, k := range shown {
		child := c.take(k, path+"/"+string(k.appendElement(nil)), depth-1)
		sn.Statistics.add(&child.Statistics)
		sn.Children = append(sn.Children, child)
	}
	for _, k := range kids[len(shown):] {
		below := k.Statistics()
		sn.Statistics.add(&below)
	}
	sn.OmittedChildren = len(kids) - len(shown)
	return sn
}

// look fills in what the lock of s guards, gathers the tasks that run, and
// returns the children.
func (c *camera) look(s *Scope, sn *Snapshot, tasks *oldest) []*Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	sn.State, sn.Body = s.state, s.body
	sn.Own = s.own(tasks)
	sn.Statistics = s.withPast(&sn.Own)
	if s.rare != nil {
		for _, r := range slices.Backward(s.rare.releases) {
			if len(sn.Releases) == c.tasks {
				break
			}
			sn.Releases = append(sn.Releases, strings.ToValidUTF8(r.name, "\uFFFD"))
		}
		sn.OmittedReleases = len(s.rare.releases) - len(sn.Releases)
	}
	return s.kids.all()
}

func (c *camera) describe(tasks []liveTask) []TaskSnapshot {
	var list []TaskSnapshot
	for _, t := range tasks {
		task := TaskSnapshot{Attempt: 1, Age: c.now - t.start}
		if o := t.options; o != nil {
			task.Name, task.Caller, task.Attempt = o.name, o.call.String(), max(1, o.attempt)
		}
		list = append(list, task)
	}
	return list
}
