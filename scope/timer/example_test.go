package timer_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

// A timer runs until its scope ends. A tick that fails is told to the sink,
// and the next one comes all the same.
func ExampleEvery() {
	ctx := context.Background()
	s := scope.New(ctx, "jobs", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		fmt.Println("failed:", e)
	})))
	n, third := 0, make(chan struct{})
	_, err := timer.Every(ctx, s, time.Millisecond, func(context.Context) error {
		switch n++; n {
		case 2:
			return errors.New("no route")
		case 3:
			close(third)
		}
		return nil
	}, timer.Named("ping"), timer.Immediately())
	<-third
	fmt.Println(err, s.Close(), n >= 3)
	// Output:
	// failed: /jobs task "ping": no route
	// <nil> <nil> true
}

// A countdown is a schedule of a few times. Those of cron libraries fit too.
type countdown struct{ left int }

func (c *countdown) Next(after time.Time) time.Time {
	if c.left == 0 {
		return time.Time{}
	}
	c.left--
	return after.Add(time.Millisecond)
}

// A schedule without further times ends the timer. With Burst no time is lost,
// even if the machine is slow.
func ExampleSchedule() {
	ctx := context.Background()
	s := scope.New(ctx, "launch")
	n := 3
	t, err := timer.Schedule(ctx, s, &countdown{left: n}, func(context.Context) error {
		fmt.Println(n)
		n--
		return nil
	}, timer.Burst(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	<-t.Done()
	fmt.Println(t.Next().IsZero(), s.Close())
	// Output:
	// 3
	// 2
	// 1
	// true <nil>
}

// A timer that ticks once has ended when the tick has.
func ExampleAfter() {
	ctx := context.Background()
	s := scope.New(ctx, "session")
	t, err := timer.After(ctx, s, time.Millisecond, func(context.Context) error {
		fmt.Println("expired")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-t.Done()
	fmt.Println(t.Stats().Ticks, t.Trigger(), s.Close())
	// Output:
	// expired
	// 1 false <nil>
}

// What is not yet due when the scope closes is given up.
func ExampleAt() {
	ctx := context.Background()
	s := scope.New(ctx, "sale")
	t, err := timer.At(ctx, s, time.Now().AddDate(1, 0, 0), func(context.Context) error {
		fmt.Println("open")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Close(), t.Stats().Ticks)
	// Output: <nil> 0
}

// Trigger makes a tick due at once, here while one runs.
func ExampleTimer_Trigger() {
	ctx := context.Background()
	s := scope.New(ctx, "cache")
	begun, finish := make(chan struct{}), make(chan struct{})
	t, err := timer.Every(ctx, s, time.Hour, func(context.Context) error {
		begun <- struct{}{}
		<-finish
		return nil
	}, timer.Skip())
	fmt.Println(t.Trigger(), err)
	<-begun
	fmt.Println(t.Trigger())
	close(finish)
	fmt.Println(s.Close())
	fmt.Printf("%+v\n", t.Stats())
	// Output:
	// true <nil>
	// false
	// <nil>
	// {Ticks:1 Skipped:1 Failed:0 Running:0 Paused:false}
}

// A tick of a lookup that hangs gives way to the next.
func ExampleCancelPrevious() {
	ctx := context.Background()
	s := scope.New(ctx, "lookup")
	causes := make(chan error)
	t, err := timer.Every(ctx, s, time.Hour, func(ctx context.Context) error {
		causes <- nil // it has begun
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	}, timer.CancelPrevious())
	fmt.Println(err, t.Trigger(), <-causes)
	fmt.Println(t.Trigger(), errors.Is(<-causes, timer.ErrReplaced), <-causes)
	s.Cancel(nil)
	fmt.Println(errors.Is(<-causes, timer.ErrReplaced), s.Close())
	// Output:
	// <nil> true <nil>
	// true true <nil>
	// false <nil>
}

// A paused timer ticks only if it is triggered.
func ExampleTimer_Pause() {
	ctx := context.Background()
	s := scope.New(ctx, "import")
	ticks := make(chan string)
	t, err := timer.Every(ctx, s, time.Millisecond, func(ctx context.Context) error {
		select {
		case ticks <- "tick":
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, timer.FirstAfter(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	t.Pause()
	fmt.Println(t.Stats().Paused, t.Next().IsZero())
	fmt.Println(t.Trigger(), <-ticks)
	t.Resume()
	fmt.Println(t.Stats().Paused, t.Next().IsZero(), s.Close())
	// Output:
	// true true
	// true tick
	// false false <nil>
}

// With Stop a timer ends before its scope.
func ExampleTimer_Stop() {
	ctx := context.Background()
	s := scope.New(ctx, "poll")
	t, err := timer.Every(ctx, s, time.Hour, func(context.Context) error { return nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	t.Stop()
	<-t.Done()
	fmt.Println(t.Trigger(), s.Wait(ctx), s.Close())
	// Output: false <nil> <nil>
}
