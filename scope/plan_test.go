package scope_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestPlanTellsTheOrderAndActsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sec := func(n int) time.Duration { return time.Duration(n) * time.Second }
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: sec(3), Cancel: sec(2), Release: sec(1)}))
		a := root.Child("a", scope.Sequential())
		a.Child("x")
		a.Child("y", scope.WithTimeouts(scope.Timeouts{Drain: sec(10)}))
		db := root.Child("db", scope.After(a))
		db.Defer("file", func(context.Context) error { return nil })
		db.Defer("lock", func(context.Context) error { return nil })
		mustGo(t, root, untilEnd, scope.Service())
		mustGo(t, root, untilEnd)
		var got []string
		p := root.Plan()
		for _, s := range p.Steps {
			got = append(got, fmt.Sprintf("%s after %v below %v tasks %d releases %v by %v", s.Path, s.After, s.Below, s.Tasks, s.Releases, s.AtMost))
		}
		want := []string{
			"/root/a/y after [] below [] tasks 0 releases [] by 10s",
			"/root/a/x after [/root/a/y] below [] tasks 0 releases [] by 15s",
			"/root/a after [] below [/root/a/y /root/a/x] tasks 0 releases [] by 20s",
			"/root/db after [/root/a] below [] tasks 0 releases [lock file] by 27.2s",
			"/root/service after [] below [] tasks 1 releases [] by 37.2s",
			"/root after [] below [/root/a /root/db /root/service] tasks 1 releases [] by 37.2s",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Plan() =\n%q\nwant\n%q", got, want)
		}
		if want := sec(37) + 200*time.Millisecond; p.AtMost != want {
			t.Errorf("AtMost = %v, want %v", p.AtMost, want)
		}
		if root.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", root.State())
		}
		root.Child("endless", scope.WithTimeouts(scope.Timeouts{Drain: -1}))
		if p := root.Plan(); p.AtMost >= 0 {
			t.Errorf("AtMost = %v, want no limit", p.AtMost)
		}
		mustClose(t, root)
	})
}

func TestPlanBoundsStuckReleasesAndSinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Drain: sec, Cancel: sec, Release: sec}),
			scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { <-stop })))
		for range 5 {
			s.Defer("r", func(context.Context) error { <-stop; return nil })
		}
		mustGo(t, s, func(context.Context) error { <-stop; return nil })
		h := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, errBoom })
		<-h.Done()
		p := s.Plan()
		start := time.Now()
		_ = s.Shutdown(context.Background())
		if took := time.Since(start); took != p.AtMost {
			t.Errorf("Shutdown() took %v, want %v as planned", took, p.AtMost)
		}
		runtime.KeepAlive(h)
		close(stop)
		synctest.Wait()
	})
}
