package discard_test

import (
	"errors"
	"testing"

	"github.com/rxscope/rxscope/internal/discard"
)

type closer struct{ err error }

func (c *closer) Close() error { return c.err }

func TestCloseClosesWhatCanBeClosed(t *testing.T) {
	errClose := errors.New("close")
	for _, test := range []struct {
		name   string
		v      any
		needed bool
		want   error
	}{
		{"closer that fails", &closer{errClose}, true, errClose},
		{"closer", &closer{}, true, nil},
		{"nil pointer to a closer", (*closer)(nil), true, nil},
		{"nil", nil, false, nil},
		{"number", 1, false, nil},
	} {
		if got := discard.Needed(test.v); got != test.needed {
			t.Errorf("%s: Needed() = %v, want %v", test.name, got, test.needed)
		}
		if got := discard.Close(test.v); !errors.Is(got, test.want) {
			t.Errorf("%s: Close() = %v, want %v", test.name, got, test.want)
		}
	}
}
