package scope_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// derive returns contexts of many kinds that derive from ctx.
func derive(ctx context.Context) (map[string]context.Context, context.CancelFunc) {
	c1, cancel1 := context.WithCancel(ctx)
	c2, cancel2 := context.WithCancelCause(context.WithValue(context.WithValue(ctx, key{}, 1), key{}, 2))
	c3, cancel3 := context.WithTimeout(ctx, 1000*time.Hour)
	c4, cancel4 := context.WithCancel(context.WithValue(c1, key{}, 3))
	return map[string]context.Context{
		"itself":                         ctx,
		"WithValue":                      context.WithValue(ctx, key{}, 1),
		"WithCancel":                     c1,
		"WithCancelCause of WithValue":   c2,
		"WithTimeout":                    c3,
		"WithCancel of WithValue of one": c4,
	}, func() { cancel1(); cancel2(nil); cancel3(); cancel4() }
}

func TestCauseOfAScopeIsThatOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(s *scope.Scope){
			"Cancel":        func(s *scope.Scope) { s.Cancel(errBoom) },
			"Close":         func(s *scope.Scope) { mustClose(t, s) },
			"Timeout":       func(*scope.Scope) { time.Sleep(time.Minute) },
			"end of parent": func(s *scope.Scope) { s.Parent().Cancel(nil) },
		} {
			s := scope.New(t.Context(), "parent").Child("s", scope.Timeout(time.Minute))
			if err := s.Cause(); err != nil {
				t.Errorf("%s: Cause() = %v before, want nil", name, err)
			}
			end(s)
			synctest.Wait()
			if got := s.Cause(); got == nil || got != context.Cause(s.Context()) { //nolint:errorlint // one and the same
				t.Errorf("%s: Cause() = %v, want %v", name, got, context.Cause(s.Context()))
			}
			mustClose(t, s.Parent())
		}
	})
}

func TestCauseSaysWhoEndedTheScopeAndWhy(t *testing.T) {
	tests := []struct {
		name string
		end  func(s *scope.Scope)
		want scope.Cancelled // Site is a part of it
		text string          // without the site
	}{
		{
			"Cancel", func(s *scope.Scope) { s.Cancel(errBoom) },
			scope.Cancelled{Path: "/over/s", By: "Cancel", Reason: errBoom, Caller: "context_test.go:"},
			"scope /over/s cancelled by Cancel: boom",
		},
		{
			"Cancel without a cause", func(s *scope.Scope) { s.Cancel(nil) },
			scope.Cancelled{Path: "/over/s", By: "Cancel", Caller: "context_test.go:"},
			"scope /over/s cancelled by Cancel",
		},
		{
			"Close", func(s *scope.Scope) { go s.Close() }, //nolint:errcheck // nothing to report
			scope.Cancelled{Path: "/over/s", By: "Close"},
			"scope /over/s cancelled by Close",
		},
		{
			"Close of a parent", func(s *scope.Scope) { go s.Parent().Close() }, //nolint:errcheck // nothing to report
			scope.Cancelled{Path: "/over", By: "Close"},
			"scope /over cancelled by Close",
		},
		{
			"Cancel of a parent", func(s *scope.Scope) { s.Parent().Cancel(errBoom) },
			scope.Cancelled{Path: "/over", By: "Cancel", Reason: errBoom, Caller: "context_test.go:"},
			"scope /over cancelled by Cancel: boom",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				over := scope.New(t.Context(), "over")
				s := over.Child("s")
				contexts := make(chan context.Context)
				hold := func(ctx context.Context) error { contexts <- ctx; return untilEnd(ctx) }
				mustGo(t, s, hold)
				_ = s.Go(context.WithValue(t.Context(), key{}, 1), hold)
				_ = scope.Spawn(context.WithValue(s.Context(), key{}, 1), hold)
				go s.Do(t.Context(), hold) //nolint:errcheck // tested elsewhere
				all := []context.Context{s.Context(), <-contexts, <-contexts, <-contexts, <-contexts}

				check := func(when, what string, ctx context.Context) {
					select {
					case <-ctx.Done():
					default:
						t.Errorf("%s %s: Done is open", when, what)
					}
					if err := ctx.Err(); err != context.Canceled {
						t.Errorf("%s %s: Err() = %v, want %v", when, what, err, context.Canceled)
					}
					cause := context.Cause(ctx)
					c, ok := errors.AsType[*scope.Cancelled](cause)
					if !ok || c.Path != tt.want.Path || c.By != tt.want.By || c.Reason != tt.want.Reason || !strings.Contains(c.Caller, tt.want.Caller) { //nolint:errorlint // as it was given
						t.Errorf("%s %s: Cause() = %v, want %+v", when, what, cause, tt.want)
						return
					}
					if withoutSite(cause) != tt.text {
						t.Errorf("%s %s: Cause() = %v, want %s", when, what, cause, tt.text)
					}
					if !errors.Is(cause, context.Canceled) {
						t.Errorf("%s %s: Cause() = %v, want it to be %v", when, what, cause, context.Canceled)
					}
				}
				var told atomic.Int32
				var before []map[string]context.Context
				for _, ctx := range all {
					derived, cancel := derive(ctx)
					defer cancel()
					before = append(before, derived)
					context.AfterFunc(ctx, func() { told.Add(1) })
				}
				tt.end(s)
				synctest.Wait()
				if n := told.Load(); n != int32(len(all)) {
					t.Errorf("%d of %d AfterFuncs ran", n, len(all))
				}
				for i, ctx := range all {
					for what, ctx := range before[i] {
						check("made before the end:", what, ctx)
					}
					after, cancel := derive(ctx)
					defer cancel()
					for what, ctx := range after {
						check("made after the end:", what, ctx)
					}
					context.AfterFunc(ctx, func() { told.Add(1) })
				}
				synctest.Wait()
				if n := told.Load(); n != 2*int32(len(all)) {
					t.Errorf("%d of %d AfterFuncs ran after the end", n-int32(len(all)), len(all))
				}
				mustClose(t, over)
			})
		})
	}
}

func TestEndOfTheOuterContextIsPassedOnAsItIs(t *testing.T) {
	tests := []struct {
		name  string
		make  func(context.Context) (context.Context, context.CancelFunc)
		err   error
		cause error
	}{
		{"cancel", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, context.Canceled, context.Canceled},
		{"cancel with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(errBoom) })
			return ctx, func() { cancel(nil) }
		}, context.Canceled, errBoom},
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded, context.DeadlineExceeded},
		{"deadline with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Second, errBoom)
		}, context.DeadlineExceeded, errBoom},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				outer, cancel := tt.make(t.Context())
				defer cancel()
				s := scope.New(outer, "s")
				child := s.Child("child")
				before, cancel1 := derive(child.Context())
				defer cancel1()
				time.Sleep(2 * time.Second)
				after, cancel2 := derive(child.Context())
				defer cancel2()
				for _, derived := range []map[string]context.Context{before, after, {"root": s.Context()}} {
					for what, ctx := range derived {
						<-ctx.Done()
						if err := ctx.Err(); err != tt.err { //nolint:errorlint // a context ends with exactly one of two
							t.Errorf("%s: Err() = %v, want %v", what, err, tt.err)
						}
						if cause := context.Cause(ctx); cause != tt.cause { //nolint:errorlint // the cause itself
							t.Errorf("%s: Cause() = %v, want %v", what, cause, tt.cause)
						}
					}
				}
				mustClose(t, s)
			})
		})
	}
}

func TestDerivedContextsCostNoGoroutine(t *testing.T) {
	s := scope.New(t.Context(), "s")
	outer, cancel := context.WithCancel(s.Context())
	defer cancel()
	child := scope.New(context.WithValue(outer, key{}, 1), "child")
	before := runtime.NumGoroutine()
	var all []map[string]context.Context
	for range 100 {
		for _, s := range []*scope.Scope{s, child} {
			derived, cancel := derive(s.Context())
			defer cancel()
			all = append(all, derived)
			context.AfterFunc(s.Context(), func() {})
		}
	}
	if n := runtime.NumGoroutine() - before; n > 0 {
		t.Errorf("1200 derived contexts cost %d goroutines, want none", n)
	}
	mustClose(t, s)
	for _, derived := range all {
		for what, ctx := range derived {
			if ctx.Err() == nil {
				t.Fatalf("%s: Err() = nil when the scope has closed", what)
			}
		}
	}
}

func TestContextWithoutCancelOfAScopeDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.WithValue(t.Context(), key{}, "value"), "s")
		before := context.WithoutCancel(s.Context())
		below, cancel := context.WithCancel(before)
		defer cancel()
		mustClose(t, s)
		for _, ctx := range []context.Context{before, below, context.WithoutCancel(s.Context())} {
			if ctx.Err() != nil || context.Cause(ctx) != nil || ctx.Value(key{}) != "value" || scope.Current(ctx) != s {
				t.Errorf("Err() = %v, Cause() = %v, Value() = %v, Current() = %v, want no end, the value and the scope",
					ctx.Err(), context.Cause(ctx), ctx.Value(key{}), scope.Current(ctx))
			}
		}
	})
}

func TestAfterFuncOnAScopeCanBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		stop := context.AfterFunc(s.Context(), func() { t.Error("a stopped function ran") })
		if !stop() {
			t.Error("stop() = false, want true")
		}
		mustClose(t, s)
		synctest.Wait()
	})
}

func TestScopesTakeTheDeadlineOfTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, ok := scope.New(context.Background(), "none").Context().Deadline(); ok {
			t.Error("Deadline() = true without one")
		}
		for _, s := range scope.Roots() {
			mustClose(t, s)
		}
		want := time.Now().Add(time.Hour)
		outer, cancel := context.WithDeadline(t.Context(), want)
		defer cancel()
		s := scope.New(outer, "s")
		shorter, cancel := context.WithTimeout(s.Context(), time.Minute)
		defer cancel()
		check := func(what string, ctx context.Context, want time.Time) {
			if got, ok := ctx.Deadline(); !ok || !got.Equal(want) {
				t.Errorf("%s: Deadline() = %v, %v, want %v", what, got, ok, want)
			}
		}
		check("root", s.Context(), want)
		check("child", s.Child("child").Context(), want)
		check("shorter", scope.New(shorter, "shorter").Child("below").Context(), time.Now().Add(time.Minute))
		_ = s.Go(shorter, func(ctx context.Context) error { check("Go", ctx, want); return nil })
		_ = scope.Spawn(shorter, func(ctx context.Context) error {
			check("Spawn", ctx, time.Now().Add(time.Minute))
			return nil
		})
		mustWait(t, s)
		mustClose(t, s)
	})
}
