package scope_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A store is a resource that notes what is done with it.
type store struct {
	d    *diary
	name string
	err  error // of closing
}

func (st *store) open(after time.Duration) func(context.Context) (*store, error) {
	return func(ctx context.Context) (*store, error) {
		select {
		case <-time.After(after):
			st.d.note("%s opens", st.name)
			return st, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// stubborn is open that does not look at its context.
func (st *store) stubborn(after time.Duration) func(context.Context) (*store, error) {
	return func(context.Context) (*store, error) {
		time.Sleep(after)
		st.d.note("%s opens", st.name)
		return st, nil
	}
}

func closeStore(_ context.Context, st *store) error {
	st.d.note("%s closes", st.name)
	return st.err
}

func TestAcquireReleasesWithTheScopeInReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		for _, name := range []string{"db", "cache"} {
			st := &store{d: d, name: name}
			if got, err := scope.Acquire(t.Context(), s, name, st.open(sec), closeStore); got != st || err != nil {
				t.Errorf("Acquire() = %v, %v, want the store", got, err)
			}
		}
		mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); d.note("task ends"); return nil })
		mustClose(t, s)
		d.want(t, "1s db opens", "2s cache opens", "3s task ends", "3s cache closes", "3s db closes")
	})
}

func TestAcquireIsRefusedWhereWorkIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		try := func(ctx context.Context, name string) {
			st := &store{d: d, name: name}
			if got, err := scope.Acquire(ctx, s, name, st.open(0), closeStore); err != nil {
				d.note("%s: %v, %v, %v", name, got, errors.Is(err, scope.ErrClosed), errors.Is(err, errBoom))
			}
		}
		mustGo(t, s.Child("slow"), func(ctx context.Context) error { <-ctx.Done(); time.Sleep(2 * sec); return nil })
		mustGo(t, s, func(ctx context.Context) error {
			time.Sleep(sec)
			try(ctx, "draining, inside")
			<-ctx.Done()
			try(ctx, "cancelling, inside")
			return nil
		})
		synctest.Wait()
		s.Cancel(errBoom)
		try(t.Context(), "draining, outside")
		time.Sleep(3 * sec)
		try(t.Context(), "closed")
		d.want(t,
			"0s draining, outside: <nil>, true, true",
			"1s draining, inside opens",
			"2s cancelling, inside: <nil>, true, true",
			"2s draining, inside closes",
			"3s closed: <nil>, true, true")
	})
}

func TestAcquireReleasesAtOnceIfTheScopeClosesMeanwhile(t *testing.T) {
	for name, inside := range map[string]bool{"from outside": false, "in a task": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s")
				acquire := func(ctx context.Context) error {
					st := &store{d: d, name: "db", err: errCrash}
					got, err := scope.Acquire(ctx, s, "db", st.stubborn(3*sec), closeStore)
					d.note("%v", got)
					if !errors.Is(err, scope.ErrClosed) || !errors.Is(err, errBoom) || !errors.Is(err, errCrash) {
						t.Errorf("Acquire() = %v, want %v with the cause and %v", err, scope.ErrClosed, errCrash)
					}
					return nil
				}
				time.AfterFunc(sec, func() { s.Cancel(errBoom) })
				if inside {
					mustGo(t, s, acquire)
					mustWait(t, s)
				} else {
					_ = acquire(t.Context())
				}
				mustClose(t, s)
				d.want(t, "3s db opens", "3s db closes", "3s <nil>")
			})
		})
	}
}

func TestAcquireEndsTheContextOfOpenWithTheScopeAndWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(s *scope.Scope, cancel context.CancelCauseFunc){
			"scope": func(s *scope.Scope, _ context.CancelCauseFunc) { s.Cancel(errBoom) },
			"call":  func(_ *scope.Scope, cancel context.CancelCauseFunc) { cancel(errBoom) },
		} {
			d := newDiary()
			s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithLimit(1))
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(sec, func() { end(s, cancel) })
			got, err := scope.Acquire(ctx, s, "db", (&store{d: d}).open(time.Hour), closeStore)
			if got != nil || !errors.Is(err, errBoom) || errors.Is(err, scope.ErrClosed) {
				t.Errorf("%s: Acquire() = %v, %v, want nil and the cause", name, got, err)
			}
			d.want(t)
			mustClose(t, s)
		}
	})
}

func TestErrorOfOpenIsTheCallersOnly(t *testing.T) {
	s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithLimit(1))
	fails := func(context.Context) (int, error) { return 7, errBoom }
	err := s.Do(t.Context(), func(ctx context.Context) error { // which holds the only place
		got, err := scope.Acquire(ctx, s, "db", fails, func(context.Context, int) error { t.Error("released"); return nil })
		if want := `scope: acquiring "db" for /s: boom`; got != 0 || err == nil || err.Error() != want {
			t.Errorf("Acquire() = %v, %v, want 0, %s", got, err, want)
		}
		return s.Context().Err()
	})
	if err != nil {
		t.Errorf("the scope ended with %v, want it open", err)
	}
	mustClose(t, s)
}

func TestGoroutinesThatOpenStartsAreThoseOfTheScope(t *testing.T) {
	s := scope.New(context.Background(), "s")
	got, err := scope.Acquire(t.Context(), s, "db", func(context.Context) (string, error) { return ownPath(t), nil },
		func(context.Context, string) error { return nil })
	if got != "/s" || err != nil {
		t.Errorf("labels in open name %q, %v, want /s", got, err)
	}
	if got := ownPath(t); got != "none" {
		t.Errorf("labels after Acquire name %s, want none", got)
	}
	mustClose(t, s)
}

func TestReleaseLearnsWhyTheScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, end := range map[string]func(s *scope.Scope){
			"scope /s cancelled by Close":    func(s *scope.Scope) { _ = s.Close() },
			"scope /s cancelled by Shutdown": func(s *scope.Scope) { _ = s.Shutdown(t.Context()) },
			"scope /s cancelled by a task: /s: boom": func(s *scope.Scope) {
				mustGo(t, s, failAfter(0, errBoom))
			},
			"scope /s: timed out after 1h0m0s": func(*scope.Scope) { time.Sleep(time.Hour) },
		} {
			s := scope.New(context.Background(), "s", scope.FailFast(), scope.Timeout(time.Hour), scope.WithSink(new(told)))
			var deferred, acquired error
			s.Defer("r", func(context.Context) error { deferred = context.Cause(s.Context()); return nil })
			_, err := scope.Acquire(t.Context(), s, "db", func(context.Context) (int, error) { return 1, nil },
				func(context.Context, int) error { acquired = context.Cause(s.Context()); return nil })
			if err != nil {
				t.Errorf("Acquire() = %v, want nil", err)
			}
			end(s)
			synctest.Wait()
			if fmt.Sprint(deferred) != want || fmt.Sprint(acquired) != want {
				t.Errorf("releases learnt %v and %v, want %s", deferred, acquired, want)
			}
		}
	})
}

func TestAcquireNamesWhatIsNil(t *testing.T) {
	s := scope.New(t.Context(), "s")
	open := func(context.Context) (int, error) { return 1, nil }
	release := func(context.Context, int) error { return nil }
	for want, call := range map[string]func(){
		"ctx":     func() { _, _ = scope.Acquire(context.Context(nil), s, "r", open, release) },
		"s":       func() { _, _ = scope.Acquire(t.Context(), nil, "r", open, release) },
		"open":    func() { _, _ = scope.Acquire(t.Context(), s, "r", nil, release) },
		"release": func() { _, _ = scope.Acquire(t.Context(), s, "r", open, nil) },
	} {
		if got := panicOf(call); got != "scope: Acquire: "+want+" is nil" {
			t.Errorf("panic %v, want scope: Acquire: %s is nil", got, want)
		}
	}
	mustClose(t, s)
}
