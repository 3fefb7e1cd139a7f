package stream_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

func TestFatalMarksOnceAndIsSeenThroughWrapping(t *testing.T) {
	marked := stream.Fatal(errBoom)
	wrapped := fmt.Errorf("source: %w", marked)
	tests := []struct {
		name  string
		err   error
		fatal bool
	}{
		{"nil", nil, false},
		{"unmarked", errBoom, false},
		{"marked", marked, true},
		{"wrapped", wrapped, true},
		{"joined", errors.Join(errCut, wrapped), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := stream.IsFatal(tt.err); got != tt.fatal {
				t.Errorf("IsFatal(%v) = %t, want %t", tt.err, got, tt.fatal)
			}
			if again := stream.Fatal(tt.err); tt.fatal && again != tt.err { //nolint:errorlint // the same, not like it
				t.Errorf("Fatal(%v) = %v, want it as it is", tt.err, again)
			}
		})
	}
	if err := stream.Fatal(nil); err != nil {
		t.Errorf("Fatal(nil) = %v, want nil", err)
	}
	if marked.Error() != errBoom.Error() || !errors.Is(marked, errBoom) {
		t.Errorf("Fatal(%v) = %v, want the same text and errors.Is", errBoom, marked)
	}
	if f, ok := errors.AsType[*stream.FatalError](wrapped); !ok || f.Err != errBoom { //nolint:errorlint // the same
		t.Errorf("errors.AsType(%v) = %v, %t", wrapped, f, ok)
	}
}
