package streamtest_test

import (
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
)

func ExampleConform() {
	_ = func() { // func TestPairsConform(t *testing.T)
		streamtest.Conform(t, func(src stream.Stream[*streamtest.Item]) stream.Stream[[]*streamtest.Item] {
			return operators.Chunk(src, 2)
		}, streamtest.Boundary)
	}
}
