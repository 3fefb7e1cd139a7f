package scope_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

// whoPanics tells a child process, which is this test binary again, what is to
// panic in it.
const whoPanics = "RXSCOPE_TEST_WHO_PANICS"

// panicsHere must be seen in the stack of the crash.
//
//go:noinline
func panicsHere() error { panic(errBoom) }

func untilDrain(ctx context.Context) error {
	<-scope.Draining(ctx)
	return nil
}

// panics are the ways to panic in s, whose root was told to repanic.
var panics = map[string]func(s *scope.Scope){
	"Go": func(s *scope.Scope) {
		_ = s.Go(context.Background(), func(context.Context) error { return panicsHere() })
	},
	"named": func(s *scope.Scope) {
		_ = s.Go(context.Background(), func(context.Context) error { return panicsHere() }, scope.Named("n"))
	},
	"typed": func(s *scope.Scope) {
		scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, panicsHere() })
	},
	"Spawn": func(s *scope.Scope) {
		_ = scope.Spawn(s.Context(), func(context.Context) error { return panicsHere() })
	},
	"nested": func(s *scope.Scope) {
		_ = s.Go(context.Background(), func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				return s.Go(ctx, func(context.Context) error { return panicsHere() })
			})
		})
	},
	"callback": func(s *scope.Scope) {
		_ = s.Go(context.Background(), untilDrain, scope.OnDrain(func(context.Context) error { return panicsHere() }))
	},
	"release": func(s *scope.Scope) {
		s.Defer("r", func(context.Context) error { return panicsHere() })
	},
}

func TestRepanicCrashesWithTheStackOfThePanic(t *testing.T) {
	if who := os.Getenv(whoPanics); who != "" {
		root := scope.New(context.Background(), "root", scope.Repanic())
		panics[who](root.Child("mid", scope.FailFast()).Child("leaf"))
		fmt.Println("survived:", root.Shutdown(context.Background()))
		os.Exit(0)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for who := range panics {
		t.Run(who, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestRepanicCrashesWithTheStackOfThePanic$")
			cmd.Env = append(os.Environ(), whoPanics+"="+who, "GOTRACEBACK=single")
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("the process ended with %v, want exit status 2", err)
			}
			for _, want := range []string{"panic: boom", "scope_test.panicsHere"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("it printed no %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestRepanicLeavesGoexitAndScopesAboveAlone(t *testing.T) {
	sink := new(told)
	top := scope.New(t.Context(), "top", scope.WithSink(sink))
	mustGo(t, top.Child("low", scope.Repanic()), func(context.Context) error { runtime.Goexit(); return nil })
	mustGo(t, top.Child("sibling"), func(context.Context) error { return panicsHere() })
	mustGo(t, top, func(context.Context) error { return panicsHere() })
	mustClose(t, top)
	if n := len(sink.all()); n != 3 {
		t.Errorf("the sink was told of %d failures, want 3", n)
	}
	for _, e := range sink.all() {
		if p := (*scope.PanicError)(nil); !errors.As(e, &p) && !errors.Is(e, scope.ErrGoexit) {
			t.Errorf("the sink was told %v, want a panic or Goexit", e)
		}
	}
}

func TestPanicOfDoGoesOnUnderRepanic(t *testing.T) {
	s := scope.New(t.Context(), "s", scope.Repanic())
	got := panicOf(func() { _ = s.Do(t.Context(), func(context.Context) error { return panicsHere() }) })
	if got != any(errBoom) {
		t.Errorf("panic %v, want %v", got, errBoom)
	}
	mustClose(t, s)
}
