package scope_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// closings returns an option that notes when scopes close.
func (d *diary) closings() scope.Option {
	return scope.WithHooks(&scope.Hooks{ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
		if step.State == scope.StateClosed {
			d.note("%s closed", s.Path())
		}
	}})
}

// triggers are the ways in which a whole tree is made to close.
var triggers = map[string]func(root *scope.Scope){
	"Close":    func(root *scope.Scope) { _ = root.Close() },
	"Cancel":   func(root *scope.Scope) { root.Cancel(errBoom); _ = root.Close() },
	"Shutdown": func(root *scope.Scope) { _ = root.Shutdown(context.Background()) },
}

func TestSequentialChildrenCloseOneAtATimeLastOpenedFirst(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			root := scope.New(context.Background(), "root", scope.Sequential(), d.closings())
			for i := range 3 {
				s := root.Child(fmt.Sprint("s", i))
				mustGo(t, s, takes(time.Second))
			}
			mustGo(t, root, takes(time.Second))
			end(root)
			t.Log(name)
			d.want(t, "1s /root/s2 closed", "2s /root/s1 closed", "3s /root/s0 closed", "3s /root closed")
		})
	}
}

// ended waits for the end of ctx and notes it.
func (d *diary) ended(ctx context.Context, what string) {
	<-ctx.Done()
	d.note("%s ends", what)
}

// takes is a task that ends d after its scope drains, or its context ends,
// whichever is first.
func takes(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-scope.Draining(ctx):
		case <-ctx.Done():
		}
		time.Sleep(d)
		return nil
	}
}

func TestChildWhoseTurnHasNotComeTakesWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.Sequential(), d.closings())
		pool := root.Child("pool")
		handlers := root.Child("handlers")
		mustGo(t, handlers, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			time.Sleep(time.Second)
			if err := pool.Do(ctx, func(ctx context.Context) error { return ctx.Err() }); err != nil {
				t.Errorf("Do() on the pool of a draining handler = %v, want nil", err)
			}
			return nil
		})
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.want(t, "1s /root/handlers closed", "1s /root/pool closed", "1s /root closed")
	})
}

func TestScopeClosesAfterTheOthers(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			root := scope.New(context.Background(), "root", d.closings())
			a, b := root.Child("a"), root.Child("b")
			db := root.Child("db", scope.After(a, b))
			root.Child("last", scope.After(db))
			free := root.Child("free")
			mustGo(t, a, takes(time.Second))
			mustGo(t, b, takes(2*time.Second))
			mustGo(t, db, takes(time.Second))
			mustGo(t, free, takes(5*time.Second))
			end(root)
			t.Log(name)
			d.want(t, "1s /root/a closed", "2s /root/b closed", "3s /root/db closed", "3s /root/last closed",
				"5s /root/free closed", "5s /root closed")
		})
	}
}

func TestScopeDoesNotWaitForOthersThatClosedEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", d.closings())
		a, b := root.Child("a"), root.Child("b")
		db := root.Child("db", scope.After(a, b))
		mustClose(t, a)
		root.Child("later", scope.After(a, db))
		mustGo(t, b, takes(time.Second))
		mustClose(t, root)
		d.want(t, "0s /root/a closed", "1s /root/b closed", "1s /root/db closed", "1s /root/later closed", "1s /root closed")
	})
}

func TestOrderIsOverWithTheTimeForTheTree(t *testing.T) {
	for _, sequential := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			opts := []scope.Option{scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1})}
			if sequential {
				opts = append(opts, scope.Sequential())
			}
			root := scope.New(context.Background(), "root", opts...)
			a := root.Child("a")
			opts = nil
			if !sequential {
				opts = append(opts, scope.After(a))
			}
			b := root.Child("b", opts...)
			for _, s := range []*scope.Scope{a, b} {
				mustGo(t, s, func(ctx context.Context) error {
					d.ended(ctx, s.Name())
					return ctx.Err()
				})
			}
			if err := root.Shutdown(within(t, 2*time.Second)); err != nil {
				t.Errorf("Shutdown() = %v, want nil", err)
			}
			d.wantSorted(t, "2s a ends", "2s b ends")
		})
	}
}

func TestCloseOfOneChildKeepsNoOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root", scope.Sequential())
		first := root.Child("first")
		second := root.Child("second")
		mustClose(t, first)
		if second.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", second.State())
		}
		mustClose(t, root)
	})
}

func TestAfterThatCannotBeKeptPanics(t *testing.T) {
	root := scope.New(context.Background(), "root")
	defer mustClose(t, root)
	seq := root.Child("seq", scope.Sequential())
	child := seq.Child("child")
	for want, f := range map[string]func(){
		"scope: After: a scope is nil":                     func() { root.Child("x", scope.After(nil)) },
		"scope: After: /root is no sibling of x":           func() { root.Child("x", scope.After(root)) },
		"scope: After: /root/seq/child is no sibling of x": func() { root.Child("x", scope.After(child)) },
		"scope: After: the parent /root/seq is Sequential": func() { seq.Child("x", scope.After(child)) },
		"scope: After: /root is no sibling of y":           func() { scope.New(context.Background(), "y", scope.After(root)) },
		"scope: After: nested is part of a task, and ends with it": func() {
			_ = root.Do(context.Background(), func(ctx context.Context) error {
				return scope.Run(ctx, "nested", func(context.Context, *scope.Scope) error { return nil }, scope.After(seq))
			})
		},
	} {
		if v := panicOf(f); v != want {
			t.Errorf("panic %v, want %v", v, want)
		}
	}
}
