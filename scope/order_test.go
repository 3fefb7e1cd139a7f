package scope_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// plant gives s a task that takes 2 s to end once it is told to, and a release
// that takes 1 s, and notes both and the end of its context.
func plant(t *testing.T, d *diary, s *scope.Scope) {
	t.Helper()
	name := s.Name()
	d.noteEnd(s.Context(), name+" context ends")
	s.Defer("resource", func(context.Context) error {
		time.Sleep(time.Second)
		d.note("%s released", name)
		return nil
	})
	mustGo(t, s, func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(2 * time.Second)
		d.note("%s task ends", name)
		return context.Cause(ctx)
	})
}

// plantThree makes a chain of three scopes out of top.
func plantThree(t *testing.T, d *diary, top *scope.Scope) {
	t.Helper()
	mid := top.Child("mid")
	leaf := mid.Child("leaf")
	plant(t, d, top)
	plant(t, d, mid)
	plant(t, d, leaf)
}

// innermostFirst is how such a chain closes if it is ended after 10 s.
var innermostFirst = []string{
	"10s leaf context ends",
	"12s leaf task ends",
	"13s leaf released",
	"13s mid context ends",
	"15s mid task ends",
	"16s mid released",
	"16s top context ends",
	"18s top task ends",
	"19s top released",
}

func TestChildrenCloseBeforeParentsWhateverTheTrigger(t *testing.T) {
	const at = 10 * time.Second
	run := func(t *testing.T, d *diary, ctx context.Context, end func(context.Context, *scope.Scope) error) {
		defer func() { _ = recover() }()
		_ = scope.Run(ctx, "top", func(ctx context.Context, s *scope.Scope) error {
			plantThree(t, d, s)
			return end(ctx, s)
		})
	}
	triggers := []struct {
		name string
		end  func(t *testing.T, d *diary)
	}{
		{"Close", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top")
			plantThree(t, d, s)
			time.Sleep(at)
			mustClose(t, s)
		}},
		{"Cancel", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top")
			plantThree(t, d, s)
			time.Sleep(at)
			s.Cancel(errBoom)
		}},
		{"Cancel by a task of the scope", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top")
			plantThree(t, d, s)
			mustGo(t, s, func(context.Context) error {
				time.Sleep(at)
				s.Cancel(nil)
				return nil
			})
		}},
		{"Cancel by a task of the innermost scope", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top")
			plantThree(t, d, s)
			mustGo(t, s.Children()[0].Children()[0], func(context.Context) error {
				time.Sleep(at)
				s.Cancel(nil)
				return nil
			})
		}},
		{"failure under FailFast", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top", scope.FailFast())
			plantThree(t, d, s)
			mustGo(t, s, failAfter(at, errBoom))
			time.Sleep(20 * time.Second)
			if err := s.Close(); !errors.Is(err, errBoom) {
				t.Errorf("Close() = %v, want %v", err, errBoom)
			}
		}},
		{"panic under FailFast", func(t *testing.T, d *diary) {
			s := scope.New(t.Context(), "top", scope.FailFast())
			plantThree(t, d, s)
			mustGo(t, s, func(context.Context) error { time.Sleep(at); panic(errBoom) })
			time.Sleep(20 * time.Second)
			if err := s.Close(); !errors.Is(err, errBoom) {
				t.Errorf("Close() = %v, want %v", err, errBoom)
			}
		}},
		{"cancellation of the root's context", func(t *testing.T, d *diary) {
			ctx, cancel := context.WithCancelCause(t.Context())
			plantThree(t, d, scope.New(ctx, "top"))
			time.Sleep(at)
			cancel(errBoom)
		}},
		{"deadline of the root's context", func(t *testing.T, d *diary) {
			ctx, cancel := context.WithTimeout(t.Context(), at)
			plantThree(t, d, scope.New(ctx, "top"))
			time.Sleep(at)
			time.Sleep(time.Nanosecond)
			cancel()
		}},
		{"Close of a parent", func(t *testing.T, d *diary) {
			over := scope.New(t.Context(), "over")
			plantThree(t, d, over.Child("top"))
			time.Sleep(at)
			mustClose(t, over)
		}},
		{"end of the context of a parent", func(t *testing.T, d *diary) {
			ctx, cancel := context.WithCancel(t.Context())
			plantThree(t, d, scope.New(ctx, "over").Child("top"))
			time.Sleep(at)
			cancel()
		}},
		{"body of Run returns an error", func(t *testing.T, d *diary) {
			run(t, d, t.Context(), func(context.Context, *scope.Scope) error {
				time.Sleep(at)
				return errBoom
			})
		}},
		{"body of Run panics", func(t *testing.T, d *diary) {
			run(t, d, t.Context(), func(context.Context, *scope.Scope) error {
				time.Sleep(at)
				panic(errBoom)
			})
		}},
		{"body of Run leaves by Goexit", func(t *testing.T, d *diary) {
			run(t, d, t.Context(), func(context.Context, *scope.Scope) error {
				time.Sleep(at)
				runtime.Goexit()
				return nil
			})
		}},
		{"end of the context of Run", func(t *testing.T, d *diary) {
			ctx, cancel := context.WithTimeout(t.Context(), at)
			defer cancel()
			run(t, d, ctx, func(ctx context.Context, _ *scope.Scope) error { return untilEnd(ctx) })
		}},
		{"Cancel in the body of Run", func(t *testing.T, d *diary) {
			run(t, d, t.Context(), func(_ context.Context, s *scope.Scope) error {
				time.Sleep(at)
				s.Cancel(nil)
				return nil
			})
		}},
		{"failure in Run under FailFast", func(t *testing.T, d *diary) {
			_ = scope.Run(t.Context(), "top", func(_ context.Context, s *scope.Scope) error {
				plantThree(t, d, s)
				mustGo(t, s, failAfter(at, errBoom))
				return nil
			}, scope.FailFast())
		}},
		{"body of a nested Run returns an error", func(t *testing.T, d *diary) {
			over := scope.New(t.Context(), "over")
			mustGo(t, over, func(ctx context.Context) error {
				run(t, d, ctx, func(context.Context, *scope.Scope) error {
					time.Sleep(at)
					return errBoom
				})
				return nil
			})
			mustWait(t, over)
			mustClose(t, over)
		}},
	}
	for _, tr := range triggers {
		t.Run(tr.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				go tr.end(t, d)
				time.Sleep(time.Minute)
				d.want(t, innermostFirst...)
				if open := scope.Roots(); len(open) > 0 {
					t.Errorf("Roots() = %v after the close, want none", open)
				}
			})
		})
	}
}

func TestContextBetweenTwoScopesCutsItsOwnSubtreeInOrder(t *testing.T) {
	cuts := []struct {
		name string
		make func(context.Context) (context.Context, context.CancelFunc)
		err  error
	}{
		{"cancel", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(10*time.Second, cancel)
			return ctx, cancel
		}, context.Canceled},
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Second)
		}, context.DeadlineExceeded},
	}
	for _, cut := range cuts {
		t.Run(cut.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				top := scope.New(t.Context(), "top")
				between, cancel := cut.make(top.Context())
				defer cancel()
				mid := scope.New(between, "mid")
				leaf := mid.Child("leaf")
				for _, s := range []*scope.Scope{top, mid, leaf} {
					plant(t, d, s)
				}
				time.Sleep(20 * time.Second)
				for _, s := range []*scope.Scope{mid, leaf} {
					if err := s.Context().Err(); err != cut.err { //nolint:errorlint // a context ends with exactly one of two
						t.Errorf("%s: Err() = %v, want %v", s.Path(), err, cut.err)
					}
				}
				if err := top.Context().Err(); err != nil {
					t.Errorf("%s: Err() = %v, want nil", top.Path(), err)
				}
				mustClose(t, top)
				d.want(t,
					"10s leaf context ends",
					"12s leaf task ends",
					"13s leaf released",
					"13s mid context ends",
					"15s mid task ends",
					"16s mid released",
					"20s top context ends",
					"22s top task ends",
					"23s top released",
				)
			})
		})
	}
}

func TestContextBetweenTwoScopesDoesNotCutWhenTheParentCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top")
		between, cancel := context.WithCancel(top.Context())
		defer cancel()
		mid := scope.New(between, "mid")
		leaf := scope.New(context.WithValue(mid.Context(), key{}, 1), "leaf")
		for _, s := range []*scope.Scope{top, mid, leaf} {
			plant(t, d, s)
		}
		d.noteEnd(between, "between ends")
		time.Sleep(10 * time.Second)
		mustClose(t, top)
		synctest.Wait()
		slices.Sort(d.lines[6:8]) // what ends in one instant is told in any order
		d.want(t,
			"10s leaf context ends",
			"12s leaf task ends",
			"13s leaf released",
			"13s mid context ends",
			"15s mid task ends",
			"16s mid released",
			"16s between ends",
			"16s top context ends",
			"18s top task ends",
			"19s top released",
		)
	})
}

func TestFailureInAnInnerScopeEndsOnlyItsOwnSubtree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top")
		mid := top.Child("mid", scope.FailFast())
		leaf := mid.Child("leaf")
		for _, s := range []*scope.Scope{top, mid, leaf} {
			plant(t, d, s)
		}
		mustGo(t, mid, failAfter(10*time.Second, errBoom))
		time.Sleep(20 * time.Second)
		if err := mid.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close() = %v, want %v", err, errBoom)
		}
		mustClose(t, top)
		d.want(t,
			"10s leaf context ends",
			"12s leaf task ends",
			"13s leaf released",
			"13s mid context ends",
			"15s mid task ends",
			"16s mid released",
			"20s top context ends",
			"22s top task ends",
			"23s top released",
		)
	})
}

func TestSiblingsCloseAtTheSameTimeAndTheParentWaitsForTheSlowest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top")
		d.noteEnd(top.Context(), "top context ends")
		for i, name := range []string{"a", "b", "c"} {
			s := top.Child(name)
			s.Defer("resource", func(context.Context) error {
				time.Sleep(time.Duration(i+1) * time.Second)
				d.note("%s released", name)
				return nil
			})
		}
		mustClose(t, top)
		synctest.Wait()
		d.want(t, "1s a released", "2s b released", "3s c released", "3s top context ends")
	})
}

func TestClosingWaitsForTheBodyOfRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := scope.Run(ctx, "top", func(_ context.Context, s *scope.Scope) error {
			s.Defer("resource", func(context.Context) error { d.note("released"); return nil })
			d.noteEnd(s.Context(), "context ends")
			time.Sleep(5 * time.Second)
			d.note("body returns")
			return nil
		})
		d.note("Run() = %v", err)
		d.want(t,
			"1s context ends",
			"5s body returns",
			"5s released",
			"5s Run() = context deadline exceeded",
		)
	})
}
