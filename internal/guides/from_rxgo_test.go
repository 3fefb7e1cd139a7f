package guides_test

import (
	"context"
	"fmt"
	"time"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/stream"
)

// `rxgo.Just(1, 2, 3)()`: typed
func Example_rxgoJust() {
	s := stream.Of(1, 2, 3)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.FromChannel(ch)`: stops when the context ends
func Example_rxgoFromChannel() {
	s := stream.FromChan(channel())
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.Range(1, 3)`
func Example_rxgoRange() {
	s := stream.Range(1, 3)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.Create([]rxgo.Producer{f})`: back-pressure is the call of yield
func Example_rxgoCreate() {
	s := stream.Stream[int](func(ctx context.Context, yield func(int, error) bool) { _ = yield(1, nil) && yield(2, errBad) })
	print(s)
	// Output:
	// 1
	// bad
}

// `for item := range o.Observe()`: leaving the loop stops everything
func Example_rxgoObserve() {
	for v, err := range src.All(ctx) {
		fmt.Println(v, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

// `<-o.ForEach(next, err, done)`
func Example_rxgoForEach() {
	err := src.ForEach(ctx, func(v int) error { fmt.Println(v); return nil })
	fmt.Println(err)
	// Output:
	// 1
	// 2
	// 3
	// <nil>
}

// `o.Map(f)`
func Example_rxgoMap() {
	s := operators.MapErr(src, fetch)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `o.Map(f, rxgo.WithPool(4))`
func Example_rxgoMapPool() {
	s := operators.MapParallel(src, 4, fetch)
	fmt.Println(count(s))
	// Output:
	// 3
}

// `o.Map(f, rxgo.WithPool(4), rxgo.Serialize(id))`
func Example_rxgoMapSerialize() {
	s := operators.MapOrdered(src, 4, fetch)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `o.Filter(p)`
func Example_rxgoFilter() {
	s := operators.Filter(src, even)
	print(s)
	// Output:
	// 2
}

// `o.FlatMap(f)`: bounded
func Example_rxgoFlatMap() {
	s := operators.FlatMap(src, 4, one)
	fmt.Println(count(s))
	// Output:
	// 3
}

// `o.BufferWithCount(2)`
func Example_rxgoBufferWithCount() {
	s := operators.Chunk(src, 2)
	print(s)
	// Output:
	// [1 2]
	// [3]
}

// `o.BufferWithTimeOrCount(d, 2)`
func Example_rxgoBufferWithTimeOrCount() {
	s := operators.Batch(src, 2, time.Second)
	print(s)
	// Output:
	// [1 2]
	// [3]
}

// `o.Debounce(d)`: the last value is not lost at the end
func Example_rxgoDebounce() {
	s := operators.Debounce(src, time.Second)
	print(s)
	// Output:
	// 3
}

// `o.Sample(other)`
func Example_rxgoSample() {
	s := operators.SampleBy(src, stream.Never[int]())
	print(s)
	// Output:
}

// `o.DistinctUntilChanged(key)`
func Example_rxgoDistinctUntilChanged() {
	s := operators.DistinctUntilChangedBy(src, odd)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `o.GroupByDynamic(key)`
func Example_rxgoGroupByDynamic() {
	s := operators.GroupBy(src, odd, 10, time.Minute)
	fmt.Println(count(s))
	// Output:
	// 2
}

// `rxgo.WithErrorStrategy(rxgo.ContinueOnError)`: that is how all streams are
func Example_rxgoErrorStrategy() {
	s := broken
	print(s)
	// Output:
	// 1
	// bad
	// 3
}

// `rxgo.WithErrorStrategy(rxgo.StopOnError)`
func Example_rxgoStopOnError() {
	s := operators.StopOnError(broken)
	print(s)
	// Output:
	// 1
	// bad
}

// `o.OnErrorReturn(f)`
func Example_rxgoOnErrorReturn() {
	s := operators.OnErrorReturn(broken, func(error) int { return 0 })
	print(s)
	// Output:
	// 1
	// 0
	// 3
}

// `o.OnErrorResumeNext(f)`: of each error; see OnErrorResumeNext for Fatal
// ones
func Example_rxgoOnErrorResumeNext() {
	s := operators.Catch(broken, func(error) ints { return stream.Of(7) })
	print(s)
	// Output:
	// 1
	// 7
	// 3
}

// `o.Retry(3, p)`
func Example_rxgoRetry() {
	s := operators.Retry(src, operators.Retries(3))
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `o.BackOffRetry(b)`: a new back-off for each run
func Example_rxgoBackOffRetry() {
	s := operators.Retry(src, operators.BackOff(constant))
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.Merge(os)`
func Example_rxgoMerge() {
	s := merge.Merge(src, src)
	fmt.Println(count(s))
	// Output:
	// 6
}

// `rxgo.CombineLatest(f, os)`
func Example_rxgoCombineLatest() {
	s := merge.CombineLatestN([]ints{stream.Of(1), stream.Of(2)})
	print(s)
	// Output:
	// [1 2]
}

// `o.SequenceEqual(other)`
func Example_rxgoSequenceEqual() {
	s := merge.SequenceEqual(src, stream.Of(1, 2, 3))
	print(s)
	// Output:
	// true
}

// `o.ZipFromIterable(other, f)`
func Example_rxgoZipFromIterable() {
	s := operators.Map(merge.Zip2(src, src), func(p lo.Tuple2[int, int]) int { return p.A * p.B })
	print(s)
	// Output:
	// 1
	// 4
	// 9
}

// `rxgo.Amb(os)`: losers are awaited
func Example_rxgoAmb() {
	s := race.Streams(src, stream.Never[int]())
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.WithPublishStrategy()` and `o.Connect(ctx)`: connects by itself, and
// ends with its scope
func Example_rxgoConnect() {
	s := operators.Share(group, src)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `rxgo.WithBufferedChannel(16)`: synchronous operators have no channel
// between them
func Example_rxgoBufferedChannel() {
	s := operators.Async(src, 16)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `o.ToSlice(0)`
func Example_rxgoToSlice() {
	all, err := src.Collect(ctx)
	fmt.Println(all, err)
	// Output:
	// [1 2 3] <nil>
}

// `o.Count()`
func Example_rxgoCount() {
	n, err := src.Count(ctx)
	fmt.Println(n, err)
	// Output:
	// 3 <nil>
}

// `o.First()`
func Example_rxgoFirst() {
	v, err := src.First(ctx)
	fmt.Println(v, err)
	// Output:
	// 1 <nil>
}

// `<-o.Run()`
func Example_rxgoRun() {
	err := src.Drain(ctx, drop)
	fmt.Println(err)
	// Output:
	// <nil>
}

// channel returns a channel with 1, 2 and 3.
func channel() <-chan int {
	ch := make(chan int, len(in))
	for _, v := range in {
		ch <- v
	}
	close(ch)
	return ch
}

func drop(error) {}
