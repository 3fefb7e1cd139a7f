package streamtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/streamtest"
)

// t stands for the argument of the test function.
var t *testing.T

func ExampleRun() {
	_ = func() { // func TestMergeEmitsAsTheyCome(t *testing.T)
		streamtest.Run(t, func(m *streamtest.Marbles) {
			m.Errors(map[rune]error{'E': errors.ErrUnsupported})
			a := streamtest.Cold[string](m, "           -a---c---|")
			b := streamtest.Cold[string](m, "           --#b--E|")
			streamtest.Expect(m, merge.Merge(a.Stream(), b.Stream()), "-a#b-cE--|")
			streamtest.ExpectRuns(m, a, "               ^--------!")

			up := operators.Map(a.Stream(), strings.ToUpper)
			streamtest.Expect(m, up, "                  -A---(C!)")
			streamtest.Expect(m, up, "                  -A-X")
		})
	}
}

func ExampleScript() {
	src := streamtest.Script(
		streamtest.Step[string]{Value: "first"},
		streamtest.Step[string]{Err: errors.New("no route")},
		streamtest.Step[string]{Value: "last"},
	)
	for v, err := range src.Stream().All(context.Background()) {
		fmt.Println(v, err)
	}
	fmt.Println(src.Started(), "run,", src.Open(), "open")
	// Output:
	// first <nil>
	//  no route
	// last <nil>
	// 1 run, 0 open
}

func ExampleRecord() {
	_ = func() { // func TestTicks(t *testing.T)
		synctest.Test(t, func(t *testing.T) {
			src := streamtest.Script(streamtest.Step[int]{After: time.Second, Value: 7}, streamtest.Step[int]{After: time.Second, Value: 8})
			if got, want := streamtest.Record(t.Context(), src.Stream()).String(), "1s 7, 2s 8, 2s |"; got != want {
				t.Errorf("Record() = %q, want %q", got, want)
			}
		})
	}
}

func ExampleProbe() {
	p := streamtest.NewProbe()
	s := scope.New(context.Background(), "app", scope.WithHooks(p.Hooks()))
	db := s.Child("db")
	_ = db.Do(context.Background(), func(context.Context) error { return nil }, scope.Named("query"))
	_ = s.Close()
	for _, note := range p.Notes() {
		if strings.HasPrefix(note, "closed") || strings.HasPrefix(note, "end") {
			fmt.Println(note)
		}
	}
	// Output:
	// end /app/db query
	// closed /app/db
	// closed /app
}

func ExampleSink() {
	var told streamtest.Sink
	s := scope.New(context.Background(), "app", scope.WithSink(&told))
	s.Report(context.Background(), errors.New("disk full"))
	_ = s.Close()
	fmt.Println(told.Errors())
	// Output:
	// [/app: disk full]
}
