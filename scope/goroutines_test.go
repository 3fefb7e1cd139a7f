package scope_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// standing counts the goroutines that have the function called marker on their
// stack.
func standing(stacks []scope.Stack, marker string) int {
	n := 0
	for _, s := range stacks {
		if strings.Contains(s.Text, "."+marker+"+") {
			n += s.Count
		}
	}
	return n
}

// lingering starts n tasks in s that linger until stop is closed.
func lingering(t *testing.T, s *scope.Scope, n int, stop <-chan struct{}) {
	t.Helper()
	var started sync.WaitGroup
	for range n {
		started.Add(1)
		mustGo(t, s, func(context.Context) error { lingers(stop, &started); return nil })
	}
	started.Wait()
}

//go:noinline
func lingers(stop <-chan struct{}, started *sync.WaitGroup) {
	started.Done()
	<-stop
}

// leaveBehind makes a task of s start a goroutine as third-party code does.
func leaveBehind(t *testing.T, s *scope.Scope, stop <-chan struct{}) {
	t.Helper()
	var started sync.WaitGroup
	if err := s.Do(context.Background(), func(context.Context) error { thirdParty(stop, &started); return nil }); err != nil {
		t.Errorf("Do() = %v, want nil", err)
	}
	started.Wait()
}

// orphansOf returns the stacks of orphans with the given path.
func orphansOf(path string) (stacks []scope.Stack) {
	for _, o := range scope.Orphans() {
		if o.Path == path {
			stacks = append(stacks, o.Stacks...)
		}
	}
	return stacks
}

// mustVanish waits until no goroutine of the tests of this file is left.
func mustVanish(t *testing.T) {
	t.Helper()
	for len(labelledPaths(t, "scope_test.thirdPartyWorker"))+len(labelledPaths(t, "scope_test.lingers")) > 0 {
		runtime.Gosched()
	}
}

func TestGoroutinesAreThoseOfEachScopeAlone(t *testing.T) {
	stop := make(chan struct{})
	top := scope.New(context.Background(), "top")
	mid := top.Child("mid")
	leaf := mid.Child("leaf")
	idle := top.Child("idle")
	quiet := top.Child("quiet", scope.WithoutLabels())
	lingering(t, top, 1, stop)
	lingering(t, leaf, 3, stop)
	lingering(t, quiet, 1, stop)
	leaveBehind(t, leaf, stop)
	leaveBehind(t, mid, stop)

	p := scope.TakeProfile()
	for _, tt := range []struct {
		s                *scope.Scope
		tasks, strangers int
	}{{top, 1, 0}, {mid, 0, 1}, {leaf, 3, 1}, {idle, 0, 0}, {quiet, 0, 0}} {
		for how, stacks := range map[string][]scope.Stack{"Goroutines": tt.s.Goroutines(), "Profile.Of": p.Of(tt.s)} {
			tasks, strangers := standing(stacks, "lingers"), standing(stacks, "thirdPartyWorker")
			if tasks != tt.tasks || strangers != tt.strangers {
				t.Errorf("%s of %s: %d tasks and %d others, want %d and %d", how, tt.s.Path(), tasks, strangers, tt.tasks, tt.strangers)
			}
		}
	}
	if got := leaf.Goroutines(); len(got) == 0 || got[0].Count != 3 {
		t.Errorf("Goroutines() = %v, want the three of one stack first", got)
	}
	close(stop)
	mustClose(t, top)
	mustVanish(t)
	if got := standing(p.Of(leaf), "lingers"); got != 3 {
		t.Errorf("the profile has changed: %d tasks, want 3", got)
	}
}

func TestOrphansAreWhatClosedScopesLeftBehind(t *testing.T) {
	stop := make(chan struct{})
	const path = `/a "b" \`
	first := scope.New(context.Background(), path[1:])
	leaveBehind(t, first, stop)
	if got := standing(orphansOf(path), "thirdPartyWorker"); got != 0 {
		t.Errorf("%d orphans of an open scope, want none", got)
	}
	mustClose(t, first)
	if got := standing(orphansOf(path), "thirdPartyWorker"); got != 1 {
		t.Errorf("%d orphans after the close, want 1", got)
	}
	second := scope.New(context.Background(), path[1:])
	if second.Path() != first.Path() {
		t.Errorf("path %s, want that of the closed scope", second.Path())
	}
	leaveBehind(t, second, stop)
	if got := standing(orphansOf(path), "thirdPartyWorker"); got != 1 {
		t.Errorf("%d orphans while another scope has the path, want 1", got)
	}
	mustClose(t, second)
	var ids []string
	for _, o := range scope.Orphans() {
		if o.Path == path && standing(o.Stacks, "thirdPartyWorker") > 0 {
			ids = append(ids, o.ID)
		}
	}
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("orphans of %q, want those of two scopes", ids)
	}
	close(stop)
	mustVanish(t)
}

func TestAbandonedTasksAreNoOrphansUntilTheyEnd(t *testing.T) {
	stopTask, stop := make(chan struct{}), make(chan struct{})
	s := scope.New(context.Background(), "abandoned", scope.WithTimeouts(scope.Timeouts{}))
	leaveBehind(t, s, stop)
	var started sync.WaitGroup
	started.Add(1)
	mustGo(t, s, func(ctx context.Context) error {
		return scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
			return n.Do(ctx, func(context.Context) error { lingers(stopTask, &started); return nil })
		})
	})
	started.Wait()
	var stuck *scope.StuckError
	if err := s.Close(); !errors.As(err, &stuck) {
		t.Errorf("Close() = %v, want a StuckError", err)
	}
	if got := standing(orphansOf("/abandoned/nested"), "lingers") + standing(orphansOf("/abandoned"), "thirdPartyWorker"); got != 0 {
		t.Errorf("%d orphans while the scope is listed as abandoned, want none", got)
	}
	close(stopTask)
	for len(scope.Abandoned()) > 0 {
		runtime.Gosched()
	}
	if got := standing(orphansOf("/abandoned"), "thirdPartyWorker"); got != 1 {
		t.Errorf("%d orphans once the task has ended, want 1", got)
	}
	close(stop)
	mustVanish(t)
}

//go:noinline
func churns(release <-chan struct{}) { <-release }

func TestNothingThatAnOpenScopeRunsIsAnOrphanUnderChurn(t *testing.T) {
	top := scope.New(context.Background(), "top")
	stop := make(chan struct{})
	var churn sync.WaitGroup
	for range 4 {
		churn.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := top.Child("s")
				release := make(chan struct{})
				for range 3 {
					_ = s.Go(context.Background(), func(context.Context) error { churns(release); return nil })
				}
				runtime.Gosched()
				close(release)
				_ = s.Wait(context.Background())
				_ = s.Close()
			}
		})
	}
	for range 50 {
		for _, o := range scope.Orphans() {
			if n := standing(o.Stacks, "churns"); n > 0 {
				t.Errorf("%d goroutines of tasks of %s are orphans", n, o.Path)
			}
		}
	}
	close(stop)
	churn.Wait()
	mustClose(t, top)
}

func TestStuckErrorShowsTheGoroutinesOfNestedScopes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, shutdown := range map[string]func(root *scope.Scope) error{
			"cancel time":       func(root *scope.Scope) error { return root.Close() },
			"time for the tree": func(root *scope.Scope) error { return root.Shutdown(within(t, time.Second)) },
		} {
			stop := make(chan struct{})
			root := scope.New(context.Background(), "root")
			leaf := root.Child("leaf")
			lingering(t, root, 1, root.Context().Done()) // ends in time
			mustGo(t, leaf, func(ctx context.Context) error {
				nest(ctx, 1, func(ctx context.Context) {
					lingering(t, scope.Current(ctx), 2, stop)
					nest(ctx, 1, func(ctx context.Context) { lingering(t, scope.Current(ctx), 1, stop) })
				})
				return nil
			})
			synctest.Wait()
			err := shutdown(root)
			var stuck *scope.StuckError
			if !errors.As(err, &stuck) || stuck.Path != "/root/leaf" || standing(stuck.Stacks, "lingers") != 3 {
				t.Errorf("%s: %v, stacks %v, want /root/leaf with the 3 tasks below it", name, err, stuck)
			}
			close(stop)
			synctest.Wait()
			_ = root.Close()
		}
	})
}

func TestOrphansAreReadyForJSON(t *testing.T) {
	text, err := json.Marshal(scope.Orphan{Path: "/a", ID: "7", Stacks: []scope.Stack{{Count: 2, Text: "f\n"}}})
	if want := `{"path":"/a","id":"7","stacks":[{"count":2,"text":"f\n"}]}`; string(text) != want || err != nil {
		t.Errorf("Marshal() = %s, %v, want %s", text, err, want)
	}
}
