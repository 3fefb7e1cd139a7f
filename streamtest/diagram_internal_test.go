package streamtest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const allMarks = "a^#|!X"

func TestDiagramsAreRead(t *testing.T) {
	ms := time.Millisecond
	tests := []struct {
		text   string
		want   []mark
		length time.Duration
	}{
		{"", nil, 0},
		{"--", nil, 2 * ms},
		{"-a-b|", []mark{{1 * ms, 'a'}, {3 * ms, 'b'}, {4 * ms, '|'}}, 5 * ms},
		{" - a-\t7 ", []mark{{1 * ms, 'a'}, {3 * ms, '7'}}, 4 * ms},
		{"a#b#", []mark{{0, 'a'}, {1 * ms, '#'}, {2 * ms, 'b'}, {3 * ms, '#'}}, 4 * ms},
		{"-(ab c)d", []mark{{1 * ms, 'a'}, {1 * ms, 'b'}, {1 * ms, 'c'}, {6 * ms, 'd'}}, 7 * ms},
		{"9ms a 1.5s b 2m |", []mark{{9 * ms, 'a'}, {1510 * ms, 'b'}, {121511 * ms, '|'}}, 121512 * ms},
		{"0.25ms a", []mark{{250 * time.Microsecond, 'a'}}, 1250 * time.Microsecond},
		{"2m", nil, 2 * time.Minute},
		{"a9 s", []mark{{0, 'a'}, {1 * ms, '9'}, {2 * ms, 's'}}, 3 * ms},
		{"--^(aX)", []mark{{2 * ms, '^'}, {3 * ms, 'a'}, {3 * ms, 'X'}}, 7 * ms},
		{"-(ä!)", []mark{{1 * ms, 'ä'}, {1 * ms, '!'}}, 5 * ms},
	}
	for _, tt := range tests {
		got, err := parse(tt.text, allMarks)
		if want := (diagram{tt.want, tt.length}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("parse(%q) = %v, %v, want %v", tt.text, got, err, want)
		}
	}
}

func TestBadDiagramsAreRefusedAtTheirPlace(t *testing.T) {
	tests := []struct {
		text, allowed string
		column        int
		reason        string
	}{
		{"-(a", allMarks, 2, "group is not closed"},
		{"-a)", allMarks, 3, "no group to close"},
		{"((a", allMarks, 2, "group in a group"},
		{"a( )", allMarks, 2, "group is empty"},
		{"(a-b)", allMarks, 3, "time passes in a group"},
		{"( 9ms a)", allMarks, 3, "time span in a group"},
		{"-9ms-", allMarks, 2, "without a space"},
		{"a 9ms-", allMarks, 3, "without a space"},
		{"a|b", allMarks, 3, "after the end"},
		{"aX|", allMarks, 3, "after the end"},
		{"^-^", allMarks, 3, "comes twice"},
		{"a!", allMarks, 2, "follows no event"},
		{"(^!)", allMarks, 3, "follows no event"},
		{"a*", allMarks, 2, "no part of a diagram"},
		{"ä;", allMarks, 2, "no part of a diagram"},
		{"a-X", "a#|", 3, "no meaning here"},
		{"^a", "^!", 2, "no meaning here"},
		{"99999999m a", allMarks, 10, "longer than"},
		{"9999999999999999999999s", allMarks, 24, "longer than"},
	}
	for _, tt := range tests {
		_, err := parse(tt.text, tt.allowed)
		place := fmt.Sprintf("%q: column %d: ", tt.text, tt.column)
		if err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("parse(%q) = %v, want an error at column %d that says %q", tt.text, err, tt.column, tt.reason)
		}
	}
}

// FuzzDiagram wants that no text makes the parser panic, that what it reads is
// drawn as a text that means the same, and that this is drawn as itself.
func FuzzDiagram(f *testing.F) {
	for _, text := range []string{"-a-(b#)-X", "^--(a!)", "1.5s a 0.25ms |", "--^-", "(ab) 9ms c", "0ms a", "a 10ms -"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parse(text, allMarks)
		if err != nil {
			return
		}
		drawn := draw(d)[0]
		again, err := parse(drawn, allMarks)
		if err != nil {
			t.Fatalf("draw(parse(%q)) = %q, which is refused: %v", text, drawn, err)
		}
		if !reflect.DeepEqual(again.marks, d.marks) {
			t.Errorf("draw(parse(%q)) = %q, which reads %v, want %v", text, drawn, again.marks, d.marks)
		}
		if twice := draw(again)[0]; twice != drawn {
			t.Errorf("draw(parse(%q)) = %q, and again %q", text, drawn, twice)
		}
	})
}

func TestDiagramsAreDrawnOneBelowTheOther(t *testing.T) {
	tests := []struct{ a, b, wantA, wantB string }{
		{"-a-b|", "-a--b|", "-a-b| ", "-a--b|"},
		{"-(ab)-|", "-a---b-|", "-(ab)-| ", "-a---b-|"},
		{"a 20ms b|", "a 25ms b|", "a 20ms b|     ", "a 20ms -----b|"},
		{"a 20ms b", "a 20ms (bc)", "a 20ms b---", "a 20ms (bc)"},
		{"a 20ms -", "a|", "a- 20ms ", "a|      "},
	}
	for _, tt := range tests {
		a, _ := parse(tt.a, allMarks)
		b, _ := parse(tt.b, allMarks)
		if got := draw(a, b); got[0] != tt.wantA || got[1] != tt.wantB {
			t.Errorf("draw(%q, %q) = %q, want %q, %q", tt.a, tt.b, got, tt.wantA, tt.wantB)
		}
	}
}
