package guides_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// `of(1, 2, 3)`
func Example_rxjsOf() {
	s := stream.Of(1, 2, 3)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `from(array)`
func Example_rxjsFrom() {
	s := stream.FromSlice(in)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `source.subscribe({next, error, complete})`: an error is an event in the
// loop, and the stream goes on
func Example_rxjsSubscribe() {
	for v, err := range src.All(ctx) {
		fmt.Println(v, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

// `subscription.unsubscribe()`: break, or end the context; either way the run
// has ended when the loop is left
func Example_rxjsUnsubscribe() {
	for range src.All(ctx) {
		break
	}
	fmt.Println("left")
	// Output:
	// left
}

// `map(f)`
func Example_rxjsMap() {
	s := operators.Map(src, twice)
	print(s)
	// Output:
	// 2
	// 4
	// 6
}

// `filter(p)`
func Example_rxjsFilter() {
	s := operators.Filter(src, even)
	print(s)
	// Output:
	// 2
}

// `scan(f, seed)`: the seed is not emitted
func Example_rxjsScan() {
	s := operators.Scan(src, 0, plus)
	print(s)
	// Output:
	// 1
	// 3
	// 6
}

// `reduce(f, seed)`: a terminal, which returns the first error
func Example_rxjsReduce() {
	sum, err := stream.Reduce(ctx, src, 0, plus)
	fmt.Println(sum, err)
	// Output:
	// 6 <nil>
}

// `take(2)`: errors are not counted
func Example_rxjsTake() {
	s := operators.Take(src, 2)
	print(s)
	// Output:
	// 1
	// 2
}

// `takeWhile(p, true)`
func Example_rxjsTakeWhile() {
	s := operators.TakeWhileInclusive(src, odd)
	print(s)
	// Output:
	// 1
	// 2
}

// `takeUntil(signal)`
func Example_rxjsTakeUntil() {
	s := operators.TakeUntil(src, stream.Never[int]())
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `distinctUntilChanged()`
func Example_rxjsDistinct() {
	s := operators.DistinctUntilChanged(stream.Of(1, 1, 2))
	print(s)
	// Output:
	// 1
	// 2
}

// `pairwise()`
func Example_rxjsPairwise() {
	s := operators.Pairwise(src)
	print(s)
	// Output:
	// [1 2]
	// [2 3]
}

// `bufferCount(2)`: an error ends the slice and comes behind it
func Example_rxjsBufferCount() {
	s := operators.Chunk(src, 2)
	print(s)
	// Output:
	// [1 2]
	// [3]
}

// `bufferTime(1000, null, 100)`: the time counts from the first value; no
// empty slices
func Example_rxjsBufferTime() {
	s := operators.Batch(src, 100, time.Second)
	print(s)
	// Output:
	// [1 2 3]
}

// `debounceTime(300)`: an error does not drop what is held
func Example_rxjsDebounceTime() {
	s := operators.Debounce(src, 300*time.Millisecond)
	print(s)
	// Output:
	// 3
}

// `throttleTime(300, {leading: true, trailing: true})`
func Example_rxjsThrottleTime() {
	s := operators.Throttle(src, time.Minute, operators.Leading)
	print(s)
	// Output:
	// 1
}

// `auditTime(300)`
func Example_rxjsAuditTime() {
	s := operators.Audit(src, time.Millisecond)
	print(s)
	// Output:
	// 3
}

// `sampleTime(300)`
func Example_rxjsSampleTime() {
	s := operators.Sample(src, time.Minute)
	print(s)
	// Output:
}

// `delay(300)`: errors are delayed too
func Example_rxjsDelay() {
	s := operators.Delay(src, time.Millisecond)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `delayWhen(signal)`: at most 8 are held; a signal that ends without a value lets
// its value out
func Example_rxjsDelayWhen() {
	s := operators.DelayWhen(src, 8, one)
	fmt.Println(count(s))
	// Output:
	// 3
}

// `timeout({each: 1000})`: the error is Fatal: the source has been stopped
func Example_rxjsTimeout() {
	s := operators.Timeout(src, 0, time.Second)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `mergeMap(f, 4)`: bounded always; the source waits
func Example_rxjsMergeMap() {
	s := operators.FlatMap(src, 4, one)
	fmt.Println(count(s))
	// Output:
	// 3
}

// `concatMap(f)`
func Example_rxjsConcatMap() {
	s := operators.ConcatMap(src, one)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `switchMap(f)`: waits for the one that it stops
func Example_rxjsSwitchMap() {
	s := operators.SwitchMap(stream.Of(7), one)
	print(s)
	// Output:
	// 7
}

// `exhaustMap(f)`
func Example_rxjsExhaustMap() {
	s := operators.ExhaustMap(stream.Of(7), one)
	print(s)
	// Output:
	// 7
}

// `mergeMap(v => from(fetch(v)), 4)`: for one result a value; MapOrdered keeps
// the order
func Example_rxjsMapAsync() {
	s := operators.MapParallel(src, 4, fetch)
	fmt.Println(count(s))
	// Output:
	// 3
}

// `groupBy(key)`: groups are bounded; errors come here only
func Example_rxjsGroupBy() {
	s := operators.GroupBy(src, odd, 10, 0)
	fmt.Println(count(s))
	// Output:
	// 2
}

// `partition(source, p)`
func Example_rxjsPartition() {
	yes, no := operators.Partition(src, even)
	print(yes)
	print(no)
	// Output:
	// 2
	// 1
	// 3
}

// `merge(a, b)`: an error or the end of one stops no other
func Example_rxjsMerge() {
	s := merge.Merge(src, src)
	fmt.Println(count(s))
	// Output:
	// 6
}

// `concat(a, b)`: goes on after an error
func Example_rxjsConcat() {
	s := merge.Concat(src, stream.Of(4))
	print(s)
	// Output:
	// 1
	// 2
	// 3
	// 4
}

// `zip(a, b)`: an error takes the place of its pair
func Example_rxjsZip() {
	s := merge.Zip2(src, stream.Of("a", "b"))
	print(s)
	// Output:
	// {1 a}
	// {2 b}
}

// `sequenceEqual(other)`
func Example_rxjsSequenceEqual() {
	s := merge.SequenceEqual(src, stream.Of(1, 2, 3))
	print(s)
	// Output:
	// true
}

// `iif(cond, yes, no)`
func Example_rxjsIif() {
	s := stream.Iif(func() bool { return true }, src, stream.Empty[int]())
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `combineLatest([a, b])`
func Example_rxjsCombineLatest() {
	s := merge.CombineLatest2(stream.Of(1), stream.Of("a"))
	print(s)
	// Output:
	// {1 a}
}

// `withLatestFrom(other)`
func Example_rxjsWithLatestFrom() {
	s := merge.WithLatestFrom(src, stream.Never[int]())
	print(s)
	// Output:
}

// `forkJoin([a, b])`
func Example_rxjsForkJoin() {
	s := merge.ForkJoin2(src, stream.Of("a"))
	print(s)
	// Output:
	// {3 a}
}

// `race(a, b)`: losers are awaited
func Example_rxjsRace() {
	s := race.Streams(src, stream.Never[int]())
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `startWith(0)`, `endWith(4)`
func Example_rxjsStartWith() {
	s := merge.StartWith(src, 0)
	print(s)
	// Output:
	// 0
	// 1
	// 2
	// 3
}

// `switchAll()`, `mergeAll(4)`
func Example_rxjsSwitchAll() {
	s := merge.Flatten(stream.Of(src, src), 4)
	fmt.Println(count(s))
	// Output:
	// 6
}

// `catchError(f)`: for each error; the source goes on
func Example_rxjsCatchError() {
	s := operators.Catch(broken, func(error) ints { return stream.Of(0) })
	print(s)
	// Output:
	// 1
	// 0
	// 3
}

// `retry({count: 3, delay: 1000})`: acts on errors that end the source;
// RetryIf for others
func Example_rxjsRetry() {
	s := operators.Retry(src, operators.Retries(3), operators.BackOff(constant))
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `throwError(() => err)` ends the stream: here an error does not; this makes
// it end
func Example_rxjsOnError() {
	s := operators.StopOnError(broken)
	print(s)
	// Output:
	// 1
	// bad
}

// `tap(f)`
func Example_rxjsTap() {
	s := operators.Tap(src, operators.Observer[int]{OnValue: see})
	fmt.Println(count(s))
	// Output:
	// saw 1
	// saw 2
	// saw 3
	// 3
}

// `finalize(f)`
func Example_rxjsFinalize() {
	s := operators.Finally(src, bye)
	fmt.Println(count(s))
	// Output:
	// bye
	// 3
}

// `share()`: owned by a scope
func Example_rxjsShare() {
	s := operators.Share(group, src)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `shareReplay({bufferSize: 1, refCount: true})`
func Example_rxjsShareReplay() {
	s := operators.ShareReplay(group, src, 1, 0)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `new Subject()`, `BehaviorSubject`, `ReplaySubject`: a subscriber says what
// happens when it is slow
func Example_rxjsSubject() {
	subject := stream.NewBehavior(1)
	print(operators.Take(subject.Stream(), 1))
	// Output:
	// 1
}

// `observeOn(scheduler)`: there are no schedulers: this one puts a task
// between
func Example_rxjsObserveOn() {
	s := operators.Async(src, 16)
	print(s)
	// Output:
	// 1
	// 2
	// 3
}

// `firstValueFrom(source)`
func Example_rxjsFirstValueFrom() {
	v, err := src.First(ctx)
	fmt.Println(v, err)
	// Output:
	// 1 <nil>
}

// `toArray()`
func Example_rxjsToArray() {
	all, err := src.Collect(ctx)
	fmt.Println(all, err)
	// Output:
	// [1 2 3] <nil>
}

type ints = stream.Stream[int]

// What the rows work on.
var (
	src    = stream.FromSlice(in)
	broken = operators.MapErr(src, func(_ context.Context, v int) (int, error) {
		if v == 2 {
			return 0, errBad
		}
		return v, nil
	})
)

func twice(v int) int     { return 2 * v }
func plus(acc, v int) int { return acc + v }
func even(v int) bool     { return v%2 == 0 }
func odd(v int) bool      { return v%2 != 0 }
func one(v int) ints      { return stream.Of(v) }
func see(v int)           { fmt.Println("saw", v) }
func bye()                { fmt.Println("bye") }

func fetch(_ context.Context, v int) (int, error) { return v, nil }

func constant() scope.BackOff { return backoff.NewConstantBackOff(time.Second) }

// count returns how many events s has.
func count[T any](s stream.Stream[T]) (n int) {
	for range s.All(ctx) {
		n++
	}
	return n
}
