package scopehttp_test

import (
	"regexp"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/rxscope/rxscope/scope"
)

var pathLabel = regexp.MustCompile(`"` + scope.LabelPath + `":"([^"]*)"`)

// ownPath returns the path that the labels of the calling goroutine name.
//
//go:noinline
func ownPath(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Error(err)
	}
	for record := range strings.SplitSeq(b.String(), "\n\n") {
		if !strings.Contains(record, "scopehttp_test.ownPath+") {
			continue
		}
		if m := pathLabel.FindStringSubmatch(record); m != nil {
			return m[1]
		}
	}
	return "none"
}
