package streamtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func TestRunReportsWhatCameOtherwise(t *testing.T) {
	tests := []struct {
		name string
		f    func(m *Marbles)
		want string // parts, one a line
	}{
		{"another instant", func(m *Marbles) {
			Expect(m, Cold[string](m, "-a-b|").Stream(), "-a--b|")
		}, "want -a--b|\ngot  -a-b|"},
		{"another value", func(m *Marbles) {
			Expect(m, Cold(m, "-a-b|", map[rune]int{'a': 10, 'b': 20}).Stream(), "-a-b|", map[rune]int{'a': 10, 'b': 30})
		}, "want -a-b|\ngot  -a-z|\nz = 20"},
		{"another error", func(m *Marbles) {
			m.Errors(map[rune]error{'E': errors.New("of e")})
			Expect(m, Cold[string](m, "E#|").Stream(), "##|")
		}, "want ##|\ngot  E#|"},
		{"an unknown error", func(m *Marbles) {
			Expect(m, stream.Throw[int](errors.New("boom")), "(#|)")
		}, "want (#|)\ngot  (z|)\nz = error boom"},
		{"a value beside an error", func(m *Marbles) {
			Expect(m, func(_ context.Context, yield func(int, error) bool) { yield(5, errors.New("boom")) }, "(#|)")
		}, "z = error boom beside 5"},
		{"an event more, in the frames of a group", func(m *Marbles) {
			Expect(m, Script(Step[string]{Value: "a"}, Step[string]{Value: "b"}, Step[string]{After: frame, Value: "c"}).Stream(), "(ab)|")
		}, "want 0ms ab, 4ms |\ngot  0ms ab, 1ms c|"},
		{"no end", func(m *Marbles) {
			Expect(m, stream.Never[string](), "-|")
		}, "want -|\ngot  --"},
		{"an end too much", func(m *Marbles) {
			Expect(m, Cold[string](m, "-a|").Stream(), "-a---")
		}, "want -a---\ngot  -a|"},
		{"no end of events", func(m *Marbles) {
			Expect(m, stream.Generate("a", nil, func(a string) string { return a }), "(aa|)")
		}, "got  (aaaaaaaaaaaaaaaaaa!)"},
		{"an end before the consumer left", func(m *Marbles) {
			Expect(m, Cold[string](m, "a|").Stream(), "a--(b!)")
		}, "want a--(b!)\ngot  a|"},
		{"a run that does not return when the consumer leaves", func(m *Marbles) {
			s := stream.Stream[int](func(_ context.Context, yield func(int, error) bool) { yield(1, nil); time.Sleep(3 * frame) })
			Expect(m, s, "(1!)")
		}, "want (1!)\ngot  1--!"},
		{"a cut without its cause", func(m *Marbles) {
			s := stream.Stream[int](func(ctx context.Context, _ func(int, error) bool) { <-ctx.Done() })
			Expect(m, s, "---X")
		}, "want ---X\ngot  ---|"},
		{"a cause that is late", func(m *Marbles) {
			s := stream.Stream[int](func(ctx context.Context, yield func(int, error) bool) {
				<-ctx.Done()
				time.Sleep(2 * frame)
				yield(0, context.Cause(ctx))
			})
			Expect(m, s, "---X")
		}, "want ---X\ngot  -----X"},
		{"an event after the cause", func(m *Marbles) {
			s := stream.Stream[int](func(ctx context.Context, yield func(int, error) bool) {
				<-ctx.Done()
				_ = yield(0, context.Cause(ctx)) && yield(1, nil)
			})
			Expect(m, s, "---X")
		}, "want ---X\ngot  ---(X1|)"},
		{"a panic", func(m *Marbles) {
			Expect(m, func(context.Context, func(int, error) bool) { panic("ouch") }, "|")
		}, "the run panicked: ouch"},
		{"a Goexit", func(m *Marbles) {
			Expect(m, func(context.Context, func(int, error) bool) { runtime.Goexit() }, "|")
		}, "the run left by runtime.Goexit"},
		{"another run of a source", func(m *Marbles) {
			src := Cold[string](m, "-a|")
			Expect(m, src.Stream(), "-a|")
			ExpectRuns(m, src, "^---!")
		}, "run 1 of the source: diagrams differ\nwant ^---!\ngot  ^-!"},
		{"a run that returns", func(m *Marbles) {
			src := Cold[string](m, "-a|")
			Expect(m, src.Stream(), "-a|")
			ExpectRuns(m, src, "^---")
		}, "want ^---\ngot  ^-!"},
		{"a run that does not begin", func(m *Marbles) {
			ExpectRuns(m, Cold[string](m, "-a|"), "^-!")
		}, "want ^-!\ngot  ---"},
		{"a run too much", func(m *Marbles) {
			src := Cold[string](m, "-a|")
			Expect(m, src.Stream(), "-a|")
			ExpectRuns(m, src)
		}, "the source ran 1 times, want 0"},
		{"an error in the sink", func(m *Marbles) {
			scope.Report(m.Context(), errors.New("boom"))
		}, "the sink was told [/marbles: boom]"},
		{"another error in the sink", func(m *Marbles) {
			scope.Report(m.Context(), errors.New("boom"))
			m.ExpectSunk("--#")
		}, "the sink: diagrams differ\nwant --#\ngot  z--\nz = error /marbles: boom"},
		{"events that are pending", func(m *Marbles) {
			scope.Current(m.Context()).Book(scope.Ledger{Produced: 2})
		}, "2 events are pending"},
		{"a release that fails", func(m *Marbles) {
			scope.Current(m.Context()).Defer("db", func(context.Context) error { return errors.New("boom") })
		}, "closed with: "},
		{"a goroutine that is left", func(m *Marbles) {
			Expect(m, func(context.Context, func(int, error) bool) { go time.Sleep(time.Second) }, "|")
		}, "a goroutine is left"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			failed := run(t, tt.f)
			if len(failed) != 1 {
				t.Fatalf("failures %q, want one", failed)
			}
			for part := range strings.Lines(tt.want) {
				if !strings.Contains(failed[0], strings.TrimSuffix(part, "\n")) {
					t.Errorf("failure %q, want it to say %q", failed[0], part)
				}
			}
		})
	}
}

func TestFailuresNameThePlaceOfTheCall(t *testing.T) {
	_, _, line, _ := runtime.Caller(0)
	failed := run(t, func(m *Marbles) {
		Expect(m, stream.Empty[int](), "-|") // two lines below
	})
	if want := fmt.Sprintf("failures_internal_test.go:%d: diagrams differ\n\twant -|\n\tgot  |", line+2); len(failed) != 1 || strings.TrimSpace(failed[0]) != want {
		t.Errorf("failures %q, want %q", failed, want)
	}
}

func TestLettersThatStandForNothingAreRefused(t *testing.T) {
	tests := []struct {
		tab  table[int]
		text string
		want string // "" for none
	}{
		{table[int]{}, "-1-2", ""},
		{table[int]{}, "-a", `'a' stands for no int and no error`},
		{table[int]{errs: map[rune]error{'a': errPanic}}, "-a1", ""},
		{table[int]{values: []map[rune]int{{'a': 1}}}, "-a", ""},
		{table[int]{values: []map[rune]int{{'a': 1}}}, "-a1", `'1' stands for no int and no error`},
		{table[int]{values: []map[rune]int{{'a': 1}}, errs: map[rune]error{'a': errPanic}}, "a", `'a' stands for a value and for an error`},
	}
	for _, tt := range tests {
		d, err := parse(tt.text, allMarks)
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.tab.check(d); (err != nil || tt.want != "") && fmt.Sprint(err) != tt.want {
			t.Errorf("check(%q) = %v, want %q", tt.text, err, tt.want)
		}
	}
}
