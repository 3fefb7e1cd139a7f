package scope_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestEventsTellTheLifeOfASubtree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithSink(new(told)))
		time.AfterFunc(time.Second, func() {
			child := s.Child("child")
			mustGo(t, child, failAfter(time.Second, errBoom), scope.Named("fails"))
			time.Sleep(2 * time.Second)
			if err := s.Shutdown(context.Background()); err != nil {
				t.Errorf("Shutdown() = %v, want nil", err)
			}
		})
		for e, err := range s.Events().All(context.Background()) {
			if err != nil {
				t.Errorf("the stream yields %v, want no errors", err)
			}
			d.note("%v %s %s %v %v %s", e.Kind, e.Path, e.Task, e.State, e.Outcome, e.Error)
			if want := d.start.Add(time.Since(d.start)); !e.At.Equal(want) {
				t.Errorf("%v is of %v, want %v", e.Kind, e.At, want)
			}
		}
		const cause = " running scope /s cancelled by Shutdown"
		d.wantSorted(t,
			"1s scope-opened /s/child  open running ",
			"1s task-started /s/child fails open running ",
			"2s task-ended /s/child fails open failed boom",
			"2s error-reported /s/child fails open running boom",
			"3s scope-moved /s  draining"+cause,
			"3s scope-moved /s/child  draining"+cause,
			"3s scope-moved /s/child  cancelling"+cause,
			"3s scope-moved /s/child  closed"+cause,
			"3s scope-moved /s  cancelling"+cause,
			"3s scope-moved /s  closed"+cause,
		)
	})
}

func TestEventsOfASlowConsumerLagAndSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		defer mustClose(t, s)
		const tasks = 1000 // two events each, of which 1024 are kept
		read, lost := 0, 0
		nothing := func(context.Context) error { return nil }
		time.AfterFunc(time.Second, func() { _ = s.Do(context.Background(), nothing) })
		for _, err := range s.Events().All(context.Background()) {
			var lagged *stream.Lagged
			switch {
			case errors.As(err, &lagged):
				lost += lagged.N
				if read != 2 {
					t.Errorf("the loss is told after %d events, want 2: in its place", read)
				}
			case err != nil:
				t.Errorf("the stream yields %v", err)
			default:
				read++
			}
			if read == 2 && lost == 0 {
				for range tasks {
					if err := s.Do(context.Background(), nothing); err != nil {
						t.Error(err)
					}
				}
			}
			if read == 2+1024 {
				break
			}
		}
		if lost != 2*tasks-1024 {
			t.Errorf("%d events were told lost, want %d", lost, 2*tasks-1024)
		}
	})
}

func TestEventsStopWithTheConsumerTheContextOrTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(errBoom) })
		var last error
		for _, err := range s.Events().All(ctx) {
			last = err
		}
		if !errors.Is(last, errBoom) {
			t.Errorf("the last event of a cut run is %v, want the cause", last)
		}
		mustGo(t, s, untilEnd)
		synctest.Wait()
		time.AfterFunc(time.Second, func() { mustClose(t, s) })
		n := 0
		for range s.Events().All(context.Background()) {
			n++
		}
		// Three steps. The task has begun before.
		if n != 3 {
			t.Errorf("the run yields %d events until the scope has closed, want 3", n)
		}
		for range s.Events().All(context.Background()) {
			t.Error("a closed scope yields events")
		}
	})
}

func TestEventIsReadBackFromJSON(t *testing.T) {
	want := scope.Event{
		Kind: scope.ScopeMoved, At: time.Unix(1, 2).UTC(), Path: "/s", State: scope.StateCancelling, Outcome: scope.TaskPanicked,
		Elapsed: time.Second, Waited: &scope.Waiting{State: scope.StateDraining, Tasks: 3, Names: []string{"a"}}, Left: 2, Error: "boom",
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got scope.Event
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, want %+v", got, want)
	}
	for _, bad := range []string{`{"kind":"x"}`, `{"state":"x"}`, `{"outcome":"x"}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("Unmarshal(%s) = nil, want an error", bad)
		}
	}
}
