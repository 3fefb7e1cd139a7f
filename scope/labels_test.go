package scope_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

var pathLabel = regexp.MustCompile(`"` + scope.LabelPath + `":"([^"]*)"`)

// labelledPaths returns the paths that the labels of goroutines name, which
// have the function called marker on their stack.
func labelledPaths(t *testing.T, marker string) []string {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for record := range strings.SplitSeq(b.String(), "\n\n") {
		if !strings.Contains(record, marker+"+") {
			continue
		}
		path := "none"
		if m := pathLabel.FindStringSubmatch(record); m != nil {
			path = m[1]
		}
		paths = append(paths, path)
	}
	return paths
}

// ownPath returns the path that the labels of the calling goroutine name.
//
//go:noinline
func ownPath(t *testing.T) string {
	t.Helper()
	return strings.Join(labelledPaths(t, "scope_test.ownPath"), ",")
}

// thirdParty starts a goroutine as a library does that knows nothing of
// scopes.
func thirdParty(stop <-chan struct{}, started *sync.WaitGroup) {
	started.Add(1)
	go thirdPartyWorker(stop, started)
}

//go:noinline
func thirdPartyWorker(stop <-chan struct{}, started *sync.WaitGroup) {
	started.Done()
	<-stop
}

func TestGoroutinesOfThirdPartiesCarryTheLabelsOfTheScope(t *testing.T) {
	tests := map[string]func(ctx context.Context, s *scope.Scope, fn func(context.Context) error) error{
		"Go": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error) error { return s.Go(ctx, fn) },
		"Do": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error) error { return s.Do(ctx, fn) },
		"Spawn": func(_ context.Context, s *scope.Scope, fn func(context.Context) error) error {
			return scope.Spawn(s.Context(), fn)
		},
		"typed Go": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error) error {
			_, err := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }).Wait(ctx)
			return err
		},
		"release": func(_ context.Context, s *scope.Scope, fn func(context.Context) error) error {
			s.Defer("r", fn)
			return s.Close()
		},
		"sink": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error) error {
			loud := s.Child("loud", scope.WithSink(scope.SinkFunc(func(ctx context.Context, _ *scope.TaskError) { _ = fn(ctx) })))
			return loud.Go(ctx, failAfter(0, errBoom))
		},
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			stop := make(chan struct{})
			var started sync.WaitGroup
			s := scope.New(context.Background(), "top").Child("s")
			if err := start(t.Context(), s, func(context.Context) error { thirdParty(stop, &started); return nil }); err != nil {
				t.Errorf("%v, want nil", err)
			}
			for _, child := range s.Children() {
				mustWait(t, child)
			}
			mustWait(t, s)
			started.Wait()
			want := "/top/s"
			if name == "sink" {
				want = "/top/s/loud"
			}
			if got := labelledPaths(t, "scope_test.thirdPartyWorker"); len(got) != 1 || got[0] != want {
				t.Errorf("labels name %q, want %s", got, want)
			}
			close(stop)
			mustClose(t, s.Parent())
			for len(labelledPaths(t, "scope_test.thirdPartyWorker")) > 0 {
				runtime.Gosched() // it is on its way out, and would be found by the next
			}
		})
	}
}

func TestBodyOfRunIsLabelledAndTheCallerIsNotAfterwards(t *testing.T) {
	pprof.Do(context.Background(), pprof.Labels(scope.LabelPath, "/mine"), func(ctx context.Context) {
		_ = scope.Run(ctx, "run", func(ctx context.Context, s *scope.Scope) error {
			if got := ownPath(t); got != "/run" {
				t.Errorf("in the body: labels name %s, want /run", got)
			}
			return nil
		})
		if got := ownPath(t); got != "/mine" {
			t.Errorf("after Run: labels name %s, want /mine", got)
		}
		_ = panicOf(func() {
			_ = scope.Run(ctx, "run", func(context.Context, *scope.Scope) error { panic("oh") })
		})
		if got := ownPath(t); got != "/mine" {
			t.Errorf("after a panic in Run: labels name %s, want /mine", got)
		}
	})
}

func TestDoRestoresTheLabelsOfItsCaller(t *testing.T) {
	s := scope.New(context.Background(), "s")
	other := scope.New(context.Background(), "other")
	is := func(where, want string) {
		t.Helper()
		if got := ownPath(t); got != want {
			t.Errorf("%s: labels name %s, want %s", where, got, want)
		}
	}
	is("outside", "none")
	pprof.Do(context.Background(), pprof.Labels(scope.LabelPath, "/mine"), func(ctx context.Context) {
		_ = s.Do(ctx, func(ctx context.Context) error {
			is("in Do", "/s")
			_ = other.Do(ctx, func(context.Context) error { is("in Do in Do", "/other"); return nil })
			is("after Do in Do", "/s")
			return nil
		})
		is("after Do", "/mine")
		_ = panicOf(func() { _ = s.Do(ctx, func(context.Context) error { panic("oh") }) })
		is("after a panic in Do", "/mine")
	})
	mustGo(t, s, func(ctx context.Context) error {
		_ = other.Do(ctx, func(context.Context) error { is("in Do", "/other"); return nil })
		is("after Do in a task", "/s")
		return nil
	})
	mustWait(t, s)
	mustClose(t, s)
	mustClose(t, other)
}

func TestTaskKeepsTheLabelsOfItsScopeAfterPprofDo(t *testing.T) {
	s := scope.New(context.Background(), "s")
	other := scope.New(context.Background(), "other")
	task := func(ctx context.Context) error {
		if got, _ := pprof.Label(ctx, scope.LabelPath); got != "/s" {
			t.Errorf("the context's label names %q, want /s", got)
		}
		pprof.Do(ctx, pprof.Labels("step", "1"), func(context.Context) {
			if got := ownPath(t); got != "/s" {
				t.Errorf("in pprof.Do: labels name %s, want /s", got)
			}
		})
		if got := ownPath(t); got != "/s" {
			t.Errorf("after pprof.Do: labels name %s, want /s", got)
		}
		return nil
	}
	for name, start := range map[string]func(ctx context.Context){
		"Go": func(ctx context.Context) { _ = s.Go(ctx, task) },
		"Do": func(ctx context.Context) { _ = s.Do(ctx, task) },
		"Go with values": func(ctx context.Context) {
			_ = s.Go(context.WithValue(ctx, key{}, 1), task)
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Started from a task of another scope, whose labels its context carries.
			_ = other.Do(context.Background(), func(ctx context.Context) error { start(ctx); return nil })
			mustWait(t, s)
			mustGo(t, other, func(ctx context.Context) error { start(ctx); return nil })
			mustWait(t, other)
			mustWait(t, s)
		})
	}
	mustClose(t, s)
	mustClose(t, other)
}

func TestNestedRunLeavesItsTaskTheLabels(t *testing.T) {
	s := scope.New(context.Background(), "s")
	mustGo(t, s, func(ctx context.Context) error {
		err := scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
			if got := ownPath(t); got != "/s" && got != "/s/nested" {
				t.Errorf("in the body: labels name %s, want /s or below", got)
			}
			_ = n.Do(ctx, func(context.Context) error {
				if got := ownPath(t); got != "/s/nested" {
					t.Errorf("in Do: labels name %s, want /s/nested", got)
				}
				return nil
			})
			pprof.Do(ctx, pprof.Labels("step", "1"), func(context.Context) {})
			return nil
		})
		if got := ownPath(t); got != "/s" {
			t.Errorf("after Run: labels name %s, want /s", got)
		}
		return err
	})
	mustWait(t, s)
	mustClose(t, s)
}

func TestScopesOfOnePathDifferInTheirID(t *testing.T) {
	ids := map[string]bool{}
	for range 3 {
		s := scope.New(context.Background(), "s")
		var tasks []string
		for range 2 {
			_ = s.Do(context.Background(), func(context.Context) error { return nil })
			id, ok := pprof.Label(s.Context(), scope.LabelID)
			if !ok {
				t.Error("the context of the scope has no id")
			}
			tasks = append(tasks, id)
		}
		if tasks[0] != tasks[1] {
			t.Errorf("ids %q within one scope, want one", tasks)
		}
		ids[tasks[0]] = true
		mustClose(t, s)
	}
	if len(ids) != 3 {
		t.Errorf("%d ids of three scopes", len(ids))
	}
}

func TestWithoutLabelsSetsNone(t *testing.T) {
	quiet := scope.New(context.Background(), "quiet", scope.WithoutLabels())
	for _, s := range []*scope.Scope{quiet, quiet.Child("child"), quiet.Child("other", scope.FailFast())} {
		mustGo(t, s, func(ctx context.Context) error {
			if got := ownPath(t); got != "none" {
				t.Errorf("%s: labels name %s, want none", s.Path(), got)
			}
			if got, ok := pprof.Label(ctx, scope.LabelPath); ok {
				t.Errorf("%s: the context's label names %s, want none", s.Path(), got)
			}
			return nil
		})
		mustWait(t, s)
	}
	pprof.Do(context.Background(), pprof.Labels(scope.LabelPath, "/mine"), func(ctx context.Context) {
		_ = quiet.Do(context.Background(), func(context.Context) error { return nil })
		if got := ownPath(t); got != "/mine" {
			t.Errorf("after Do in a quiet scope: labels name %s, want /mine", got)
		}
	})
	mustClose(t, quiet)
}

func TestLabelsOfTheOuterContextAreKept(t *testing.T) {
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("tenant", "blue"))
	s := scope.New(ctx, "s")
	child := s.Child("child")
	for _, s := range []*scope.Scope{s, child} {
		mustGo(t, s, func(ctx context.Context) error {
			got := map[string]string{}
			pprof.ForLabels(ctx, func(k, v string) bool { got[k] = v; return true })
			if got["tenant"] != "blue" || got[scope.LabelPath] != s.Path() {
				t.Errorf("labels %v, want tenant blue and path %s", fmt.Sprint(got), s.Path())
			}
			return nil
		})
		mustWait(t, s)
	}
	mustClose(t, s)
}
