package stream_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

// A source is a stream under test with what it leaves open.
type source struct {
	name string
	// make returns a stream that has not run yet, and a count of what its runs
	// have opened and not closed.
	make func() (stream.Stream[string], func() int)
	hot  bool
	// knowsEnd says that the source returns after its last item without
	// looking at the context again.
	knowsEnd bool
	// owes is part of an error that the source has in hand before it yields
	// it, and so tells even if the context has ended meanwhile.
	owes string
}

func nothing() int { return 0 }

func simple[T any](make func() stream.Stream[T]) func() (stream.Stream[string], func() int) {
	return func() (stream.Stream[string], func() int) { return text(make()), nothing }
}

func deepTree() *treeFS {
	return &treeFS{
		dirs: map[string][]string{
			".":   {"a/", "b", "c/", "d/", "e"},
			"a":   {"x/", "y"},
			"a/x": {"1", "2"},
			"c":   {"3"},
			"d":   {"4", "5", "6"},
		},
		denied: map[string]error{"c": fs.ErrPermission},
		broken: map[string]int{"d": 2},
	}
}

// sources is a row for each source of the package, and for those in which
// errors stand among the values.
func sources() []source {
	return []source{
		{name: "Of", make: simple(func() stream.Stream[int] { return stream.Of(1, 2, 3) }), knowsEnd: true},
		{name: "FromSlice", make: simple(func() stream.Stream[string] { return stream.FromSlice([]string{"a", "b"}) }), knowsEnd: true},
		{name: "FromSlice of nothing", make: simple(func() stream.Stream[string] { return stream.FromSlice[string](nil) })},
		{name: "Range", make: simple(func() stream.Stream[int] { return stream.Range(7, 4) }), knowsEnd: true},
		{name: "Range of nothing", make: simple(func() stream.Stream[int] { return stream.Range(7, 0) })},
		{name: "Generate", make: simple(func() stream.Stream[int] {
			return stream.Generate(1, func(v int) bool { return v < 20 }, func(v int) int { return 2 * v })
		})},
		{name: "Empty", make: simple(stream.Empty[int])},
		{name: "Throw", make: simple(func() stream.Stream[int] { return stream.Throw[int](errBoom) }), knowsEnd: true},
		{name: "Timer", make: simple(func() stream.Stream[int] { return stream.Timer(0) }), knowsEnd: true},
		{name: "FromSeq", make: fromSeq},
		{name: "FromSeq2", make: fromSeq2},
		{name: "FromChan", make: fromChan, hot: true},
		{name: "FromFunc", make: fromFunc},
		{name: "FromFunc with Fatal", make: fromFuncFatal, knowsEnd: true},
		{name: "Defer", make: simple(func() stream.Stream[int] {
			return stream.Defer(func(context.Context) stream.Stream[int] { return stream.Range(0, 3) })
		}), knowsEnd: true},
		{name: "Iif", make: simple(func() stream.Stream[int] {
			return stream.Iif(func() bool { return true }, stream.Range(0, 3), stream.Throw[int](errBoom))
		}), knowsEnd: true},
		{name: "Iif not", make: simple(func() stream.Stream[int] {
			return stream.Iif(func() bool { return false }, stream.Throw[int](errBoom), stream.Range(0, 3))
		}), knowsEnd: true},
		{name: "Using", make: using, knowsEnd: true},
		{name: "Using without resource", make: simple(func() stream.Stream[int] {
			return stream.Using(
				func(context.Context) (int, error) { return 1, errBoom },
				func(int) stream.Stream[int] { panic("use without a resource") },
				func(int) { panic("release without a resource") })
		}), knowsEnd: true},
		{name: "Lines", hot: true, make: simple(func() stream.Stream[string] {
			return stream.Lines(strings.NewReader("one\ntwo\r\n\n" + strings.Repeat("x", 2*stream.MaxLineLength) + "\nlast"))
		})},
		{name: "Lines with a read error", hot: true, knowsEnd: true, make: simple(func() stream.Stream[string] {
			return stream.Lines(io.MultiReader(strings.NewReader("one\ntwo\nthr"), failing{}))
		})},
		{name: "Walk", knowsEnd: true, owes: errDisk.Error(), make: walkOf(".")},
		{name: "Walk of nothing", knowsEnd: true, make: walkOf("missing")},
	}
}

func fromSeq() (stream.Stream[string], func() int) {
	var open atomic.Int64
	s := stream.FromSeq(func(yield func(int) bool) {
		open.Add(1)
		defer open.Add(-1)
		for i := range 3 {
			if !yield(i) {
				return
			}
		}
	})
	return text(s), func() int { return int(open.Load()) }
}

func fromSeq2() (stream.Stream[string], func() int) {
	var open atomic.Int64
	s := stream.FromSeq2(func(yield func(int, error) bool) {
		open.Add(1)
		defer open.Add(-1)
		_ = yield(1, nil) && yield(2, errBoom) && yield(3, stream.Fatal(errBoom)) && yield(4, nil)
	})
	return text(s), func() int { return int(open.Load()) }
}

func fromChan() (stream.Stream[string], func() int) {
	ch := make(chan int, 3)
	for i := range 3 {
		ch <- i
	}
	close(ch)
	return text(stream.FromChan(ch)), nothing
}

// perRun makes a cold stream of a function with state.
func perRun[T any](f func() func(context.Context) (T, error)) (stream.Stream[string], func() int) {
	s := stream.Defer(func(context.Context) stream.Stream[T] { return stream.FromFunc(f()) })
	return text(s), nothing
}

func fromFunc() (stream.Stream[string], func() int) {
	return perRun(func() func(context.Context) (int, error) {
		n := 0
		return func(context.Context) (int, error) {
			n++
			switch n {
			case 2:
				return n, errBoom
			case 3:
				return n, fmt.Errorf("connection: %w", io.EOF)
			case 5:
				return n, io.EOF
			}
			return n, nil
		}
	})
}

func fromFuncFatal() (stream.Stream[string], func() int) {
	return perRun(func() func(context.Context) (int, error) {
		n := 0
		return func(context.Context) (int, error) {
			n++
			if n == 3 {
				return n, fmt.Errorf("giving up: %w", stream.Fatal(errBoom))
			}
			return n, nil
		}
	})
}

func using() (stream.Stream[string], func() int) {
	var open atomic.Int64
	s := stream.Using(
		func(context.Context) (int, error) { open.Add(1); return 3, nil },
		func(n int) stream.Stream[int] { return stream.Range(0, n) },
		func(int) { open.Add(-1) })
	return text(s), func() int { return int(open.Load()) }
}

func walkOf(root string) func() (stream.Stream[string], func() int) {
	return func() (stream.Stream[string], func() int) {
		tree := deepTree()
		return text(paths(stream.Walk(tree, root))), tree.left
	}
}

func paths(s stream.Stream[stream.WalkEntry]) stream.Stream[string] {
	return func(ctx context.Context, yield func(string, error) bool) {
		s(ctx, func(e stream.WalkEntry, err error) bool { return yield(e.Path, err) })
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBoom }

// forEachSource runs f for each source with the events of an undisturbed run.
func forEachSource(t *testing.T, f func(t *testing.T, src source, want []string)) {
	for _, src := range sources() {
		t.Run(src.name, func(t *testing.T) {
			s, left := src.make()
			want := show(record(t.Context(), s))
			if n := left(); n != 0 {
				t.Errorf("%d left open after an undisturbed run", n)
			}
			f(t, src, want)
		})
	}
}
