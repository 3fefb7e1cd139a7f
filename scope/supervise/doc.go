// Package supervise keeps tasks of a scope running: it restarts what fails,
// after a back-off, until it fails too often.
//
//	db, err := supervise.Go(ctx, s, "db", connect, supervise.Intensity(5, time.Minute))
//
// # Where it stands in the tree
//
// [Go] and [Group] open an attached scope under s, with the name they are
// given, which is there as long as the supervision is. Each attempt is a task
// of s itself, with that name: it takes a slot of s if s is limited, and its
// context is that of a task of s, which ends early when the supervision wants
// it to. Between two attempts, and before the first has started, no slot is held
// and no task of s runs: [scope.Scope.Wait] on s does not wait then, nor does
// [scope.Run] or [scope.Main], whose body must not return nil while only
// supervisions keep the scope busy. [Supervisor.Wait] waits for all of it.
//
// # Restarts
//
// When an attempt fails (an error, a panic, a [runtime.Goexit]), the next one
// starts after a back-off, by default 100 ms growing to 30 s with jitter; it
// starts from the beginning after an attempt that ran for [Healthy]. With
// [Restart] one chooses which ends are followed by a restart. A back-off ends
// at once, without another attempt, when the scope begins to drain or its
// context ends, so it never delays a shutdown. Nothing restarts after that: an
// attempt that runs then is drained, cancelled and, if it is stuck, named as
// any task of s.
//
// An attempt runs in a nested scope of its own. What it spawned into that is
// cancelled when it fails, and has ended before the next attempt starts.
//
// # Giving up
//
// The supervision fails for good with an [*EscalatedError] if there were more
// restarts than [Intensity] allows, if the back-off does not want to go on, if
// the next attempt could not start before the deadline of s, or if the failure
// wraps [ErrEscalate]. The default is no limit of the number of restarts. A
// failure that wraps [ErrDoNotRestart] ends the supervision of its task with
// that failure.
//
// # Where errors go
//
// Each failure is told once. That of an attempt which is followed by another,
// or that came while the attempt was being stopped for a restart, goes to the
// sink of s as a [*scope.TaskError] with the number of the attempt. The one
// that ends the supervision is the failure of a task of s like any other: it
// goes to the sink, or ends s if s is [scope.FailFast]. [EscalateTo] ends
// another scope as well.
//
// # Groups
//
// The children of a [Group] share one intensity. Under [OneForOne] each is
// restarted alone. Under [OneForAll] the failure of one is that of all, under
// [RestForOne] that of those behind it in the list: they are cancelled, the
// last one first, with a cause that names the child that failed, each is
// awaited before the one in front of it is cancelled, and then all are started
// again in order. A child that ignores its cancellation blocks the restart,
// and is to be seen as a running task of s meanwhile: two attempts of one child
// never run at one time. A child that has completed stays so.
package supervise
