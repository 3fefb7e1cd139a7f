package scope_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestSnapshotDescribesTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := time.Now()
		at := line(1)
		top := scope.New(t.Context(), "my/top", scope.WithSites(), scope.WithDurations(), scope.WithLimit(9), quiet)
		top.Defer("listener", succeed)
		top.Defer("database\xff", succeed)
		var first, second string
		first = line(1)
		_ = top.Go(t.Context(), untilEnd, scope.Named("old"))
		time.Sleep(time.Second)
		second = line(1)
		_ = top.Go(t.Context(), untilEnd)
		mustGo(t, top, fail)
		child := top.Child("child", scope.WithTimeouts(scope.Timeouts{Drain: time.Second, Cancel: -1}))
		mustGo(t, child, func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error { return untilEnd(ctx) })
		})
		synctest.Wait()
		time.Sleep(time.Second)

		sn := top.Snapshot()
		if sn.Path != "/my_top" || sn.Name != "my_top" || sn.RawName != "my/top" || sn.State != scope.StateOpen {
			t.Errorf("Snapshot() = %+v, want the open /my_top", sn)
		}
		if !sn.Since.Equal(opened) || sn.Caller != at {
			t.Errorf("opened %v at %s, want %v at %s", sn.Since, sn.Caller, opened, at)
		}
		wantTasks := []scope.TaskSnapshot{
			{Name: "old", Caller: first, Attempt: 1, Age: 2 * time.Second},
			{Caller: second, Attempt: 1, Age: time.Second},
		}
		if !reflect.DeepEqual(sn.Tasks, wantTasks) || sn.OmittedTasks != 0 {
			t.Errorf("Tasks = %+v, want %+v", sn.Tasks, wantTasks)
		}
		if want := []string{"database\uFFFD", "listener"}; !reflect.DeepEqual(sn.Releases, want) {
			t.Errorf("Releases = %q, want %q", sn.Releases, want)
		}
		wantCounts(t, "own", sn.Own, scope.Statistics{Started: 3, Running: 2, Failed: 1, Limit: 9})
		wantCounts(t, "all", sn.Statistics, scope.Statistics{Started: 4, Running: 3, Failed: 1, Limit: 9})
		if sn.Timeouts != scope.DefaultTimeouts() {
			t.Errorf("Timeouts = %v, want the default", sn.Timeouts)
		}
		if len(sn.Children) != 1 || len(sn.Children[0].Children) != 1 {
			t.Fatalf("Snapshot() = %+v, want child and nested below", sn)
		}
		c := sn.Children[0]
		if c.Path != "/my_top/child" || c.RawName != "" || c.Nested || c.Timeouts != (scope.Timeouts{Drain: time.Second, Cancel: -1}) {
			t.Errorf("the child is %+v", c)
		}
		if n := c.Children[0]; n.Path != "/my_top/child/nested" || !n.Nested || !n.Body || n.Since.IsZero() {
			t.Errorf("the nested scope is %+v", n)
		}
		if all := scope.SnapshotAll(); len(all) != 1 || !reflect.DeepEqual(all[0], sn) {
			t.Errorf("SnapshotAll() = %+v, want %+v", all, sn)
		}
		wantRoundTrip(t, sn)
		mustClose(t, top)
		if sn := top.Snapshot(); sn.State != scope.StateClosed || sn.Tasks != nil || sn.Children != nil || sn.Statistics.Started != 4 {
			t.Errorf("Snapshot() after the close = %+v", sn)
		}
		if all := scope.SnapshotAll(); len(all) != 0 {
			t.Errorf("SnapshotAll() = %+v, want none", all)
		}
	})
}

// wantRoundTrip writes and reads a snapshot as JSON.
func wantRoundTrip(t *testing.T, sn scope.Snapshot) {
	t.Helper()
	data, err := json.Marshal(sn)
	if err != nil {
		t.Fatal(err)
	}
	var back scope.Snapshot
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, sn) {
		t.Errorf("JSON gives back %+v\nwant %+v", back, sn)
	}
}

func TestSnapshotOfAPlainScopeIsShortJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		mustGo(t, s, untilEnd, scope.Named("n"))
		time.Sleep(5 * time.Nanosecond)
		data, err := json.Marshal(s.Snapshot())
		statistics := `{"started":1,"running":1,"succeeded":0,"failed":0,"cancelled":0,"panicked":0,"restarted":0,"queued":0,"ledger":{"produced":0,"delivered":0,"sunk":0,"discarded":0}}`
		want := `{"path":"/s","name":"s","state":"open","timeouts":{"drain_ns":10000000000,"cancel_ns":5000000000,"release_ns":5000000000},` +
			`"own":` + statistics + `,"statistics":` + statistics + `,"tasks":[{"name":"n","attempt":1,"age_ns":5}]}`
		if err != nil || string(data) != want {
			t.Errorf("Marshal() = %s, %v\nwant %s", data, err, want)
		}
		mustClose(t, s)
	})
}

func TestSnapshotListsNoMoreThanItsOptionsSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := scope.New(t.Context(), "top")
		for i := range 5 {
			k := top.Child(fmt.Sprint("k", i))
			for j := range 30 {
				mustGo(t, k, untilEnd, scope.Named(fmt.Sprint(j)))
				time.Sleep(time.Nanosecond)
				k.Defer(fmt.Sprint(j), succeed)
			}
			mustGo(t, k.Child("deep").Child("deeper"), succeed)
		}
		synctest.Wait()
		want := top.Statistics()
		sn := top.Snapshot(scope.MaxTasks(3), scope.MaxChildren(2), scope.MaxDepth(2))
		if len(sn.Children) != 2 || sn.OmittedChildren != 3 || sn.Children[1].Name != "k1" {
			t.Errorf("%d children and %d omitted, want 2 and 3", len(sn.Children), sn.OmittedChildren)
		}
		wantCounts(t, "statistics", sn.Statistics, want)
		k := sn.Children[0]
		if len(k.Tasks) != 3 || k.OmittedTasks != 27 || k.Tasks[0].Name != "0" || k.Tasks[2].Name != "2" {
			t.Errorf("tasks %+v and %d omitted, want the 3 oldest and 27", k.Tasks, k.OmittedTasks)
		}
		if len(k.Releases) != 3 || k.OmittedReleases != 27 || k.Releases[0] != "29" {
			t.Errorf("releases %q and %d omitted, want the 3 that run first and 27", k.Releases, k.OmittedReleases)
		}
		if deep := k.Children[0]; deep.Name != "deep" || deep.Children != nil || deep.OmittedChildren != 1 || deep.Statistics.Started != 1 {
			t.Errorf("at the greatest depth: %+v, want 1 child omitted and its task counted", deep)
		}
		none := top.Snapshot(scope.MaxTasks(0), scope.MaxChildren(0))
		if none.Children != nil || none.OmittedChildren != 5 {
			t.Errorf("%d children and %d omitted, want 0 and 5", len(none.Children), none.OmittedChildren)
		}
		if none := top.Snapshot(scope.MaxDepth(0)); none.Children != nil || none.OmittedChildren != 5 {
			t.Errorf("%d children and %d omitted, want 0 and 5", len(none.Children), none.OmittedChildren)
		}
		if all := scope.SnapshotAll(scope.MaxDepth(0)); len(all) != 1 || all[0].OmittedChildren != 5 {
			t.Errorf("SnapshotAll() = %+v, want one root with 5 children omitted", all)
		}
		mustClose(t, top)
	})
}

func TestSnapshotOptionsRefuseANegativeNumber(t *testing.T) {
	for name, f := range map[string]func(){
		"MaxTasks":    func() { scope.MaxTasks(-1) },
		"MaxDepth":    func() { scope.MaxDepth(-1) },
		"MaxChildren": func() { scope.MaxChildren(-1) },
	} {
		if got, want := panicOf(f), "scope: "+name+": n is -1, want at least 0"; got != want {
			t.Errorf("%s(-1) panics with %v, want %s", name, got, want)
		}
	}
	if got := panicOf(func() { scope.SnapshotAll(nil) }); got != "scope: a SnapshotOption is nil" {
		t.Errorf("SnapshotAll(nil) panics with %v", got)
	}
}

func TestSnapshotsUnderChurnAddUp(t *testing.T) {
	top := scope.New(t.Context(), "top", quiet, scope.WithSites())
	done := make(chan struct{})
	go func() {
		defer close(done)
		churnScopes(t, top, rounds(300), new(atomic.Int64))
	}()
	var last int64
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		sn := top.Snapshot(scope.MaxTasks(2))
		for _, s := range flat(sn) {
			if len(s.Tasks)+s.OmittedTasks != int(s.Own.Running) {
				t.Fatalf("%d tasks and %d omitted, want %d", len(s.Tasks), s.OmittedTasks, s.Own.Running)
			}
		}
		if sn.Statistics.Started < last {
			t.Fatalf("Started = %d after %d", sn.Statistics.Started, last)
		}
		last = sn.Statistics.Started
		wantRoundTrip(t, sn)
	}
	mustClose(t, top)
}

// flat returns sn and those below it.
func flat(sn scope.Snapshot) []scope.Snapshot {
	all := []scope.Snapshot{sn}
	for _, k := range sn.Children {
		all = append(all, flat(k)...)
	}
	return all
}

func TestRawNameIsTheNameAsItWasGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"s", "", "a/b", "\xff", strings.Repeat("x", 1000), "ä"} {
			s := scope.New(t.Context(), name)
			if got := s.RawName(); got != name {
				t.Errorf("RawName() = %q, want %q", got, name)
			}
			sn := s.Snapshot()
			want := strings.ToValidUTF8(name, "\uFFFD")
			if name == s.Name() {
				want = ""
			}
			if sn.RawName != want {
				t.Errorf("RawName = %q in a snapshot, want %q", sn.RawName, want)
			}
			wantRoundTrip(t, sn)
			mustClose(t, s)
		}
	})
}

func FuzzSnapshotJSON(f *testing.F) {
	f.Add([]byte(`{"path":"/s","state":"draining","since":"2000-01-01T00:00:00Z","children":[{"state":"open","tasks":[{"age_ns":-1}]}]}`))
	f.Add([]byte(`{"own":{"durations":{"buckets":[1,2]}},"releases":[""]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var sn, back scope.Snapshot
		if json.Unmarshal(data, &sn) != nil {
			return
		}
		first, err := json.Marshal(sn)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(first, &back); err != nil {
			t.Fatalf("%v: %s", err, first)
		}
		if second, err := json.Marshal(back); err != nil || string(second) != string(first) {
			t.Errorf("%v: %s\nthen %s", err, first, second)
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	top := scope.New(context.Background(), "top")
	for i := range 100 {
		k := top.Child(fmt.Sprint(i))
		for range 100 {
			k.Child("s")
		}
	}
	for range 100_000 {
		_ = top.Go(context.Background(), untilEnd)
	}
	b.Run("100000 tasks, 10000 scopes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			top.Snapshot()
		}
	})
	b.Run("all tasks listed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			top.Snapshot(scope.MaxTasks(1_000_000))
		}
	})
	_ = top.Close()
}
