package stream_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

func TestRule1YieldIsNeverCalledAgainAfterFalse(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		for i := range want {
			s, left := src.make()
			var got []event
			s(t.Context(), func(v string, err error) bool {
				got = append(got, event{Value: v, Err: err})
				return len(got) <= i
			})
			wantEvents(t, got, want[:i+1]...)
			if n := left(); n != 0 {
				t.Errorf("break at %d: %d left open", i, n)
			}
		}
	})
}

func TestRule1YieldIsCalledByTheRunnersGoroutine(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, _ []string) {
		s, _ := src.make()
		runner, goroutines := goroutine(), runtime.NumGoroutine()
		for range events(t.Context(), s) {
			if g := goroutine(); g != runner {
				t.Errorf("yield called by %s, want %s", g, runner)
			}
			if n := runtime.NumGoroutine(); n > goroutines {
				t.Errorf("%d goroutines during a run, %d before", n, goroutines)
			}
		}
	})
}

func TestRule2ErrorsComeWithTheZeroValue(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, _ []string) {
		s, _ := src.make()
		for _, e := range record(t.Context(), s) {
			if e.Err != nil && e.Value != "" {
				t.Errorf("value %q beside error %v, want none", e.Value, e.Err)
			}
		}
	})
}

func TestRule3ErrorsDoNotEndTheStream(t *testing.T) {
	want := map[string]int{"FromSeq2": 2, "FromFunc": 2, "Lines": 1, "Walk": 2}
	forEachSource(t, func(t *testing.T, src source, _ []string) {
		s, _ := src.make()
		events := record(t.Context(), s)
		passed := 0
		for i, e := range events {
			if e.Err != nil && i < len(events)-1 {
				passed++
			}
		}
		if passed != want[src.name] {
			t.Errorf("%d errors before the last event, want %d", passed, want[src.name])
		}
	})
}

func TestRule3ErrorThatEndsASourceIsFatal(t *testing.T) {
	want := []string{"Throw", "FromFunc with Fatal", "Using without resource", "Lines with a read error", "Walk of nothing"}
	forEachSource(t, func(t *testing.T, src source, _ []string) {
		s, _ := src.make()
		events := record(t.Context(), s)
		fatal := len(events) > 0 && stream.IsFatal(events[len(events)-1].Err)
		if fatal != slices.Contains(want, src.name) {
			t.Errorf("the last event is fatal: %t, want %t", fatal, !fatal)
		}
	})
}

// contexts are ways to make a context that the test can end.
var contexts = map[string]func(context.Context) context.Context{
	"as it is":  func(ctx context.Context) context.Context { return ctx },
	"WithValue": func(ctx context.Context) context.Context { return context.WithValue(ctx, contextKey{}, 1) },
	"derived": func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		context.AfterFunc(ctx, cancel)
		return ctx
	},
}

type contextKey struct{}

func TestRule4CutRunYieldsCauseLast(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		for name, derive := range contexts {
			for i := range want {
				s, left := src.make()
				base, cut := cuttable(t)
				var got []event
				s(derive(base), func(v string, err error) bool {
					if len(got) == i {
						cut()
					}
					got = append(got, event{Value: v, Err: err})
					return true
				})
				wantEvents(t, got, src.cutAt(i, want)...)
				if n := left(); n != 0 {
					t.Errorf("%s, cut at %d: %d left open", name, i, n)
				}
			}
		}
	})
}

// cutAt returns the events of a run whose context ends at the event i of want.
func (src source) cutAt(i int, want []string) []string {
	next := i + 1
	if next == len(want) && src.knowsEnd {
		return want
	}
	if next < len(want) && src.owes != "" && strings.Contains(want[next], src.owes) {
		next++
	}
	return append(slices.Clone(want[:next]), "!"+errCut.Error())
}

func TestRule4EndedContextYieldsOnlyTheCause(t *testing.T) {
	never := source{name: "Never", make: simple(stream.Never[int])}
	for _, src := range append(sources(), never) {
		t.Run(src.name, func(t *testing.T) {
			s, _ := src.make()
			got := record(ended(t), s)
			if len(got) != 1 || got[0].Err != errCut { //nolint:errorlint // unchanged
				t.Errorf("events = %q, want only %v", show(got), errCut)
			}
		})
	}
}

func TestRule4CauseIsNotYieldedAfterABreak(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		for i := range want {
			s, _ := src.make()
			ctx, cut := cuttable(t)
			n := 0
			s(ctx, func(string, error) bool {
				n++
				if n == i+1 {
					cut()
				}
				return n <= i
			})
			if n != i+1 {
				t.Errorf("%d events with a break at %d", n, i)
			}
		}
	})
}

func TestRule5PanicInTheLoopBodyLeavesNothingOpen(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		for i := range want {
			s, left := src.make()
			wantPanic(t, errBoom, func() {
				n := 0
				for range events(t.Context(), s) {
					if n == i {
						panic(errBoom)
					}
					n++
				}
			})
			if n := left(); n != 0 {
				t.Errorf("panic at %d: %d left open", i, n)
			}
		}
	})
}

func TestRule5GoexitInTheLoopBodyLeavesNothingOpen(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		for i := range want {
			s, left := src.make()
			goexit(t, func() {
				n := 0
				for range events(t.Context(), s) {
					if n == i {
						runtime.Goexit()
					}
					n++
				}
			})
			if n := left(); n != 0 {
				t.Errorf("Goexit at %d: %d left open", i, n)
			}
		}
	})
}

func TestRule6ColdStreamsCanBeRunAgain(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		if src.hot {
			t.Skip("hot")
		}
		s, _ := src.make()
		for i := range want { // broken, cut and panicking runs before
			ctx, cut := cuttable(t)
			for range events(ctx, s) {
				break
			}
			n := 0
			for range events(ctx, s) {
				if n == i {
					cut()
				}
				n++
			}
			wantPanic(t, errBoom, func() { s(t.Context(), func(string, error) bool { panic(errBoom) }) })
		}
		wantEvents(t, record(t.Context(), s), want...)
		wantEvents(t, record(t.Context(), s), want...)
	})
}

func TestRule6ColdStreamsCanBeRunConcurrently(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		if src.hot {
			t.Skip("hot")
		}
		s, left := src.make()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { wantEvents(t, record(t.Context(), s), want...) })
		}
		wg.Wait()
		if n := left(); n != 0 {
			t.Errorf("%d left open", n)
		}
	})
}

func TestRule6ColdStreamsCanBeRunInsideTheirOwnLoop(t *testing.T) {
	forEachSource(t, func(t *testing.T, src source, want []string) {
		if src.hot {
			t.Skip("hot")
		}
		s, _ := src.make()
		for range events(t.Context(), s) {
			wantEvents(t, record(t.Context(), s), want...)
		}
	})
}

func TestRule7PanicOfAUsersFunctionReachesTheRunner(t *testing.T) {
	released := 0
	open := func(context.Context) (int, error) { return 1, nil }
	use := func(int) stream.Stream[int] { return stream.Of(1) }
	release := func(int) { released++ }
	tests := map[string]stream.Stream[string]{
		"FromSeq":       text(stream.FromSeq(func(func(int) bool) { panic(errBoom) })),
		"FromSeq2":      text(stream.FromSeq2(func(func(int, error) bool) { panic(errBoom) })),
		"FromFunc":      text(stream.FromFunc(func(context.Context) (int, error) { panic(errBoom) })),
		"Generate more": text(stream.Generate(1, func(int) bool { panic(errBoom) }, func(v int) int { return v })),
		"Generate next": text(stream.Generate(1, nil, func(int) int { panic(errBoom) })),
		"Defer":         text(stream.Defer(func(context.Context) stream.Stream[int] { panic(errBoom) })),
		"Using open":    text(stream.Using(func(context.Context) (int, error) { panic(errBoom) }, use, release)),
		"Using use":     text(stream.Using(open, func(int) stream.Stream[int] { panic(errBoom) }, release)),
		"Using release": text(stream.Using(open, use, func(int) { panic(errBoom) })),
		"Using stream": text(stream.Using(open, func(int) stream.Stream[int] {
			return func(context.Context, func(int, error) bool) { panic(errBoom) }
		}, release)),
		"Lines": stream.Lines(panicking{}),
		"Walk":  text(stream.Walk(&treeFS{opened: func(string) { panic(errBoom) }}, ".")),
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			wantPanic(t, errBoom, func() { record(t.Context(), s) })
		})
	}
	if released != 2 {
		t.Errorf("%d resources released, want 2: after use and after the stream had panicked", released)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic(errBoom) }
