package scope_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// drainingMid makes a chain of three scopes whose innermost takes until 20 s to
// close, ends the root after 10 s and calls open with the context of a task of
// the middle one at 15 s, when that one drains.
func drainingMid(t *testing.T, d *diary, opts []scope.Option, end func(root *scope.Scope), open func(ctx context.Context)) {
	t.Helper()
	root := scope.New(context.Background(), "root", scope.FailFast(), scope.WithSink(new(told)),
		scope.WithTimeouts(scope.Timeouts{Drain: 30 * sec, Cancel: time.Minute, Release: sec}))
	mid := root.Child("mid", opts...)
	leaf := mid.Child("leaf", scope.WithTimeouts(scope.Timeouts{Cancel: time.Minute}))
	for _, s := range []*scope.Scope{mid, leaf} {
		d.noteEnd(s.Context(), s.Name()+" context ends")
	}
	mustGo(t, leaf, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(10 * sec); return nil })
	mustGo(t, mid, func(ctx context.Context) error { time.Sleep(15 * sec); open(ctx); return nil })
	time.Sleep(10 * sec)
	go end(root)
	time.Sleep(time.Hour)
	synctest.Wait()
}

func TestScopeOpenedFromInsideADrainingOneWorksAndClosesLast(t *testing.T) {
	for name, end := range endings {
		for how, opts := range map[string][]scope.Option{"": nil, ", sequential": {scope.Sequential()}} {
			t.Run(name+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDiary()
					drainingMid(t, d, opts, end, func(ctx context.Context) {
						late := scope.New(ctx, "late")
						d.noteEnd(late.Context(), "late context ends")
						if taken, ran := offer(ctx, late); len(taken) != 4 || len(ran) != 4 {
							t.Errorf("took %q, ran %q, want 4 of each", taken, ran)
						}
						mustGo(t, late, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); d.note("late task ends"); return nil })
						late.Defer("db", func(context.Context) error { time.Sleep(sec); d.note("late released"); return nil })
						time.Sleep(5*sec - time.Millisecond) // until leaf is about to close
						d.note("%v", late.Context().Err())
						<-ctx.Done()
						_ = late.Close() // and does not wait for itself
					})
					want := []string{
						"10s leaf context ends", "19.999s <nil>", "20s late context ends", "21s late task ends",
						"22s late released", "22s mid context ends",
					}
					if name == "Shutdown" { // which gives the task of mid, and then late, the time to drain
						want = []string{
							"10s leaf context ends", "19.999s <nil>", "50s late context ends", "51s late task ends",
							"52s late released", "52s mid context ends",
						}
					}
					d.want(t, want...)
				})
			})
		}
	}
}

func TestScopeOpenedWhileDrainingIsClosedByItsOpener(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				drainingMid(t, d, nil, end, func(ctx context.Context) {
					other := scope.New(ctx, "other")
					d.noteEnd(other.Context(), "other context ends")
					late := scope.New(ctx, "late", scope.Timeout(time.Hour))
					mustGo(t, late, func(ctx context.Context) error { time.Sleep(sec); return ctx.Err() })
					mustWait(t, late)
					mustClose(t, late)
					d.note("late has closed")
				})
				d.wantSorted(t, "10s leaf context ends", "16s late has closed", "20s other context ends", "20s mid context ends")
			})
		})
	}
}

func TestScopeOpenedWhileASequentialOneDrainsIsNotTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.Sequential())
		for _, name := range []string{"a", "b"} {
			mustGo(t, s.Child(name), func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(4 * sec)
				d.note("%s closes", name)
				return nil
			})
		}
		mustGo(t, s, func(ctx context.Context) error {
			time.Sleep(sec)
			d.noteEnd(scope.New(ctx, "late").Context(), "late context ends")
			return nil
		})
		mustClose(t, s)
		synctest.Wait()
		d.want(t, "4s b closes", "8s a closes", "8s late context ends")
	})
}

func TestScopesOpenedWhileDrainingCloseInOrder(t *testing.T) {
	orders := map[string][]scope.Option{"After": nil, "Sequential": {scope.Sequential()}}
	for name, opts := range orders {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			s := scope.New(context.Background(), "s", opts...)
			mustGo(t, s.Child("early"), func(ctx context.Context) error { <-ctx.Done(); time.Sleep(2 * sec); return nil })
			mustGo(t, s, func(ctx context.Context) error {
				time.Sleep(sec)
				var kids [3]*scope.Scope // that close in this order
				for i := range kids {
					if name == "Sequential" {
						i = len(kids) - 1 - i
					}
					var after []scope.Option
					if name == "After" && i > 0 {
						after = append(after, scope.After(kids[:i]...))
					}
					kids[i] = scope.New(ctx, "k", after...)
					mustGo(t, kids[i], func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); d.note("%d ends", i); return nil })
				}
				return nil
			})
			mustClose(t, s)
			synctest.Wait()
			d.want(t, "3s 0 ends", "4s 1 ends", "5s 2 ends")
		})
	}
}

func TestScopeOpenedWhileDrainingKeepsItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		drainingMid(t, d, nil, endings["Cancel"], func(ctx context.Context) {
			late := scope.New(ctx, "late", scope.Timeout(2*sec))
			d.noteEnd(late.Context(), "late context ends")
		})
		d.want(t, "10s leaf context ends", "17s late context ends", "20s mid context ends")
	})
}

func TestScopeThatItsOpenerForgotDrainsWhenTheTasksHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		drainingMid(t, d, nil, endings["Shutdown"], func(ctx context.Context) {
			mustGo(t, scope.New(ctx, "late"), finishing(d, "late task", 3*sec))
		})
		d.want(t, "10s leaf context ends", "20s late task drains", "23s late task has finished", "23s mid context ends")
	})
}

func TestTimeForTheTreeEndsScopesOpenedWhileDrainingToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		end := func(root *scope.Scope) { _ = root.Shutdown(within(t, 7*sec)) }
		drainingMid(t, d, nil, end, func(ctx context.Context) {
			late := scope.New(ctx, "late")
			d.noteEnd(late.Context(), "late context ends")
			mustGo(t, late, untilEnd)
		})
		d.wantSorted(t, "10s leaf context ends", "17s late context ends", "17s mid context ends")
	})
}

func TestBodyOfADrainingRunMayOpenScopes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		_ = scope.Run(context.Background(), "run", func(ctx context.Context, s *scope.Scope) error {
			d.noteEnd(s.Context(), "run context ends")
			mustGo(t, s.Child("slow"), func(ctx context.Context) error { <-ctx.Done(); time.Sleep(4 * sec); return nil })
			s.Cancel(nil)
			late := scope.New(ctx, "late")
			mustGo(t, late, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(sec); d.note("late task ends"); return nil })
			<-ctx.Done()
			return nil
		})
		synctest.Wait()
		d.want(t, "5s late task ends", "5s run context ends")
	})
}
